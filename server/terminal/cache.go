package terminal

import (
	"hash/maphash"
	"sync/atomic"

	"github.com/charmbracelet/colorprofile"
)

// Cache is what the writers of many terminals have in common: what turns one
// shared layer into another, which is the same for everybody who sees the same.
// It is safe for concurrent use, waits for nobody, and its size is bounded.
type Cache struct {
	seed  maphash.Seed
	slots [256]slot
}

// slot holds the newest of the turns that fall into it. A turn is kept when it
// comes for the second time in a row: of those that only one player sees, most
// come but once.
type slot struct {
	seen atomic.Uint64
	kept atomic.Pointer[painted]
}

// turn is a shared layer that turns into another one, on terminals of one kind.
type turn struct {
	from, to      []string
	width, height int
	profile       colorprofile.Profile
}

// painted is a turn and what has to be written for it. That is the same whatever
// stands above the layer, unless it is doubtful: where terminals disagree about
// the width of a character, its whole row has to be written.
type painted struct {
	turn

	text     string
	doubtful bool
}

// NewCache returns a cache with nothing in it.
func NewCache() *Cache { return &Cache{seed: maphash.MakeSeed()} }

// find returns what was painted for the turn; nil if it was not kept. Then
// keep says whether to keep what is painted now.
func (c *Cache) find(t *turn) (s *slot, kept *painted, keep bool) {
	var h maphash.Hash
	h.SetSeed(c.seed)
	maphash.WriteComparable(&h, first(t.from))
	maphash.WriteComparable(&h, first(t.to))
	sum := h.Sum64()
	s = &c.slots[sum%uint64(len(c.slots))]
	if kept = s.kept.Load(); kept != nil && kept.equal(t) {
		return s, kept, false
	}
	return s, nil, s.seen.Swap(sum) == sum
}

// equal reports whether two turns are the same.
func (t *turn) equal(u *turn) bool {
	return same(t.from, u.from) && same(t.to, u.to) &&
		t.width == u.width && t.height == u.height && t.profile == u.profile
}

// same reports whether two layers are one and the same in memory. They are
// never changed, so that they look the same then.
func same(a, b []string) bool { return len(a) == len(b) && first(a) == first(b) }

// first identifies a layer.
func first(layer []string) *string {
	if len(layer) == 0 {
		return nil
	}
	return &layer[0]
}

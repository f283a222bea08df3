package terminal

import (
	"hash/maphash"
	"sync/atomic"

	"github.com/charmbracelet/colorprofile"
)

// Cache shares between terminals the bytes that turn one shared layer into another. They are the
// same for all clients that see the same. It is safe for concurrent use, never blocks, and has a
// fixed size.
type Cache struct {
	seed  maphash.Seed
	slots [256]slot
}

// slot holds the newest diff of the changes that hash to it. A diff is stored when its change comes
// twice in a row, because most changes that only one player sees come once.
type slot struct {
	lastSum atomic.Uint64
	diff    atomic.Pointer[cachedDiff]
}

// layerChange is a change from one shared layer to another, on terminals of one kind.
type layerChange struct {
	from, to      []string
	width, height int
	profile       colorprofile.Profile
	ascii         bool
}

// cachedDiff is a change and its diff. The diff doesn't depend on the own layer, unless it is
// ambiguous: then terminals disagree on the width of a character, and whole rows must be written.
type cachedDiff struct {
	layerChange

	text      string
	ambiguous bool
}

// NewCache returns an empty cache.
func NewCache() *Cache { return &Cache{seed: maphash.MakeSeed()} }

// find returns the cached diff of a change, or nil. In that case keep says whether to store the new
// diff in the slot.
func (c *Cache) find(change *layerChange) (s *slot, diff *cachedDiff, keep bool) {
	var h maphash.Hash
	h.SetSeed(c.seed)
	maphash.WriteComparable(&h, layerID(change.from))
	maphash.WriteComparable(&h, layerID(change.to))
	sum := h.Sum64()
	s = &c.slots[sum%uint64(len(c.slots))]
	if diff = s.diff.Load(); diff != nil && diff.equal(change) {
		return s, diff, false
	}
	return s, nil, s.lastSum.Swap(sum) == sum
}

func (c *layerChange) equal(d *layerChange) bool {
	return sameLayer(c.from, d.from) && sameLayer(c.to, d.to) &&
		c.width == d.width && c.height == d.height && c.profile == d.profile && c.ascii == d.ascii
}

// sameLayer reports whether two layers are the same slice. Layers are immutable, so they then look
// the same.
func sameLayer(a, b []string) bool { return len(a) == len(b) && layerID(a) == layerID(b) }

// layerID identifies a layer by its memory.
func layerID(layer []string) *string {
	if len(layer) == 0 {
		return nil
	}
	return &layer[0]
}

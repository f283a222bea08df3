package terminal

import (
	"hash/maphash"
	"slices"
	"sync/atomic"

	"github.com/charmbracelet/colorprofile"
)

// Cache is what the writers of many terminals have in common: what turns some
// rows of a screen into others, which is the same for everybody who sees the
// same. It is safe for concurrent use, waits for nobody, and its size is bounded.
type Cache struct {
	seed  maphash.Seed
	slots [256]slot
}

// slot holds the newest of the edits that fall into it. An edit is kept when
// it comes for the second time in a row, for most of those that only one player
// sees come but once.
type slot struct {
	seen atomic.Uint64
	kept atomic.Pointer[painted]
}

// edit is rows of a screen, one below the other, that turn into others. Where
// there are no lines any more the rows are empty.
type edit struct {
	row, width    int
	profile       colorprofile.Profile
	before, after []string
}

// painted is an edit and what has to be written for it.
type painted struct {
	edit

	text string
}

// NewCache returns a cache with nothing in it.
func NewCache() *Cache { return &Cache{seed: maphash.MakeSeed()} }

// find returns what was painted for the edit, and whether it was. If it was
// not, keep says whether to keep what is painted now.
func (c *Cache) find(want *edit) (s *slot, text string, found, keep bool) {
	var h maphash.Hash
	h.SetSeed(c.seed)
	_ = h.WriteByte(byte(want.row)) //nolint:gosec // the same for the same row, and that is all
	for _, line := range want.after {
		_, _ = h.WriteString(line)
		_ = h.WriteByte('\n')
	}
	sum := h.Sum64()
	s = &c.slots[sum%uint64(len(c.slots))]
	if kept := s.kept.Load(); kept != nil && kept.equal(want) {
		return s, kept.text, true, false
	}
	return s, "", false, s.seen.Swap(sum) == sum
}

// keep remembers what was painted.
func (s *slot) keep(c *edit, text []byte) {
	kept := &painted{edit: *c, text: string(text)}
	kept.before, kept.after = slices.Clone(c.before), slices.Clone(c.after) // of a larger frame each
	s.kept.Store(kept)
}

// equal reports whether two edits are the same. Lines that several screens
// share are the same strings in memory, which is seen at once.
func (c *edit) equal(d *edit) bool {
	return c.row == d.row && c.width == d.width && c.profile == d.profile &&
		slices.Equal(c.after, d.after) && slices.Equal(c.before, d.before)
}

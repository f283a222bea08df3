package tui

import (
	"sync"
	"sync/atomic"

	"github.com/charmbracelet/colorprofile"

	"clickky/tui/screen"
	"clickky/tui/theme"
)

// Cache is what the screens of many players have in common: what a terminal of
// one size looks like in some colours, and the parts of the screen that are
// the same for everybody who has such a terminal. They are rendered once, not
// once for each player. A Cache is safe for concurrent use, and its size is
// bounded.
type Cache struct {
	mu    sync.Mutex
	looks map[lookKey]*look
	inks  map[inkKey]*ink
	keys  map[screen.Rights]*screen.Keys // never changes
}

// maxLooks is how many looks are kept. Terminals have a few sizes only; clients
// can say that they have any.
const maxLooks = 200

type lookKey struct {
	w, h    int
	profile colorprofile.Profile
	scheme  theme.Scheme
	rights  screen.Rights
}

type inkKey struct {
	scheme  theme.Scheme
	profile colorprofile.Profile
}

// ink is the styles of a scheme, and the same as the game writes them. There are few.
type ink struct {
	styles theme.Styles
	pal    palette
}

// NewCache returns a cache with nothing in it.
func NewCache() *Cache {
	c := &Cache{looks: make(map[lookKey]*look), inks: make(map[inkKey]*ink), keys: make(map[screen.Rights]*screen.Keys)}
	for _, r := range []screen.Rights{{}, {Board: true}, {Board: true, Dashboard: true}} {
		c.keys[r] = screen.NewKeys(r)
	}
	return c
}

// look returns the one for a terminal.
func (c *Cache) look(w, h int, profile colorprofile.Profile, scheme theme.Scheme, rights screen.Rights) *look {
	lay := newLayout(w, h)
	k := lookKey{lay.w, lay.h, profile, scheme, rights}
	c.mu.Lock()
	defer c.mu.Unlock()
	l := c.looks[k]
	if l == nil {
		if len(c.looks) >= maxLooks {
			clear(c.looks) // whoever has one keeps it
		}
		l = newLook(lay, profile, scheme, c.ink(inkKey{scheme, profile}), c.keys[rights], rights)
		c.looks[k] = l
	}
	return l
}

// ink returns what draws in a scheme. It is apart from look because styles are large: they take
// 50 KB of stack, which every session that only looks something up would otherwise have, too.
func (c *Cache) ink(k inkKey) *ink {
	made := c.inks[k]
	if made == nil {
		made = newInk(k.scheme.Styles(k.profile))
		c.inks[k] = made
	}
	return made
}

// part is something that was rendered from facts, and from nothing else.
type part[F comparable, V any] struct {
	facts F
	is    V
}

// parts keeps what was rendered last of some part, so that all who need the
// same get the same, without waiting for each other. The zero value is empty.
type parts[F comparable, V any] struct {
	kept [4]atomic.Pointer[part[F, V]]
}

// get returns the part for the facts, rendering it unless it is there. Facts
// of different numbers do not drive each other out at once.
func (p *parts[F, V]) get(facts F, number uint64, render func(F) V) *part[F, V] {
	slot := &p.kept[number%uint64(len(p.kept))]
	if kept := slot.Load(); kept != nil && kept.facts == facts {
		return kept
	}
	made := &part[F, V]{facts, render(facts)}
	slot.Store(made)
	return made
}

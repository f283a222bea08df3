package tui

import (
	"sync"
	"sync/atomic"

	"github.com/charmbracelet/colorprofile"

	"clickky/sync/live"
	"clickky/tui/digits"
	"clickky/tui/screen"
	"clickky/tui/text"
	"clickky/tui/theme"
)

// Cache is what the screens of many players have in common: what a terminal of one size looks like
// in some colours, and the panels that are the same for everybody who has such a terminal. They are
// rendered once, not once for each player. A Cache is safe for concurrent use, and its size is
// bounded.
type Cache struct {
	mu     sync.Mutex
	looks  map[lookKey]*look
	styles map[styleKey]*theme.Styles // there are few
}

type styleKey struct {
	scheme  theme.Scheme
	profile colorprofile.Profile
}

// maxLooks is how many looks are kept. Terminals have a few sizes only; clients can say that they
// have any.
const maxLooks = 200

// NewCache returns a cache with nothing in it.
func NewCache() *Cache {
	return &Cache{looks: make(map[lookKey]*look), styles: make(map[styleKey]*theme.Styles)}
}

// lookKey is what a look depends on.
type lookKey struct {
	w, h    int
	profile colorprofile.Profile
	scheme  theme.Scheme
	rights  screen.Rights
}

// look returns the one for a terminal.
func (c *Cache) look(k lookKey) *look {
	lay := newLayout(k.w, k.h)
	k.w, k.h = lay.area.Width, lay.area.Height
	c.mu.Lock()
	defer c.mu.Unlock()
	l := c.looks[k]
	if l == nil {
		if len(c.looks) >= maxLooks {
			clear(c.looks) // whoever has one keeps it
		}
		l = newLook(k, lay, c.stylesOf(styleKey{k.scheme, k.profile}))
		c.looks[k] = l
	}
	return l
}

// stylesOf returns the styles of a scheme. It is apart from look because styles are large: making
// them takes stack, which every session that only looks something up would otherwise have, too.
func (c *Cache) stylesOf(k styleKey) *theme.Styles {
	made := c.styles[k]
	if made == nil {
		made = k.scheme.Styles(k.profile)
		c.styles[k] = made
	}
	return made
}

// look is how the game looks on terminals of one size and colour. It never changes but for what it
// remembers, so that any number of screens can use the same one.
type look struct {
	screen.Look
	lookKey
	layout
	shared  [sharedPanelCount]panel
	moments memo[moment, *scene]
	scenes  memo[pieces, scene]
	longest int // how many characters a number may have to be drawn in large digits
	help    memo[int, string]
	frame   []string // the player's panel with nothing in it
	others  []string // everybody's, where there is room for it
}

// newLook makes the look for a terminal.
func newLook(k lookKey, lay layout, styles *theme.Styles) *look {
	l := &look{
		Look:    screen.Look{Area: lay.area, Styles: styles, Keys: screen.NewKeys(k.rights)},
		lookKey: k, layout: lay,
	}
	if l.variant > tiny {
		for digits.Fits(l.longest+1, l.counterWidth(), l.hero[rowDigits]) {
			l.longest++
		}
		l.shared = l.sharedPanels()
		own, gap, _ := l.panelWidths()
		l.frame = l.panel(l.X, "you")
		if l.Full {
			l.others = l.panel(l.X+own+gap, "everybody")
		}
	}
	return l
}

// sharedPanelCount is how many panels the shared layer has.
const sharedPanelCount = 9

// sharedPanels are the panels that everybody with this look sees. What stands later is drawn over
// what stands before.
func (l *look) sharedPanels() [sharedPanelCount]panel {
	return [...]panel{
		l.titlePanel(),
		l.counterPanel(),
		l.digitsPanel(),
		l.plainPanel(),
		l.milestonePanel(),
		l.minutePanel(),
		l.gamePanel(),
		l.troublePanel(),
		l.keysPanel(),
	}
}

// counterWidth is how much of a line of the counter its panel leaves.
func (l *look) counterWidth() int {
	if l.Framed {
		return l.W - 4 // the sides, and a space within each
	}
	return l.W
}

// panelWidths are those of the player's panel and of everybody's, with a gap between them. Only the
// full variant has both.
func (l *look) panelWidths() (own, gap, everybody int) {
	if !l.Full {
		return l.W, 0, 0
	}
	gap = 2
	own = (l.W - gap) / 2
	return own, gap, l.W - gap - own
}

// panel is a part of the shared layer: from line y on, what it has to say of a moment.
type panel struct {
	y     int
	piece func(*moment) *piece
}

// piece is what a panel has to say. It never changes, so that two are the same if their pointers are.
type piece struct{ lines []string }

// newPanel returns a panel that is rendered anew only if its key is: what it shows of a moment.
func newPanel[K comparable](y int, key func(*moment) K, render func(K) []string) panel {
	kept := &memo[K, piece]{}
	draw := func(k *K) piece { return piece{render(*k)} }
	return panel{y, func(now *moment) *piece { return kept.get(key(now), draw) }}
}

// fixed is a panel that is always the same.
func fixed(y int, lines ...string) panel {
	always := &piece{lines}
	return panel{y, func(*moment) *piece { return always }}
}

// moment is a state of the game as a player has met it: all that the shared layer depends on.
type moment struct {
	snap *live.Snapshot
	// The global count as the player has seen it, which may be ahead of the snapshot, and the one in
	// large digits, with which the way to the next milestone keeps step.
	total, large uint64
	was          uint64 // the one that stood in large digits before
	calm         bool

	clicking bool // the plain digits are the player's own
	newcomer bool // the last minute gives way to a welcome
	noticed  bool // what became of the counts gives way to a notice
}

// scene is what everybody with the same look sees of a moment: the shared layer of the screen.
type scene struct {
	lines []string
	large bool // the count stands there in large digits, too
}

// pieces are those of all panels.
type pieces [sharedPanelCount]*piece

// scene returns the one of a moment. Most moments look like others, and have their scene.
func (l *look) scene(now moment) *scene {
	return *l.moments.get(now, func(now *moment) *scene {
		var all pieces
		for i, p := range l.shared {
			all[i] = p.piece(now)
		}
		return l.scenes.get(all, func(all *pieces) scene {
			c := l.canvas()
			for i, p := range l.shared {
				c.put(p.y, all[i].lines...)
			}
			return scene{c, l.fits(now.large)}
		})
	})
}

// canvas collects the lines of a layer.
type canvas []string

// canvas is an empty one.
func (l *look) canvas() canvas { return make(canvas, l.Height) }

// put sets lines from y on; what would be outside of the screen is left out.
func (c canvas) put(y int, lines ...string) {
	for i, line := range lines {
		if y >= 0 && y+i < len(c) {
			c[y+i] = line
		}
	}
}

// memo keeps what was rendered last, so that all who need the same get the same, without waiting for
// each other. The zero value is empty.
type memo[K comparable, V any] struct {
	kept [8]atomic.Pointer[entry[K, V]] // snapshots reach screens one by one, so that several are shown at a time
	next atomic.Uint32
}

type entry[K comparable, V any] struct {
	key   K
	value V
}

// get returns what a key comes to, rendering it unless it is kept.
func (m *memo[K, V]) get(key K, render func(*K) V) *V {
	for i := range m.kept {
		if e := m.kept[i].Load(); e != nil && e.key == key {
			return &e.value
		}
	}
	made := &entry[K, V]{key: key}
	made.value = render(&made.key)
	m.kept[m.next.Add(1)%uint32(len(m.kept))].Store(made)
	return &made.value
}

const gameName = "clickky"

// titlePanel is the first line of the game. In the compact variant, the line of the game covers it.
func (l *look) titlePanel() panel {
	title := span{&l.Styles.Title, gameName}
	if l.Full {
		return fixed(l.Header, l.spreadOut([]span{title}, []span{{&l.Styles.Dim, "one counter, everybody's clicks"}}))
	}
	return fixed(l.Header, l.centred(title))
}

// keysPanel is the last line of the game: the keys.
func (l *look) keysPanel() panel {
	line := l.HelpLine(gameHints(l.Keys))
	return fixed(l.Footer, text.Blanks(l.X+(l.W-text.Width(line))/2)+line)
}

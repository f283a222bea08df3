package tui

import (
	"sync"
	"sync/atomic"

	"github.com/charmbracelet/colorprofile"

	"clickky/sync/live"
	"clickky/tui/digits"
	"clickky/tui/help"
	"clickky/tui/layout"
	"clickky/tui/news"
	"clickky/tui/screen"
	"clickky/tui/text"
	"clickky/tui/theme"
)

// Cache shares between the screens of many players what is the same for all terminals of one size
// and theme: layouts, styles and rendered panels. It is safe for concurrent use, and its size is
// bounded.
type Cache struct {
	mu          sync.Mutex
	appearances map[appearanceKey]*appearance
	styles      map[styleKey]*theme.Styles // one per scheme and profile
}

type styleKey struct {
	scheme  theme.Scheme
	profile colorprofile.Profile
}

// maxAppearances bounds the cache. Real terminals have few sizes, but a client can claim any.
const maxAppearances = 200

// NewCache returns an empty cache.
func NewCache() *Cache {
	return &Cache{appearances: make(map[appearanceKey]*appearance), styles: make(map[styleKey]*theme.Styles)}
}

type appearanceKey struct {
	w, h        int
	profile     colorprofile.Profile
	scheme      theme.Scheme
	permissions screen.Permissions
	hasPeople   bool
	ascii       bool // for the large digits
}

// appearance returns the appearance for a terminal, creating it if necessary.
func (c *Cache) appearance(k appearanceKey) *appearance {
	l := layout.New(k.w, k.h, k.hasPeople)
	k.w, k.h = l.Content.Width, l.Content.Height
	c.mu.Lock()
	defer c.mu.Unlock()
	a := c.appearances[k]
	if a == nil {
		if len(c.appearances) >= maxAppearances {
			clear(c.appearances) // screens keep theirs
		}
		a = newAppearance(k, l, c.stylesFor(styleKey{k.scheme, k.profile}))
		c.appearances[k] = a
	}
	return a
}

// stylesFor returns the styles of a scheme, creating them if necessary. It is a function of its own
// because styles are large: inlined, they would grow the stack of every session.
func (c *Cache) stylesFor(k styleKey) *theme.Styles {
	styles := c.styles[k]
	if styles == nil {
		styles = k.scheme.Styles(k.profile)
		c.styles[k] = styles
	}
	return styles
}

// appearance renders the game for terminals of one size, theme and set of permissions. Apart from
// its caches it is immutable, so any number of screens share it.
type appearance struct {
	lineRenderer
	appearanceKey
	panels         [sharedPanelCount]panel
	layersByKey    renderCache[sharedKey, []string]
	layersByPanels renderCache[renderedPanels, []string]
	maxLargeDigits int           // length of the longest number that fits in large digits
	help           func() string // renders it once, so that opening it again and again costs little
	news           renderCache[news.Key, string]
	titles         renderCache[uint64, string]
	unranked       renderCache[standingKey, []string]
	playerFrame    []string // the player's panels, empty
}

func newAppearance(k appearanceKey, l layout.Layout, styles *theme.Styles) *appearance {
	a := &appearance{
		lineRenderer:  newLineRenderer(screen.Appearance{Area: l.Content, Styles: styles, Keys: screen.NewKeys(k.permissions)}, l),
		appearanceKey: k,
	}
	a.help = sync.OnceValue(func() string { return help.Render(styles, k.permissions, a.Area.W) })
	if a.Variant > layout.Tiny {
		a.maxLargeDigits = digits.MaxLength(a.counterWidth(), a.CounterRows[layout.RowDigits], k.ascii)
		a.panels = a.sharedPanels()
		a.playerFrame = a.emptyPlayerPanels()
	}
	return a
}

const sharedPanelCount = 15

// sharedPanels returns the panels that all players with this appearance see. Later panels cover
// earlier ones.
func (a *appearance) sharedPanels() [sharedPanelCount]panel {
	k := a.Keys
	keys := a.HelpLine([]screen.Hint{{Binding: k.Click, Priority: 3}, {Binding: k.Board, Priority: 2}, {Binding: k.Dashboard, Priority: 1}, {Binding: k.News, Priority: 5}, {Binding: k.Theme, Priority: 4}, {Binding: k.Help}, {Binding: k.Quit}})
	return [...]panel{
		staticPanel(a.Header, a.centred(a.Styles.Title.Span(gameName))), // gamePanel covers it, but not in the mini variant
		a.counterPanel(),
		a.digitsPanel(),
		a.plainPanel(),
		a.milestonePanel(),
		a.minutePanel(),
		a.gamePanel(),
		a.dayPanel(),
		a.everybodyPanel(),
		a.peopleLinePanel(),
		a.newsLinePanel(),
		a.problemPanel(),
		staticPanel(a.Footer, text.Spaces(a.Area.X+(a.Area.W-text.Width(keys))/2)+keys),
		a.peoplePanel(),
		a.newsListPanel(),
	}
}

// counterWidth is the width of a line inside the counter.
func (r *lineRenderer) counterWidth() int {
	if r.Framed {
		return r.W - 4 // the sides, and a space within each
	}
	return r.W
}

// panel is a block of lines in the shared layer, from line y on. Panels stand below each other, but
// for one with a column, which goes to the right of what is there already.
type panel struct {
	y      int
	column int // 0: the lines begin at the left edge
	render func(*sharedKey) *renderedPanel
}

// renderedPanel is a panel's output. It is immutable, so two are equal if their pointers are.
type renderedPanel struct{ lines []string }

// newPanel returns a panel that is rendered only when its key changes. The key holds everything
// that the panel shows.
func newPanel[K comparable](y int, key func(*sharedKey) K, render func(K) []string) panel {
	cache := &renderCache[K, renderedPanel]{}
	renderKey := func(k *K) renderedPanel { return renderedPanel{render(*k)} }
	return panel{y: y, render: func(shared *sharedKey) *renderedPanel { return cache.get(key(shared), renderKey) }}
}

// staticPanel returns a panel that never changes.
func staticPanel(y int, lines ...string) panel {
	rendered := &renderedPanel{lines}
	return panel{y: y, render: func(*sharedKey) *renderedPanel { return rendered }}
}

// sharedKey is everything that the shared layer depends on.
type sharedKey struct {
	snap *live.Snapshot
	// The global count that the player sees, which may be ahead of the snapshot, and the one in
	// large digits and in the milestone bar.
	total, large  uint64
	prevLarge     uint64 // the previous number in large digits
	reducedMotion bool

	isClicking bool // the player's layer has the plain digits
	isCovered  bool // something of the player's layer replaces the last minute
	hasNotice  bool // a notice replaces the save problem and the news
	hasOwnNews bool // the player's own news replace the others
	hasAdvice  bool // advice replaces the line of people
	peopleFrom int  // the first person in the panel of people
}

type renderedPanels [sharedPanelCount]*renderedPanel

// sharedLayer returns the part of a frame that all players with this appearance and the same key see.
// Different keys often render the same panels; these share a layer, too.
func (a *appearance) sharedLayer(key sharedKey) []string {
	return *a.layersByKey.get(key, func(key *sharedKey) []string {
		var rendered renderedPanels
		for i, p := range a.panels {
			rendered[i] = p.render(key)
		}
		return *a.layersByPanels.get(rendered, func(rendered *renderedPanels) []string {
			c := a.newCanvas()
			for i, p := range a.panels {
				if p.column > 0 {
					c.putBeside(p.column, p.y, rendered[i].lines...)
					continue
				}
				c.put(p.y, rendered[i].lines...)
			}
			if key.snap.Milestone != nil { // then the counter's panel is another one, too
				c.accentSides(a)
			}
			return c
		})
	})
}

// canvas collects the lines of a layer.
type canvas []string

func (a *appearance) newCanvas() canvas { return make(canvas, a.Height) }

// put sets lines from y on and drops those outside the screen.
func (c canvas) put(y int, lines ...string) {
	for i, line := range lines {
		if y >= 0 && y+i < len(c) {
			c[y+i] = line
		}
	}
}

// putBeside continues lines from y on at column x, and drops those outside the screen.
func (c canvas) putBeside(x, y int, lines ...string) {
	for i, line := range lines {
		if y+i < len(c) {
			c[y+i] += text.Spaces(x-text.Width(c[y+i])) + line
		}
	}
}

// renderCache keeps the newest results, so that all screens that need one share it. It never
// blocks. The zero value is empty.
type renderCache[K comparable, V any] struct {
	entries [16]atomic.Pointer[cacheEntry[K, V]] // several, because snapshots reach screens one after the other
	next    atomic.Uint32
}

type cacheEntry[K comparable, V any] struct {
	key   K
	value V
}

// get returns the value for a key, rendering it if it isn't cached.
func (c *renderCache[K, V]) get(key K, render func(*K) V) *V {
	for i := range c.entries {
		if e := c.entries[i].Load(); e != nil && e.key == key {
			return &e.value
		}
	}
	added := &cacheEntry[K, V]{key: key}
	added.value = render(&added.key)
	c.entries[c.next.Add(1)%uint32(len(c.entries))].Store(added)
	return &added.value
}

const gameName = "clickky"

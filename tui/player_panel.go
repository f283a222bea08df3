package tui

import (
	"clickky/sync/live"
	"clickky/tui/screen"
	"clickky/tui/text"
)

// ownLayer is what the screen shows of the player alone, above the shared layer. A press renders
// only those parts of it whose key it changes.
type ownLayer struct {
	look  *look
	key   ownKey
	lines []string // where they stand on the screen; never changed

	plain   part[plainKey]
	welcome part[bool]
	advice  part[adviceKey]
	foot    part[footKey]
	name    part[nameKey]
	clicks  part[uint64]
	place   part[place]
	speed   part[speedKey]
	line    part[lineKey]
}

// ownKey is all that the own layer depends on, beside the look.
type ownKey struct {
	plain    plainKey
	newcomer bool
	advice   adviceKey
	foot     footKey
	lineKey
	speed speedKey
}

// lineKey is what the player reads where there is no panel.
type lineKey struct {
	name   nameKey
	clicks uint64
	place  place
}

type nameKey struct {
	name         string
	guest, admin bool
}

type speedKey struct{ now, best float64 }

// part is lines that are rendered anew only if their key is.
type part[K comparable] struct {
	key      K
	lines    []string
	rendered bool
}

func (p *part[K]) get(key K, render func(K) []string) []string {
	if !p.rendered || p.key != key {
		*p = part[K]{key, render(key), true}
	}
	return p.lines
}

// ownKey returns what the own layer shows now, beside a scene.
func (m *gameScreen) ownKey(beside *scene) ownKey {
	k := ownKey{
		plain: plainKey{hidden: true}, newcomer: m.isNewcomer(),
		foot:    footKey{m.Notice, m.session},
		lineKey: lineKey{nameKey{m.Name, m.Guest, m.isAdmin}, m.Own, m.place()},
		speed:   speedKey{m.speed.now, m.speed.best},
	}
	if m.lively > 0 {
		k.plain = plainKey{total: m.Total, players: m.Snap.Players, alone: !beside.large}
	}
	if l := m.look; l.advice >= 0 && beside.lines[l.advice] == "" {
		k.advice = adviceKey{m.advised(), m.Name, k.newcomer}
	}
	return k
}

// ownLines returns the lines of the own layer beside a scene: the same slice as before unless
// something in it has changed.
func (m *gameScreen) ownLines(beside *scene) []string {
	l, o, k := m.look, &m.own, m.ownKey(beside)
	switch {
	case o.look != l:
		*o = ownLayer{look: l}
	case o.key == k:
		return o.lines
	}
	c, row := l.canvas(), l.rows.start(rowOwn)
	c.put(l.line(rowPlain), o.plain.get(k.plain, l.renderPlain)...)
	c.put(l.line(rowMinute), o.welcome.get(k.newcomer, l.renderWelcome)...)
	c.put(l.advice, o.advice.get(k.advice, l.renderAdvice)...)
	if l.rows[rowOwn] > 1 {
		c.put(row, l.frame...)
		c.put(l.factLine(row, 0), o.name.get(k.name, l.renderName)...)
		c.put(l.factLine(row, 1), o.clicks.get(k.clicks, l.renderClicks)...)
		c.put(l.factLine(row, 2), o.place.get(k.place, l.renderPlace)...)
		c.put(l.factLine(row, 3), o.speed.get(k.speed, l.renderSpeed)...)
	} else {
		c.put(row, o.line.get(k.lineKey, l.renderPlayer)...)
	}
	if l.Framed {
		c.put(l.counter.Max.Y-1, o.foot.get(k.foot, l.renderFoot)...)
	} else {
		c.put(l.rows.start(rowTrouble), o.foot.get(k.foot, l.renderFoot)...)
	}
	o.key, o.lines = k, c
	return c
}

// ownFact is a line of the player's panel. room is how many cells it has for value and unit.
func (l *look) ownFact(label string, value span, unit string, right span) []string {
	w, _, _ := l.panelWidths()
	return []string{l.fact(l.X, w, label, value, unit, right)}
}

// factWidth is how many cells a fact of the player's panel has beside its label.
func (l *look) factWidth() int {
	w, _, _ := l.panelWidths()
	return w - 6 - labelWidth
}

func (l *look) renderName(k nameKey) []string {
	badge := span{}
	if k.admin {
		badge = span{&l.Styles.Title, "admin"}
	}
	return l.ownFact("name", span{&l.Styles.Own, k.shown(l.factWidth() - text.Width(badge.Text) - 1)}, "", badge)
}

// shown is the name in at most w cells.
func (k nameKey) shown(w int) string {
	e := screen.Env{Name: k.name, Guest: k.guest}
	return e.OwnName(w)
}

func (l *look) renderClicks(clicks uint64) []string {
	number, next := text.Grouped(clicks), ""
	if _, n := live.Milestones(clicks, firstOwnMilestone); n > 0 {
		next = text.First(l.factWidth()-len(number)-2, "next "+text.Grouped(n), "")
	}
	return l.ownFact("clicks", span{&l.Styles.Strong, number}, "", span{&l.Styles.Dim, next})
}

func (l *look) renderPlace(p place) []string {
	rank, of := "#"+text.Grouped(p.rank), " of "+text.Grouped(p.of)
	if p.rank == 0 {
		rank, of = "none yet", ""
	}
	return l.ownFact("rank", span{&l.Styles.Strong, rank}, of, span{&l.Styles.Dim, p.distance(l.factWidth() - len(rank) - len(of) - 2)})
}

func (l *look) renderSpeed(k speedKey) []string {
	now, best := text.Rate(k.now), ""
	room := l.factWidth() - len(now)
	if k.best > 0 {
		best = "best " + text.Rate(k.best)
		room -= 2 + len(best)
	}
	unit := text.First(room, " clicks a second", " a second", "/s")
	return l.ownFact("speed", span{&l.Styles.Strong, now}, unit, span{&l.Styles.Dim, best})
}

// renderPlayer is the player in a line. In the compact variant it says who and where at the left, how
// many at the right; what does not fit is cut from the name, then from the rank.
func (l *look) renderPlayer(k lineKey) []string {
	s, number, rank := l.Styles, text.Grouped(k.clicks), "  "+k.place.text()
	if l.variant == compact {
		clicks := []span{{&s.Strong, number}, {&s.Dim, text.Plural(k.clicks, " click")}}
		room := l.W - 2 - widthOf(clicks) - 1
		if room-text.Width(rank) < 6 {
			rank = ""
		}
		return []string{l.spreadOut([]span{{&s.Own, k.name.shown(room - text.Width(rank))}, {&s.Dim, rank}}, clicks)}
	}
	e := screen.Env{Guest: k.name.guest}
	label, short := e.Marked("you "), ""
	if k.place.rank > 0 {
		short = "  #" + text.Grouped(k.place.rank)
	}
	rank = text.First(l.W-len(label)-1-len(number), rank, short, "")
	return []string{l.centred(span{&s.Dim, label}, span{&s.Own, text.Number(k.clicks, l.W-len(label))}, span{&s.Dim, rank})}
}

// place is where the player stands among as many players as the screen shows.
type place struct {
	rank, of int // 0 while the player has no rank
	ahead    int
	gap      uint64
	tied     bool // for the first rank
}

// place returns where the player stands. A rank takes a click, and a snapshot that counts whoever
// made it.
func (m *gameScreen) place() place {
	p := place{ahead: m.ahead, gap: m.gap}
	if s := &m.Standing; s.Clicks > 0 && s.Rank <= m.Snap.Players {
		p.rank, p.of, p.tied = s.Rank, m.Snap.Players, s.Rank == 1 && s.Ties > 0
	}
	return p
}

// text is the rank, such as "#3 of 120".
func (p place) text() string {
	if p.rank == 0 {
		return text.NoRank
	}
	return text.Rank(p.rank, p.of)
}

// distance is how far the next above is, in at most w cells.
func (p place) distance(w int) string {
	gap, ahead := text.Grouped(p.gap), " to #"+text.Grouped(p.ahead)
	switch {
	case p.tied:
		return text.First(w, "tied for 1st", "tied", "")
	case p.rank == 1 && p.of > 1:
		return text.First(w, "you lead", "")
	case p.gap > 0:
		return text.First(w, text.Count(p.gap, "click")+ahead, gap+ahead, "▲ "+gap, "")
	default:
		return ""
	}
}

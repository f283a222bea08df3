package tui

import (
	"strings"

	"clickky/sync/live"
	"clickky/tui/text"
)

// you is what the screen shows of the player alone, and what it was made from.
type you struct {
	look    *look
	facts   youFacts
	plain   string   // the global count in plain digits, for somebody who clicks
	foot    string   // lower side of the counter, or the notice without one
	advice  string   // how the player stands to the name; mostly empty
	welcome []string // what to do, in the place of the last minute; mostly none
	layer   []string // all of it and the panel, where they stand on the screen; never changed
}

type youFacts struct {
	own         uint64
	plain       plainFacts // zero where that is for all the same
	place       placeFacts
	speed, best float64
	foot        footFacts
	advice      advice
	advised     bool // there is room for advice
	newcomer    bool
}

type placeFacts struct {
	rank, of int // 0 while the player has no rank
	ahead    int
	gap      uint64
	tied     bool // for the first rank
}

// place returns where the player stands among as many players as the screen shows. A rank
// takes a click, and a snapshot that counts whoever made it.
func (m *gameScreen) place() placeFacts {
	f := placeFacts{ahead: m.ahead, gap: m.gap}
	if s := &m.Standing; s.Clicks > 0 && s.Rank <= m.Snap.Players {
		f.rank, f.of, f.tied = s.Rank, m.Snap.Players, s.Rank == 1 && s.Ties > 0
	}
	return f
}

// text is the rank, such as "#3 of 120".
func (f placeFacts) text() string {
	if f.rank == 0 {
		return text.NoRank
	}
	return text.Rank(f.rank, f.of)
}

// isNewcomer tells that the player has never clicked.
func (m *gameScreen) isNewcomer() bool { return m.fresh && m.session == 0 }

// youFacts are those of now, beside a scene.
func (m *gameScreen) youFacts(beside *scene) youFacts {
	plain := plainFacts{}
	if m.lively > 0 {
		plain = plainFacts{m.Total, m.Snap.Players, beside.large}
	}
	return youFacts{
		own:   m.Own,
		plain: plain,
		place: m.place(),
		speed: m.speed.now, best: m.speed.best,
		foot:   footFacts{m.Notice, m.session},
		advice: m.advised(), advised: beside.advised, newcomer: m.isNewcomer(),
	}
}

// renderYou makes the player's own layer anew, if anything in it changed, and of
// it what did. It stands beside a scene.
func (m *gameScreen) renderYou(beside *scene) {
	y, l, f := &m.you, m.look, m.youFacts(beside)
	same := y.look == l
	if same && y.facts == f {
		return
	}
	was := y.facts
	y.look, y.facts = l, f
	if !same || was.advice != f.advice || was.newcomer != f.newcomer {
		y.advice = l.renderAdvice(f.advice, m.Name)
		y.welcome = nil
		if f.newcomer {
			y.welcome = l.renderWelcome()
			if y.advice == "" && y.welcome == nil && l.lay.advice >= 0 {
				y.advice = l.centred(span{l.pal.dim, text.First(l.lay.cw, welcomeShort...)})
			}
		}
	}
	if !same || was.foot != f.foot {
		y.foot = l.renderFoot(f.foot)
	}
	if !same || was.plain != f.plain {
		y.plain = ""
		if f.plain != (plainFacts{}) {
			y.plain = l.renderPlain(f.plain)
		}
	}
	c := l.canvas()
	c.put(l.lay.hero.plain, y.plain)
	if f.advised {
		c.put(l.lay.advice, y.advice)
	}
	c.put(l.lay.hero.minute, y.welcome...)
	switch {
	case l.lay.panel > 0 && same:
		copy(c[l.lay.own:l.lay.own+l.lay.panel], y.layer[l.lay.own:])
		m.changePanel(c[l.lay.own:], was, f)
	case l.lay.panel > 0:
		w := l.lay.youWidth()
		c.put(l.lay.own, l.filled(l.you, l.lay.x, w, []fact{m.nameFact(w), m.clicksFact(f, w), m.rankFact(f, w), m.speedFact(f, w)})...)
	case l.lay.variant == compact:
		c.put(l.lay.own, m.youLine(f))
	case l.lay.variant == mini:
		c.put(l.lay.own, m.youShort(f))
	}
	if l.lay.framed() {
		c.put(l.lay.counter.y+l.lay.counter.h-1, y.foot)
	} else {
		c.put(l.lay.saved, y.foot)
	}
	y.layer = c
}

// changePanel makes those lines of the panel anew that say something else.
func (m *gameScreen) changePanel(lines canvas, was, f youFacts) {
	l, w := m.look, m.look.lay.youWidth()
	change := func(changed bool, i int, fact func(youFacts, int) fact) {
		if at := l.factAt(i, 4); changed && at >= 0 {
			lines[at] = l.panelLine(l.lay.x, w, fact(f, w))
		}
	}
	change(was.own != f.own, 1, m.clicksFact)
	change(was.place != f.place, 2, m.rankFact)
	change(was.speed != f.speed || was.best != f.best, 3, m.speedFact)
}

func (m *gameScreen) nameFact(w int) fact {
	pal := &m.look.pal
	badge := span{}
	if m.isAdmin {
		badge = span{pal.title, "admin"}
	}
	name := m.OwnName(w - 6 - labelWidth - text.Width(badge.text) - 1)
	return fact{"name", span{pal.own, name}, "", badge}
}

func (m *gameScreen) clicksFact(f youFacts, w int) fact {
	pal := &m.look.pal
	number := text.Grouped(f.own)
	next := span{}
	if _, n := live.Milestones(f.own, firstOwnMilestone); n > 0 {
		goal := text.Grouped(n)
		next = span{pal.dim, text.First(w-6-labelWidth-len(number)-2, "next "+goal, "")}
	}
	return fact{"clicks", span{pal.strong, number}, "", next}
}

func (m *gameScreen) rankFact(f youFacts, w int) fact {
	pal := &m.look.pal
	rank, of := "#"+text.Grouped(f.place.rank), " of "+text.Grouped(f.place.of)
	if f.place.rank == 0 {
		rank, of = "none yet", ""
	}
	return fact{"rank", span{pal.strong, rank}, of, span{pal.dim, f.place.distance(w - 6 - labelWidth - len(rank) - len(of) - 2)}}
}

// distance is how far the next above is, in at most w cells.
func (f placeFacts) distance(w int) string {
	switch {
	case f.tied:
		return text.First(w, "tied for 1st", "tied", "")
	case f.rank == 1 && f.of > 1:
		return text.First(w, "you lead", "")
	case f.gap > 0:
		gap := text.Grouped(f.gap)
		return text.First(w, text.Count(f.gap, "click")+" to #"+text.Grouped(f.ahead), gap+" to #"+text.Grouped(f.ahead), "▲ "+gap, "")
	default:
		return ""
	}
}

func (m *gameScreen) speedFact(f youFacts, w int) fact {
	pal := &m.look.pal
	now := text.Rate(f.speed)
	unit := text.First(w-6-labelWidth-len(now), " clicks a second", " a second", "/s")
	best := span{}
	if f.best > 0 {
		best = span{pal.dim, "best " + text.Rate(f.best)}
		if labelWidth+len(now)+len(unit)+2+len(best.text) > w-6 {
			unit = " a second"
		}
		if labelWidth+len(now)+len(unit)+2+len(best.text) > w-6 {
			unit = "/s"
		}
	}
	return fact{"speed", span{pal.strong, now}, unit, best}
}

// youLine is the line of the compact variant: who and where at the left, how
// many at the right. What does not fit is cut from the name, then from the rank.
func (m *gameScreen) youLine(f youFacts) string {
	pal := &m.look.pal
	clicks := []span{{pal.strong, text.Grouped(f.own)}, {pal.dim, text.Plural(int(min(f.own, 2)), " click")}}
	w := m.look.lay.cw - 2
	left := w - widthOfAll(clicks) - 1
	rank := "  " + f.place.text()
	if left-text.Width(rank) < 6 {
		rank = ""
	}
	name := m.OwnName(left - text.Width(rank))
	return m.look.line(func(b *strings.Builder) {
		b.WriteByte(' ')
		spread(b, w, []span{{pal.own, name}, {pal.dim, rank}}, clicks)
	})
}

// youShort is the line of the mini variant.
func (m *gameScreen) youShort(f youFacts) string {
	pal := &m.look.pal
	number := text.Grouped(f.own)
	label := m.Marked("you ")
	short := ""
	if f.place.rank > 0 {
		short = "  #" + text.Grouped(f.place.rank)
	}
	rank := text.First(m.look.lay.cw-len(label)-1-len(number), "  "+f.place.text(), short, "")
	return m.look.centred(
		span{pal.dim, label}, span{pal.own, text.Number(f.own, m.look.lay.cw-len(label))}, span{pal.dim, rank})
}

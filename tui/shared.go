package tui

import (
	"clickky/sync/live"
	"clickky/tui/screen"
)

// moment is what a scene is made from: a state of the game, as a player has met
// it.
type moment struct {
	snap *live.Snapshot
	// The global count as the player has seen it, which may be ahead of the
	// snapshot, and the one in large digits, with which the way to the next
	// milestone keeps step.
	total, large uint64
	// The one that stood in large digits before.
	was     uint64
	calm    bool
	without without
}

// without is which parts give way to something of the player's own.
type without struct {
	minute bool // to the welcome of a newcomer
	saved  bool // to a notice
	plain  bool // to the global count of somebody who clicks
}

// scene is what everybody with the same look sees of a moment: a layer of the
// screen.
type scene struct {
	lines   []string
	advised bool // there is room for advice
	large   bool // the count stands there in large digits
}

type sceneFacts struct {
	shared  shared
	without without
}

// moment is the one of the player's screen.
func (m *gameScreen) moment() moment {
	was, total := m.was, m.Total
	if m.prefs.Calm {
		was = m.large
	}
	if m.lively > 0 {
		total = m.Snap.Total
	}
	return moment{
		snap: m.Snap, total: total, large: m.large, was: was, calm: m.prefs.Calm,
		without: without{
			minute: m.isNewcomer(), saved: m.Notice.Kind != screen.Quiet && !m.look.lay.framed(), plain: m.lively > 0,
		},
	}
}

// scene returns the one of a moment. Most moments look like others, and have
// their scene.
func (l *look) scene(now moment) *scene {
	return l.parts.moment.get(now, now.total, func(now moment) *scene {
		f := sceneFacts{l.shared(&now), now.without}
		return &l.parts.scene.get(f, now.total, l.renderScene).is
	}).is
}

// renderScene puts the parts together.
func (l *look) renderScene(f sceneFacts) scene {
	lay, d := &l.lay, &f.shared
	c := l.canvas()
	c.put(lay.header, l.title)
	for i := range lay.hero.h {
		c.put(lay.hero.top+i, l.hollow)
	}
	c.put(lay.hero.top, d.letters.is.lines...)
	c.put(lay.hero.plain, d.plain.is)
	if f.without.plain {
		c.put(lay.hero.plain, "")
	}
	if lay.hero.next >= 0 {
		c.put(lay.hero.next, d.next.is)
	}
	if lay.hero.minute >= 0 {
		c.put(lay.hero.minute, d.minute.is...)
		if f.without.minute {
			clear(c[lay.hero.minute : lay.hero.minute+lay.hero.minuteH])
		}
	}
	if lay.framed() {
		c.put(lay.counter.y, d.crown.is)
	}
	switch lay.variant {
	case full:
		c.put(lay.own, d.now.is...)
	case compact:
		c.put(lay.header, d.now.is...)
	default:
		c.put(lay.now, d.now.is...)
	}
	if !f.without.saved {
		c.put(lay.saved, d.saved.is...)
	}
	c.put(lay.footer, l.footer)
	return scene{lines: c, advised: lay.advice < 0 || c[lay.advice] == "", large: d.letters.is.fit}
}

// shared are the parts of a scene, each the same as long as its facts are.
type shared struct {
	crown   *part[uint64, string]
	letters *part[lettersFacts, letters]
	plain   *part[plainFacts, string]
	next    *part[nextFacts, string]
	minute  *part[minuteFacts, []string]
	now     *part[nowFacts, []string]
	saved   *part[savedFacts, []string]
}

type plainFacts struct {
	total   uint64
	players int
	large   bool // there are large digits as well
}

type minuteFacts struct {
	history *live.History
	calm    bool
}

type nowFacts struct {
	players, online int
	rate            float64
	average         uint64 // roughly
}

type savedFacts struct {
	trouble screen.Trouble
	unsaved uint64 // while there is trouble
}

// sharedParts are those that were rendered last for a look.
type sharedParts struct {
	crown   parts[uint64, string]
	letters parts[lettersFacts, letters]
	plain   parts[plainFacts, string]
	next    parts[nextFacts, string]
	minute  parts[minuteFacts, []string]
	now     parts[nowFacts, []string]
	saved   parts[savedFacts, []string]
	scene   parts[sceneFacts, scene]
	help    parts[int, string]
	moment  parts[moment, *scene]
}

// shared returns the parts of a moment's scene.
func (l *look) shared(f *moment) shared {
	p, snap := &l.parts, f.snap
	letters := p.letters.get(lettersFacts{f.large, f.was}, f.large, l.renderLetters)
	next := l.nextFactsOf(f.large, snap.Milestone)
	minute, second := minuteFacts{snap.History, f.calm}, uint64(0)
	if h := snap.History; h != nil {
		second = uint64(h.End)
	}
	if f.calm {
		second++ // those who are not keep theirs
	}
	return shared{
		crown:   p.crown.get(snap.Milestone, 0, l.renderCrown),
		letters: letters,
		plain:   p.plain.get(plainFacts{f.total, snap.Players, letters.is.fit}, f.total, l.renderPlain),
		next:    p.next.get(next, uint64(next.halves), l.renderNext),
		minute:  p.minute.get(minute, second, l.renderMinute),
		now:     p.now.get(nowFacts{snap.Players, snap.Online, snap.Rate, l.averageOf(snap)}, 0, l.renderNow),
		saved:   p.saved.get(savedFactsOf(snap), 0, l.renderSaved),
	}
}

// averageOf is how many clicks a player has, roughly, so that it seldom changes.
func (l *look) averageOf(snap *live.Snapshot) uint64 {
	if snap.Players <= 0 || l.lay.variant != full {
		return 0
	}
	average, unit := snap.Total/uint64(snap.Players), uint64(1)
	for average/unit >= 100 {
		unit *= 10
	}
	return average / unit * unit
}

// savedFactsOf reduces a snapshot to what is shown of the saving. As long as all goes well, how
// many clicks the database does not have yet is of no interest and would change ten times a second.
func savedFactsOf(snap *live.Snapshot) savedFacts {
	f := savedFacts{trouble: screen.TroubleOf(snap)}
	if f.trouble != screen.NoTrouble {
		f.unsaved = f.trouble.Unsaved(snap)
	}
	return f
}

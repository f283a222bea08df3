package tui

import "strings"

// you is what the screen shows of the player alone, and what it was made from.
type you struct {
	look   *look
	facts  youFacts
	lines  []string // name, count and rank
	foot   string   // lower side of the counter, or the hint without one
	advice string   // how the player stands to the name; mostly empty
}

type youFacts struct {
	own, session uint64
	rank, of     int
	ignored      Verdict
	advice       advice
}

// renderYou returns the player's own part, made anew if anything in it changed.
func (m *Model) renderYou() *you {
	f := youFacts{m.own, m.session, m.standing.Rank, m.standing.Of, m.hinted(), m.advised()}
	was := m.you
	if was == nil {
		was = &you{}
	}
	if was.look == m.look && was.facts == f {
		return was
	}
	y := &you{look: m.look, facts: f, advice: was.advice}
	if was.look != m.look || was.facts.advice != f.advice {
		y.advice = m.look.renderAdvice(f.advice, m.name)
	}
	switch m.look.lay.variant {
	case full:
		y.lines = m.youPanel(f)
	case compact:
		y.lines = []string{m.youLine(f)}
	case mini:
		y.lines = []string{m.youShort(f)}
	case tiny:
	}
	switch {
	case m.look.lay.framed():
		y.foot = was.foot
		if was.look != m.look || was.facts.ignored != f.ignored {
			y.foot = m.look.counterFoot(f.ignored)
		}
	case f.ignored != Counted:
		y.foot = m.look.centred(span{m.look.pal.warn, f.ignored.hint(m.look.lay.cw)})
	}
	return y
}

// youPanel is the panel of the full variant.
func (m *Model) youPanel(f youFacts) []string {
	pal := &m.look.pal
	w, _, _ := m.look.lay.panels()
	badge, session := span{}, span{}
	if m.admin {
		badge = span{pal.title, "admin"}
	}
	if f.session > 0 {
		session = span{pal.dim, "+" + grouped(f.session)}
		if w >= 45 { // decided by the size alone, so that the words stay
			session.text += " this session"
		}
	}
	name := m.ownName(w - 6 - labelWidth - widthOf(badge.text) - 1)
	return m.look.panel("you", w, []fact{
		{"name", span{pal.own, name}, ""},
		{"clicks", span{pal.strong, grouped(f.own)}, ""},
		{"rank", span{pal.strong, "#" + groupedInt(f.rank)}, " of " + groupedInt(f.of)},
	}, badge, session)
}

// youLine is the line of the compact variant: who and where at the left, how
// many at the right. What does not fit is cut from the name, then from the rank.
func (m *Model) youLine(f youFacts) string {
	pal := &m.look.pal
	clicks := []span{{pal.strong, grouped(f.own)}, {pal.dim, noun(int(min(f.own, 2)), " click")}} //nolint:gosec // at most 2
	w := m.look.lay.cw - 2
	left := w - widthOfAll(clicks) - 1
	rank := "  " + standingText(f.rank, f.of)
	if left-widthOf(rank) < 6 {
		rank = ""
	}
	name := m.ownName(left - widthOf(rank))
	return m.look.line(func(b *strings.Builder) {
		b.WriteByte(' ')
		spread(b, w, []span{{pal.own, name}, {pal.dim, rank}}, clicks)
	})
}

// youShort is the line of the mini variant.
func (m *Model) youShort(f youFacts) string {
	pal := &m.look.pal
	number := grouped(f.own)
	label := m.marked("you ")
	rank := first(m.look.lay.cw-len(label)-1-len(number), "  "+standingText(f.rank, f.of), "  #"+groupedInt(f.rank), "")
	return m.look.centred(
		span{pal.dim, label}, span{pal.own, numberIn(f.own, m.look.lay.cw-len(label))}, span{pal.dim, rank})
}

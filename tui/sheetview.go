package tui

import (
	"strings"

	"clickky/tui/text"
)

const (
	// sheetLabel is the column of the labels on the page of a player.
	sheetLabel = 11
	dateLayout = "2006-01-02"
)

// sheetFrame is the page of a player: as many of its lines as there is room for.
func (m *Model) sheetFrame() []string {
	rows, lines := m.textRows(), m.sheetLines()
	top := max(min(m.dash.sheet.top, len(lines)-rows), 0)
	out := append([]string(nil), lines[top:min(top+rows, len(lines))]...)
	if m.look.lay.framed() {
		out = append(out, m.lowerEdge(position(top, rows, len(lines))))
	}
	return out
}

// sheetLines is the page of a player, but for the last side of its frames.
func (m *Model) sheetLines() []string {
	s, pal := m.dash.sheet, &m.look.pal
	name := span{pal.own, s.name}
	switch {
	case s.is == nil:
		return []string{m.upperEdge(name), m.framed(span{pal.dim, "one moment"})}
	case !s.is.Known:
		return []string{m.upperEdge(name), m.framed(span{pal.bad, "this player no longer exists"})}
	}
	lines := append([]string{m.upperEdge(name)}, m.sheetFacts(s.is)...)
	if m.look.lay.variant == full {
		lines = append(lines, m.framed())
	}
	lines = append(lines, m.sheetKeys(s.is)...)
	lines = append(lines, m.sheetSessions(s.is)...)
	if m.look.lay.framed() {
		var b strings.Builder
		lower().draw(&b, pal, m.look.lay.cw, 0)
		lines = append(lines, b.String())
	}
	return append(lines, m.dayLines(&s.is.Day, m.textRows()-len(lines))...)
}

// sheetLine is a line of the page: a label, and what there is to say at the left
// and, if there is room, at the right.
func (m *Model) sheetLine(label string, what, right span) string {
	return m.framedLine(func(b *strings.Builder) {
		at := min(sheetLabel, m.dashWidth()/3)
		b.WriteString(blanks(at - put(b, at, []span{{m.look.pal.dim, label}})))
		w := m.dashWidth() - at
		spread(b, w, m.clipped([]span{what}, w), []span{right})
	})
}

// rankText is where the player of the page stands among as many as the cards show.
func (m *Model) rankText(is *Sheet) string {
	if is.Clicks == 0 || is.Rank > m.snap.Players {
		return noRank
	}
	return standingText(is.Rank, m.snap.Players)
}

// sheetFacts are where the player stands and when the player was here.
func (m *Model) sheetFacts(is *Sheet) []string {
	pal := &m.look.pal
	facts := [...]struct {
		label string
		what  span
	}{
		{"rank", span{pal.strong, m.rankText(is)}},
		{"clicks", span{pal.strong, grouped(is.Clicks)}},
		{"speed", span{pal.strong, rated(is.Rate) + " a second"}},
		{"seen", span{pal.dim, seenText(false, is.Seen, is.Now, m.dashWidth())}},
	}
	switch {
	case is.Online:
		facts[3].what = span{pal.fine, "● online"}
	case is.Seen.IsZero():
		facts[3].what.text = "unknown"
	}
	var lines []string
	if m.dashWidth() < 60 {
		for _, f := range facts {
			lines = append(lines, m.sheetLine(f.label, f.what, span{}))
		}
		return lines
	}
	half := m.dashWidth() / 2
	for i := 0; i < len(facts); i += 2 {
		lines = append(lines, m.framedLine(func(b *strings.Builder) {
			for j, f := range facts[i : i+2] {
				w := half + j*(m.dashWidth()-2*half)
				b.WriteString(blanks(w - put(b, w, []span{{pal.dim, f.label + blanks(sheetLabel-len(f.label))}, f.what})))
			}
		}))
	}
	return lines
}

// sheetKeys are the keys of the name.
func (m *Model) sheetKeys(is *Sheet) []string {
	pal := &m.look.pal
	if len(is.Keys) == 0 {
		return []string{m.sheetLine("key", span{pal.dim, first(m.dashWidth()-sheetLabel, "none: the name is free", "none")}, span{})}
	}
	lines := make([]string, 0, len(is.Keys))
	for _, k := range is.Keys {
		label, since := "key", "just now"
		if k.Bound {
			label = "bound key"
		}
		if !k.Since.IsZero() {
			since = k.Since.UTC().Format(dateLayout)
		}
		lines = append(lines, m.sheetLine(label, span{"", k.Fingerprint}, span{pal.dim, since}))
	}
	return lines
}

// sheetSessions are the sessions of the player.
func (m *Model) sheetSessions(is *Sheet) []string {
	pal := &m.look.pal
	if len(is.Sessions) == 0 {
		none := "none on this server"
		if len(m.dash.machine.Servers) > 1 {
			none = "none on any server"
		}
		return []string{m.sheetLine("session", span{pal.dim, first(m.dashWidth()-sheetLabel, none, "none")}, span{})}
	}
	lines := make([]string, 0, len(is.Sessions))
	for _, s := range is.Sessions {
		terminal, _ := clean(s.Terminal, 32)
		if terminal == "" {
			terminal = "no terminal"
		}
		what, since := s.From+"  "+terminal, text.Ago(is.Now.Sub(s.Since))
		if s.Server != "" {
			on, _ := clean(s.Server, 24)
			what += "  on " + on
			if s.From == "" {
				what, since = "on "+on+", which isn't answering", ""
			}
		}
		lines = append(lines, m.sheetLine("session", span{"", what}, span{pal.dim, since}))
	}
	return lines
}

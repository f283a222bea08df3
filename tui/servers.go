package tui

import (
	"slices"
	"strings"
)

// serverRows is how many lines tell of the servers of the game: one, where there are
// several, and room.
func (m *Model) serverRows() int {
	const least = 9 // lines that the table and what is typed below it take
	l := &m.look.lay
	if len(m.dash.machine.Servers) < 2 || l.footer-l.airy-l.about-l.cardsH < least {
		return 0
	}
	return 1
}

// serverLines are those lines. Of each server they say as much as there is room for
// of all; where not even all names have room, those come first with which something
// is wrong.
func (m *Model) serverLines() []string {
	if m.serverRows() == 0 {
		return nil
	}
	is, pal, w := &m.dash.machine, &m.look.pal, m.look.lay.cw-2
	head := []span{{pal.dim, count(len(is.Servers), "server") + "  "}}
	if is.Differ != "" {
		head = append(head, span{pal.bad, "▲ " + is.Differ + "  "})
	}
	w -= widthOfAll(head)
	var spans []span
	for detail := range serverDetails {
		if spans = m.serverSpans(is.Servers, detail); widthOfAll(spans) <= w {
			break
		}
	}
	if widthOfAll(spans) > w {
		servers := slices.Clone(is.Servers)
		slices.SortStableFunc(servers, func(a, b Server) int { return rankOf(a) - rankOf(b) })
		spans = m.serverSpans(servers, serverDetails-1)
	}
	var b strings.Builder
	b.WriteByte(' ')
	b.WriteString(blanks(w - put(&b, w+widthOfAll(head), append(head, spans...))))
	return []string{b.String()}
}

// rankOf puts those first with which something is wrong.
func rankOf(s Server) int {
	if s.OK {
		return 1
	}
	return 0
}

// serverDetails is in how many ways a server is told of, each shorter than the one
// before.
const serverDetails = 4

// serverSpans tells of servers in one of those ways.
func (m *Model) serverSpans(servers []Server, detail int) []span {
	const maxName, maxVersion = 24, 16
	pal := &m.look.pal
	spans := make([]span, 0, 5*len(servers))
	for i, s := range servers {
		if i > 0 {
			spans = append(spans, span{"", "  "})
		}
		name, _ := clean(s.Name, maxName)
		version, _, _ := strings.Cut(s.Version, " ")
		version, _ = clean(version, maxVersion)
		mark, style, state := "● ", pal.fine, ""
		if !s.OK {
			mark, style, state = "▲ ", pal.bad, " "+s.State
		}
		if s.Lag > 0 && (detail < 2 || !s.OK) {
			state = strings.TrimSuffix(state, " behind") + " " + grouped(s.Lag) + " behind"
		}
		players, last := "", ""
		switch {
		case detail > 0 && !s.OK: // what is wrong says enough
		case detail == 0:
			players, last = " "+count(s.Players, "player"), " "+version
		case detail == 1:
			players, last = " "+groupedInt(s.Players), " "+version
		case detail == 2:
			players = " " + groupedInt(s.Players)
		}
		spans = append(spans, span{style, mark + name}, span{pal.dim, players}, span{style, state}, span{pal.dim, last})
	}
	return spans
}

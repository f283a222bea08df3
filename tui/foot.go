package tui

import "strings"

// footFacts are what the lower side of the counter says.
type footFacts struct {
	notice  notice
	message string
	session uint64
}

// renderFoot is the lower side of the counter's panel: it says what to do, then
// how many clicks there were in this session, which moves with each of them; and
// when there is a notice it gives that, for this is where the player looks.
// Without a panel there are notices only.
func (m *Model) renderFoot(f footFacts) string {
	l := m.look
	if !l.lay.framed() {
		if f.notice == quiet {
			return ""
		}
		return l.centred(span{l.pal.noticed(f.notice), m.words(f.notice, l.lay.cw)})
	}
	w := l.lay.counter.w
	label := []span{{l.pal.dim, first(w-8, "press space, or click here", "press space")}}
	switch {
	case f.notice != quiet:
		label = []span{{l.pal.noticed(f.notice), m.words(f.notice, w-8)}}
	case f.session > 0:
		label = []span{{l.pal.own, "◆ "}, {l.pal.strong, "+" + grouped(f.session)}, {l.pal.dim, "  press space"}}
	}
	return l.line(func(b *strings.Builder) { lower().drawCentred(b, &l.pal, w, label...) })
}

// welcome is what somebody reads who has never clicked.
var (
	welcomeLong = [2][]string{
		{"Press space. It counts for you and for everybody.", "Press space: it counts for everybody.", "Press space.", ""},
		{"Each press is one click. The number above is everybody's total.", "Each press is one click.", ""},
	}
	welcomeShort = []string{"each press of space counts for everybody", "each press of space is one click", ""}
)

// renderWelcome tells a newcomer what to do, in the place of the last minute,
// if there is one. Where that has one line only, the first has to do.
func (l *look) renderWelcome() []string {
	rows, w := l.lay.hero.minuteH, l.counterRoom()
	if l.lay.hero.minute < 0 {
		return nil
	}
	lines := make([]string, rows)
	above := max(rows-len(welcomeLong), 0) / 2
	for i := range lines {
		lines[i] = l.hollow
		if n := i - above; n >= 0 && n < len(welcomeLong) {
			style := l.pal.own
			if n > 0 {
				style = l.pal.dim
			}
			lines[i] = l.counterLine(func(b *strings.Builder) {
				centre(b, w, []span{{style, first(w, welcomeLong[n]...)}})
			})
		}
	}
	return lines
}

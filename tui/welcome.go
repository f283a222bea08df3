package tui

import (
	"strings"

	"clickky/tui/text"
)

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
				centre(b, w, []span{{style, text.First(w, welcomeLong[n]...)}})
			})
		}
	}
	return lines
}

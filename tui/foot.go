package tui

import (
	"strings"

	"clickky/tui/screen"
	"clickky/tui/text"
)

// footFacts are what the lower side of the counter says.
type footFacts struct {
	notice  screen.Notice
	session uint64
}

// renderFoot is the lower side of the counter's panel: it says what to do, then
// how many clicks there were in this session, which moves with each of them; and
// when there is a notice it gives that, for this is where the player looks.
// Without a panel there are notices only.
func (l *look) renderFoot(f footFacts) string {
	if !l.lay.framed() {
		if f.notice.Kind == screen.Quiet {
			return ""
		}
		return l.centred(span{l.pal.noticed(f.notice), f.notice.Words(l.lay.cw)})
	}
	w := l.lay.counter.w
	label := []span{{l.pal.dim, text.First(w-8, "press space, or click here", "press space")}}
	switch {
	case f.notice.Kind != screen.Quiet:
		label = []span{{l.pal.noticed(f.notice), f.notice.Words(w - 8)}}
	case f.session > 0:
		label = []span{{l.pal.own, "◆ "}, {l.pal.strong, "+" + text.Grouped(f.session)}, {l.pal.dim, "  press space"}}
	}
	return l.line(func(b *strings.Builder) { lower().drawCentred(b, &l.pal, w, label...) })
}

package tui

import (
	"strings"

	"clickky/sync/live"
	"clickky/tui/text"
)

// nextFacts are the way from the last milestone to the next one.
type nextFacts struct {
	last, next uint64 // next is 0 where there is none
	halves     int    // how many halves of a cell of the bar are filled
	reached    bool   // the last one has just been reached
}

// nextFactsOf reduces a count to what is shown of the way. While a milestone is
// celebrated the bar stays full, and the way to the next one begins after it.
func (l *look) nextFactsOf(total, celebrated uint64) nextFacts {
	if l.lay.hero.next < 0 {
		return nextFacts{}
	}
	f := nextFacts{}
	f.last, f.next = live.Milestones(total, live.FirstMilestone)
	if f.reached = celebrated > 0 && celebrated == f.last; f.reached {
		f.next = 0
	}
	if f.next > 0 {
		share := float64(total-f.last) / float64(f.next-f.last)
		f.halves = int(share * float64(2*l.nextBar(f)))
	}
	return f
}

// nextBar is how many cells the bar has between its two ends.
func (l *look) nextBar(f nextFacts) int {
	ends := text.GroupedWidth(f.last) + text.GroupedWidth(f.next)
	switch {
	case f.reached:
		ends = text.GroupedWidth(f.last) + 3 // stars instead of the next one
	case f.next == 0:
		ends = text.GroupedWidth(f.last)
	}
	return max(min(l.counterRoom(), minuteWide)-ends-2, 0)
}

// ends are what stands left and right of the bar.
func (f nextFacts) ends() (from, to string) {
	switch {
	case f.reached:
		return "★", text.Grouped(f.last) + " ★"
	case f.next == 0:
		return "", text.Grouped(f.last)
	default:
		return text.Grouped(f.last), text.Grouped(f.next)
	}
}

// renderNext draws the way to the next milestone as a bar between the two.
func (l *look) renderNext(f nextFacts) string {
	if l.lay.hero.next < 0 {
		return ""
	}
	from, to := f.ends()
	w, done := l.nextBar(f), f.halves
	if w < 4 {
		to = text.First(l.counterRoom(), "next "+to, to, "")
		return l.counterLine(func(b *strings.Builder) { centre(b, l.counterRoom(), []span{{l.pal.dim, to}}) })
	}
	style := l.pal.strong
	if f.next == 0 {
		done, style = 2*w, l.pal.own
	}
	filled := strings.Repeat("━", done/2) + strings.Repeat("╸", done%2)
	rest := strings.Repeat("─", w-done/2-done%2)
	return l.counterLine(func(b *strings.Builder) {
		centre(b, l.counterRoom(), []span{
			{l.pal.dim, from + " "}, {l.pal.glow[len(l.pal.glow)-1], filled}, {l.pal.frame, rest}, {style, " " + to},
		})
	})
}

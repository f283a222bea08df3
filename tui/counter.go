package tui

import (
	"slices"
	"strings"

	"charm.land/lipgloss/v2"

	"clickky/sync/live"
	"clickky/tui/digits"
	"clickky/tui/screen"
	"clickky/tui/text"
)

// counterPanel is the frame of the counter without its lower side, which is the player's own. On its
// upper side milestones are celebrated.
func (l *look) counterPanel() panel {
	hollow := slices.Repeat([]string{l.counterLine()}, l.counter.Dy())
	return newPanel(l.counter.Min.Y, func(now *moment) uint64 { return now.snap.Milestone }, func(reached uint64) []string {
		if !l.Framed {
			return hollow
		}
		lines := slices.Clone(hollow[1:])
		lines[0] = text.Blanks(l.X) + l.Edge(screen.Upper, l.W, lipgloss.Left, "")
		if reached > 0 {
			n := text.Grouped(reached)
			said := text.First(l.W-8, "★  ★  ★   "+n+" reached!   ★  ★  ★", "★ "+n+" reached! ★", "★")
			free := l.W - 4 - text.Width(said)
			lines[0] = text.Blanks(l.X) +
				l.Styles.Own.Render("╭"+strings.Repeat("━", free/2)+" "+said+" "+strings.Repeat("━", free-free/2)+"╮")
		}
		return lines
	})
}

// digitsKey is a count, and the one that stood there before: the digits that have changed glow for
// a moment.
type digitsKey struct{ large, was uint64 }

// digitsPanel is the count as large as it fits, in the lines above the plain digits.
func (l *look) digitsPanel() panel {
	key := func(now *moment) digitsKey { return digitsKey{now.large, now.was} }
	hollow := slices.Repeat([]string{l.counterLine()}, l.hero.start(rowPlain))
	return newPanel(l.inside, key, func(k digitsKey) []string {
		number, w := text.Grouped(k.large), l.counterWidth()
		font, ok := digits.For(number, w, l.hero[rowDigits])
		if !ok {
			return nil
		}
		still, n := unchanged(number, text.Grouped(k.was)), font.Rows()
		lines := slices.Clone(hollow)
		above := (len(lines) - n) / 2
		for row := range n {
			lines[above+row] = l.counterLine(
				span{l.Styles.GlowAt(row, n), font.Line(number, row, 0, still)}, span{&l.Styles.Lit, font.Line(number, row, still, len(number))})
		}
		return lines
	})
}

// fits reports whether there is room for a count in large digits.
func (l *look) fits(n uint64) bool { return text.GroupedWidth(n) <= l.longest }

// unchanged is how many characters of a number, from the left, are those that stood there before. A
// count only grows, so that all behind them are others, but for some that happen to be the same.
func unchanged(number, was string) int {
	n := 0
	for len(number) == len(was) && n < len(number) && number[n] == was[n] {
		n++
	}
	return n
}

// plainKey is the count in plain digits.
type plainKey struct {
	total   uint64
	players int
	alone   bool // there are no large digits
	hidden  bool
}

func (l *look) plainPanel() panel {
	return newPanel(l.line(rowPlain), func(now *moment) plainKey {
		if now.clicking {
			return plainKey{hidden: true}
		}
		return plainKey{total: now.total, players: now.snap.Players, alone: !l.fits(now.large)}
	}, l.renderPlain)
}

// renderPlain is the number in plain digits, with as many words as fit.
func (l *look) renderPlain(k plainKey) []string {
	if k.hidden {
		return []string{""}
	}
	w, style := l.counterWidth(), &l.Styles.Strong
	if k.alone {
		style = &l.Styles.Title
	}
	number, noun := text.Number(k.total, w), " clicks"
	if k.total == 1 {
		noun = " click"
	}
	words := text.First(w-len(number), noun+" by "+text.Grouped(k.players)+" "+text.Plural(k.players, "player"), noun, "")
	return []string{l.counterLine(span{style, number}, span{&l.Styles.Dim, words})}
}

// milestoneKey is the way from the last milestone to the next one.
type milestoneKey struct {
	last, next uint64 // next is 0 where there is none
	halves     int    // how many halves of a cell of the bar are filled
	reached    bool   // the last one has just been reached
}

// milestonePanel is the way to the next milestone as a bar between the two. While a milestone is
// celebrated the bar stays full, and the way to the next one begins after it.
func (l *look) milestonePanel() panel {
	return newPanel(l.line(rowMilestone), func(now *moment) (k milestoneKey) {
		k.last, k.next = live.Milestones(now.large, live.FirstMilestone)
		if k.reached = now.snap.Milestone > 0 && now.snap.Milestone == k.last; k.reached {
			k.next = 0
		}
		if k.next > 0 {
			share := float64(now.large-k.last) / float64(k.next-k.last)
			k.halves = int(share * float64(2*l.barWidth(text.GroupedWidth(k.last)+text.GroupedWidth(k.next))))
		}
		return k
	}, l.renderMilestone)
}

// ends are what stands left and right of the bar.
func (k milestoneKey) ends() (from, to string) {
	switch {
	case k.reached:
		return "★", text.Grouped(k.last) + " ★"
	case k.next == 0:
		return "", text.Grouped(k.last)
	default:
		return text.Grouped(k.last), text.Grouped(k.next)
	}
}

// barWidth is how many cells the bar has between its ends: with them it is as wide as the last minute.
func (l *look) barWidth(ends int) int { return max(min(l.counterWidth(), minuteWidth)-ends-2, 0) }

func (l *look) renderMilestone(k milestoneKey) []string {
	from, to := k.ends()
	w, done, s := l.barWidth(text.Width(from)+text.Width(to)), k.halves, l.Styles
	if w < 4 {
		return []string{l.counterLine(span{&s.Dim, text.First(l.counterWidth(), "next "+to, to, "")})}
	}
	style := &s.Strong
	if k.next == 0 {
		done, style = 2*w, &s.Own
	}
	return []string{l.counterLine(
		span{&s.Dim, from + " "},
		span{&s.Glow[len(s.Glow)-1], text.Bar(done)},
		span{&s.Frame, strings.Repeat("─", w-done/2-done%2)},
		span{style, " " + to})}
}

// footKey is what the lower side of the counter says.
type footKey struct {
	notice  screen.Notice
	session uint64
}

// renderFoot is the lower side of the counter's panel: it says what to do, then how many clicks
// there were in this session, which moves with each of them; and when there is a notice it gives
// that, for this is where the player looks. Without a panel there are notices only.
func (l *look) renderFoot(k footKey) []string {
	s := l.Styles
	switch said := k.notice.Kind != screen.Quiet; {
	case !l.Framed && said:
		return []string{l.centred(span{l.NoticeStyle(k.notice), k.notice.Words(l.W)})}
	case !l.Framed:
		return nil
	}
	label := s.Dim.Render(text.First(l.W-8, "press space, or click here", "press space"))
	switch {
	case k.notice.Kind != screen.Quiet:
		label = l.NoticeStyle(k.notice).Render(k.notice.Words(l.W - 8))
	case k.session > 0:
		label = s.Own.Render("◆ ") + s.Strong.Render("+"+text.Grouped(k.session)) + s.Dim.Render("  press space")
	}
	return []string{text.Blanks(l.X) + l.Edge(screen.Lower, l.W, lipgloss.Center, label)}
}

package tui

import (
	"slices"
	"strings"

	"charm.land/lipgloss/v2"

	"clickky/sync/game"
	"clickky/tui/digits"
	"clickky/tui/layout"
	"clickky/tui/news"
	"clickky/tui/screen"
	"clickky/tui/text"
)

// counterPanel is the border of the counter without its lower side, which belongs to the player's
// layer. The upper side celebrates milestones.
func (a *appearance) counterPanel() panel {
	empty := slices.Repeat([]string{a.counterLine()}, a.Counter.Dy())
	return newPanel(a.Counter.Min.Y, func(now *sharedKey) *game.Milestone { return now.snap.Milestone }, func(reached *game.Milestone) []string {
		if !a.Framed {
			return empty
		}
		lines := slices.Clone(empty[1:])
		lines[0] = text.Spaces(a.X) + a.Border(screen.TopCorners, a.W, lipgloss.Left, "")
		if reached != nil {
			n := text.Grouped(reached.Count)
			label := text.FirstFit(a.W-8, "★  ★  ★   "+n+" reached!   ★  ★  ★", "★ "+n+" reached! ★", "★")
			lines[0] = text.Spaces(a.X) + a.HeavyBorder(screen.TopCorners, a.W, a.Styles.Accent.Render(label))
		}
		return lines
	})
}

// digitsKey is a count and the one before it: the digits that changed are highlighted for a moment.
type digitsKey struct{ large, prev uint64 }

// digitsPanel shows the count as large as it fits, above the plain digits.
func (a *appearance) digitsPanel() panel {
	key := func(now *sharedKey) digitsKey { return digitsKey{now.large, now.prevLarge} }
	empty := slices.Repeat([]string{a.counterLine()}, a.CounterRows.Start(layout.RowPlain))
	return newPanel(a.InsideTop, key, func(k digitsKey) []string {
		number, w := text.Grouped(k.large), a.counterWidth()
		font, ok := digits.Largest(number, w, a.CounterRows[layout.RowDigits], a.ascii)
		if !ok {
			return nil
		}
		unchanged, n := commonPrefix(number, text.Grouped(k.prev)), font.Rows()
		lines := slices.Clone(empty)
		above := (len(lines) - n) / 2
		for row := range n {
			lines[above+row] = a.counterLine(
				a.Styles.GradientAt(row, n).Span(font.Line(number, row, 0, unchanged)), a.Styles.Changed.Span(font.Line(number, row, unchanged, len(number))))
		}
		return lines
	})
}

// fitsLarge reports whether a count fits in large digits.
func (a *appearance) fitsLarge(n uint64) bool { return text.GroupedWidth(n) <= a.maxLargeDigits }

// commonPrefix returns how many leading characters two numbers of equal length share.
func commonPrefix(number, prev string) int {
	n := 0
	for len(number) == len(prev) && n < len(number) && number[n] == prev[n] {
		n++
	}
	return n
}

type plainKey struct {
	total         uint64
	players       int
	noLargeDigits bool
	isHidden      bool
}

func (a *appearance) plainPanel() panel {
	return newPanel(a.CounterRow(layout.RowPlain), func(now *sharedKey) plainKey {
		if now.isClicking {
			return plainKey{isHidden: true}
		}
		return plainKey{total: now.total, players: now.snap.Players, noLargeDigits: !a.fitsLarge(now.large)}
	}, a.renderPlain)
}

// renderPlain is the count in plain digits, with as many words as fit.
func (a *appearance) renderPlain(k plainKey) []string {
	if k.isHidden {
		return []string{""}
	}
	w, style := a.counterWidth(), &a.Styles.Strong
	if k.noLargeDigits {
		style = &a.Styles.Title
	}
	number, noun := text.Number(k.total, w), " clicks"
	if k.total == 1 {
		noun = " click"
	}
	words := text.FirstFit(w-len(number), noun+" by "+text.Grouped(k.players)+" "+text.Plural(k.players, "player"), noun, "")
	return []string{a.counterLine(style.Span(number), a.Styles.Dim.Span(words))}
}

// milestoneKey is the progress from the last milestone to the next.
type milestoneKey struct {
	last, next  uint64 // next is 0 if there is none
	halfCells   int    // filled half cells of the bar
	justReached bool   // the last one has just been reached
}

// milestonePanel is a progress bar to the next milestone. While a milestone is celebrated, the bar
// stays full.
func (a *appearance) milestonePanel() panel {
	return newPanel(a.CounterRow(layout.RowMilestone), func(now *sharedKey) (k milestoneKey) {
		k.last, k.next = game.Milestones(now.large, game.FirstMilestone)
		if k.justReached = now.snap.Milestone != nil && now.snap.Milestone.Count == k.last; k.justReached {
			k.next = 0
		}
		if k.next > 0 {
			share := float64(now.large-k.last) / float64(k.next-k.last)
			k.halfCells = int(share * float64(2*a.barWidth(text.GroupedWidth(k.last)+text.GroupedWidth(k.next))))
		}
		return k
	}, a.renderMilestone)
}

// barWidth returns the width of the bar without its labels; with them it is as wide as the last
// minute.
func (r *lineRenderer) barWidth(labels int) int {
	chart := chartFor(r.counterWidth())
	w := max(min(r.counterWidth(), minuteWidth), chart.columns*chart.cells+labelCells)
	return max(w-labels-2, 0)
}

func (a *appearance) renderMilestone(k milestoneKey) []string {
	s, from, to, style := a.Styles, text.Grouped(k.last), text.Grouped(k.next), &a.Styles.Strong
	switch {
	case k.justReached:
		from, to, style = "★", from+" ★", &s.Accent
	case k.next == 0:
		from, to, style = "", from, &s.Accent
	}
	w, done := a.barWidth(text.Width(from)+text.Width(to)), k.halfCells
	if w < 4 {
		return []string{a.counterLine(s.Dim.Span(text.FirstFit(a.counterWidth(), "next "+to, to, "")))}
	}
	if k.next == 0 {
		done = 2 * w
	}
	return []string{a.counterLine(
		s.Dim.Span(from+" "),
		s.Gradient[len(s.Gradient)-1].Span(text.Bar(done)),
		s.Frame.Span(strings.Repeat("─", w-done/2-done%2)),
		style.Span(" "+to))}
}

type footKey struct {
	notice     screen.Notice
	clicks     uint64
	moment     *news.Moment // nil: none, or one that replaces the last minute
	isAccented bool
}

// renderFoot is the lower border of the counter: a notice, or the clicks of this session, or what
// to do. Without borders it is a line that only shows notices.
func (a *appearance) renderFoot(k footKey) []string {
	s := a.Styles
	switch hasNotice := k.notice.Kind != screen.NoNotice; {
	case !a.Framed && hasNotice:
		return []string{a.centred(a.NoticeStyle(k.notice).Span(k.notice.Fit(a.W)))}
	case !a.Framed:
		return nil
	}
	label := s.Dim.Render(text.FirstFit(a.W-8, "press space, or click here", "press space"))
	switch {
	case k.moment != nil:
		headline, _ := k.moment.Words(a.W - 8)
		label = s.Accent.Render(headline)
	case k.notice.Kind != screen.NoNotice:
		label = a.NoticeStyle(k.notice).Render(k.notice.Fit(a.W - 8))
	case k.clicks > 0:
		label = s.Accent.Render("◆ ") + s.Strong.Render("+"+text.Grouped(k.clicks)) + s.Dim.Render("  press space")
	}
	if k.isAccented {
		return []string{text.Spaces(a.X) + a.HeavyBorder(screen.BottomCorners, a.W, label)}
	}
	return []string{text.Spaces(a.X) + a.Border(screen.BottomCorners, a.W, lipgloss.Center, label)}
}

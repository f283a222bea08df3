package news

import (
	"clickky/sync/game"
	"clickky/tui/text"
	"clickky/tui/theme"
)

// Maker returns a sentence about who made the click that reached a milestone.
func Maker(m *game.Milestone) string {
	n := game.News{Kind: game.GlobalMilestone, Name: m.Name, Guest: m.Guest, Count: m.Count}
	return Sentence(&n)
}

// Details says in at most w cells how long a milestone took and how many players helped. It is empty
// if this server doesn't know.
func Details(m *game.Milestone, w int) string {
	helpers := text.Count(m.Helpers, "player") + " helped"
	last, _ := game.Milestones(m.Count-1, game.FirstMilestone)
	switch took := text.Duration(m.Since); {
	case m.Helpers == 0:
		return ""
	case m.Since == 0 || last == 0:
		return text.FirstFit(w, helpers, "")
	default:
		return text.FirstFit(w, took+" since "+text.Grouped(last)+" · "+helpers, "in "+took+" · "+helpers, helpers, "")
	}
}

// MilestoneLines returns Maker and Details in one line of at most w cells, or in two if there is room.
func MilestoneLines(s *theme.Styles, m *game.Milestone, w, rows int) [][]theme.Span {
	const separator = " · "
	maker := text.Clean(Maker(m), w)
	beside, below := Details(m, w-text.Width(maker+separator)), Details(m, w)
	who := s.Accent.Span(maker)
	switch {
	case rows > 1 && beside != below:
		return [][]theme.Span{{who}, {s.Dim.Span(below)}}
	case beside != "":
		return [][]theme.Span{{who, s.Dim.Span(separator + beside)}}
	default:
		return [][]theme.Span{{who}}
	}
}

package tui

import (
	"clickky/sync/game"
	"clickky/tui/layout"
	"clickky/tui/news"
	"clickky/tui/screen"
	"clickky/tui/theme"
)

type newsLineKey struct {
	milestone *game.Milestone
	news      news.Key
}

// newsLinePanel shows the newest news in one line, or a milestone that is being celebrated. Save
// problems and notices take precedence. Where there is a list of news, it shows only milestones.
func (a *appearance) newsLinePanel() panel {
	return newPanel(a.Rows.Start(layout.RowProblem), func(now *sharedKey) (k newsLineKey) {
		problem, _ := screen.SaveProblemOf(now.snap)
		switch {
		case now.hasNotice, problem.Long != "":
		case now.snap.Milestone != nil:
			k.milestone = now.snap.Milestone
		case !now.hasOwnNews && a.NewsHeight == 0:
			k.news.Public = now.snap.News
		}
		return k
	}, func(k newsLineKey) []string {
		if k.milestone == nil {
			return a.renderNewsLine(k.news)
		}
		var lines []string
		for _, spans := range news.MilestoneLines(a.Styles, k.milestone, a.W, a.Rows[layout.RowProblem]) {
			lines = append(lines, a.centred(spans...))
		}
		return lines
	})
}

func (a *appearance) renderNewsLine(k news.Key) []string {
	if spans := news.Line(a.Styles, k, a.W); len(spans) > 0 {
		return []string{a.centred(spans...)}
	}
	return nil
}

// renderNewsPage renders the page of all news.
func (a *appearance) renderNewsPage(k *news.Key) string { return news.Page(a.Styles, *k, a.Area.W) }

// newsListPanel shows the latest news below the people.
func (a *appearance) newsListPanel() panel {
	if a.NewsHeight == 0 {
		return staticPanel(0)
	}
	p := newPanel(a.Rows.Start(layout.RowGame)-a.NewsHeight, func(now *sharedKey) news.Key { return news.Key{Public: now.snap.News} }, func(k news.Key) []string {
		rows := news.Rows(a.Styles, k, sideWidth, a.NewsHeight-2)
		if len(rows) == 0 {
			rows = [][]theme.Span{{a.Styles.Dim.Span("nothing yet")}}
		}
		return a.sidePanel("news", a.NewsHeight, rows)
	})
	p.column = a.PeopleX
	return p
}

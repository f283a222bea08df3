package tui

import (
	"strings"

	"charm.land/lipgloss/v2"

	"clickky/sync/game"
	"clickky/tui/screen"
)

// newsLineKey is what newsLinePanel shows.
type newsLineKey struct {
	milestone *game.Milestone
	news      newsKey
}

// newsLinePanel shows the newest news in one line, or a milestone that is being celebrated. A save
// problem and notices go first. Where there is a list of news, it shows only milestones.
func (a *appearance) newsLinePanel() panel {
	return newPanel(a.rows.start(rowProblem), func(now *sharedKey) (k newsLineKey) {
		problem, _ := screen.SaveProblemOf(now.snap)
		switch {
		case now.hasNotice, problem.Long != "":
		case now.snap.Milestone != nil:
			k.milestone = now.snap.Milestone
		case !now.hasOwnNews && a.newsHeight == 0:
			k.news.public = now.snap.News
		}
		return k
	}, func(k newsLineKey) []string {
		if k.milestone != nil {
			return a.renderMilestoneNews(k.milestone)
		}
		return a.renderNewsLine(k.news)
	})
}

func (a *appearance) renderNewsLine(k newsKey) []string {
	if spans := a.newsSpans(k, a.W); len(spans) > 0 {
		return []string{a.centred(spans...)}
	}
	return nil
}

// newsListPanel shows the last news below the people.
func (a *appearance) newsListPanel() panel {
	if a.newsHeight == 0 {
		return staticPanel(0)
	}
	p := newPanel(a.rows.start(rowGame)-a.newsHeight, func(now *sharedKey) newsKey { return newsKey{public: now.snap.News} }, func(k newsKey) []string {
		return a.renderNewsList(k, peopleWidth, a.newsHeight)
	})
	p.column = a.peopleX
	return p
}

// renderNewsList is a panel of w by h cells.
func (a *appearance) renderNewsList(k newsKey, w, h int) []string {
	lines := make([]string, 0, h)
	lines = append(lines, a.Border(screen.TopCorners, w, lipgloss.Left, a.Styles.Dim.Render("news")))
	rows := a.newsRows(k, w-4, h-2)
	if len(rows) == 0 {
		rows = [][]span{{{&a.Styles.Dim, "nothing yet"}}}
	}
	for i := range h - 2 {
		var b strings.Builder
		a.openFrame(&b, 0, 1)
		if i < len(rows) {
			writeJustified(&b, w-4, rows[i], nil)
		} else {
			writeJustified(&b, w-4, nil, nil)
		}
		a.closeFrame(&b, 1)
		lines = append(lines, b.String())
	}
	return append(lines, a.Border(screen.BottomCorners, w, lipgloss.Left, ""))
}

package tui

import (
	"slices"
	"strings"

	"clickky/sync/game"
	"clickky/sync/live"
	"clickky/tui/text"
)

const (
	// momentSnapshots and momentSeconds are how long a moment lasts: three seconds of a game in which
	// many click, and a little longer if few do.
	momentSnapshots, momentSeconds = 30, 4
	// passingEvery is the minimum number of seconds between two moments about passing somebody: in a
	// duel, players pass each other all the time.
	passingEvery = 30
)

// moment is something that only this player celebrates, in place of the last minute. It is immutable.
type moment struct {
	kind   momentKind
	name   string // of the player, or of the one who was passed; may contain any bytes
	guest  bool
	clicks uint64 // the player's count
	total  uint64 // the global count
	// rank is the player's, among of players.
	rank, of int
}

type momentKind uint8

const (
	firstClickEver momentKind = iota
	ownMilestone
	passing
)

// moments is what the player celebrates now. It has no clock: it uses snapshots.
type moments struct {
	now       *moment // nil: nothing
	remaining int     // snapshots left
	began     int     // the second of the history in which it began, or the first one after it
	passedAt  int     // the second of the history in which somebody was last passed; 0: never
}

// start begins a moment, unless a more important one has begun.
func (m *moments) start(next *moment) {
	if m.now == nil || next.kind <= m.now.kind {
		m.now, m.remaining, m.began = next, momentSnapshots, 0
	}
}

// age counts a snapshot. When nobody clicks any longer there are few, so the moment then ends with the
// one in which the speed is 0.
func (m *moments) age(before, now *live.Snapshot) {
	if m.now == nil {
		return
	}
	second := 0
	if now.History != nil {
		second = now.History.End
	}
	if m.began == 0 {
		m.began = second
	}
	m.remaining--
	if m.remaining <= 0 || second-m.began >= momentSeconds || before.Rate > 0 && now.Rate == 0 {
		m.now = nil
	}
}

// celebrate begins the moment, if there is one, of a click that has just scored.
func (m *gameScreen) celebrate(score game.Score, before uint64) {
	milestone, _ := game.Milestones(m.Clicks, firstOwnMilestone)
	switch second := m.speed.historyEnd; {
	case m.startedWithoutClicks && m.sessionClicks == 1:
		m.moments.start(&moment{kind: firstClickEver, name: m.Name, guest: m.Guest, total: score.Total, of: m.Standing.Of})
	case milestone > before && milestone >= game.FirstMilestone:
		m.moments.start(&moment{kind: ownMilestone, clicks: milestone, total: score.Total})
	case score.Passed != nil && (m.moments.passedAt == 0 || second-m.moments.passedAt >= passingEvery):
		m.moments.passedAt = max(second, 1)
		m.moments.start(&moment{kind: passing, name: score.Passed.Name, guest: score.Passed.Guest, rank: m.Standing.Rank, of: m.Standing.Of})
	}
}

// words returns the moment in a headline and a line below, in at most w cells each.
func (n *moment) words(w int) (headline, below string) {
	name := shownName(n.name, n.guest)
	rank, total := text.Rank(n.rank, n.of), text.Grouped(n.total)
	switch n.kind {
	case firstClickEver:
		return text.FirstFit(w, "★  ★  ★   welcome, "+name+"!   ★  ★  ★", "★ welcome, "+name+"! ★", "★ welcome! ★", "★"),
			text.FirstFit(w, "you are player "+text.Grouped(n.of)+", and click "+total+" is yours", "click "+total+" is yours", "")
	case ownMilestone:
		clicks := text.Grouped(n.clicks)
		return text.FirstFit(w, "★  ★  ★   your "+clicks+" clicks!   ★  ★  ★", "★ your "+clicks+" clicks! ★", "★ "+clicks+"! ★", "★"),
			text.FirstFit(w, "the last one was click "+total+" of everybody's", "click "+total+" of everybody's", "")
	case passing:
		return text.FirstFit(w, "↑  ↑  ↑   you passed "+name+"!   ↑  ↑  ↑", "↑ you passed "+name+"! ↑", "↑"),
			text.FirstFit(w, "you are "+rank+" now", rank, "")
	default:
		return "", ""
	}
}

// coverKey is what the player's layer shows in place of the last minute.
type coverKey struct {
	isNewcomer bool
	moment     *moment // nil: none
}

// isEmpty reports whether the last minute shows.
func (k coverKey) isEmpty() bool { return k == coverKey{} }

// cover returns what this player sees in place of the last minute.
func (m *gameScreen) cover() coverKey { return coverKey{m.isNewcomer(), m.moments.now} }

// renderCover is a welcome or a moment in place of the last minute.
func (a *appearance) renderCover(k coverKey) []string {
	rows, w := a.counterRows[rowMinute], a.counterWidth()
	if k.isEmpty() || rows == 0 {
		return nil
	}
	headline, below := welcomeWords(w)
	if k.moment != nil {
		headline, below = k.moment.words(w)
	}
	lines := slices.Repeat([]string{a.counterLine()}, rows)
	above := max(rows-2, 0) / 2
	lines[above] = a.counterLine(span{&a.Styles.Accent, headline})
	if rows > 1 {
		lines[above+1] = a.counterLine(span{&a.Styles.Dim, below})
	}
	return lines
}

// milestoneMaker says who made the click that reached a milestone.
func milestoneMaker(m *game.Milestone) string {
	n := game.News{Kind: game.GlobalMilestone, Name: m.Name}
	return n.Sentence(shownName(m.Name, m.Guest), text.Grouped(m.Count), "")
}

// milestoneDetails says in at most w cells how long a milestone took since the last one and how many
// players helped, as far as this server knows.
func milestoneDetails(m *game.Milestone, w int) string {
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

// renderMilestoneNews is a milestone in one line, or in two if there is room.
func (a *appearance) renderMilestoneNews(m *game.Milestone) []string {
	const separator = " · "
	maker, _ := text.Clean(milestoneMaker(m), a.W)
	who, room := span{&a.Styles.Accent, maker}, a.W-text.Width(maker)-text.Width(separator)
	if a.rows[rowProblem] > 1 && milestoneDetails(m, room) != milestoneDetails(m, a.W) {
		return []string{a.centred(who), a.centred(span{&a.Styles.Dim, milestoneDetails(m, a.W)})}
	}
	if details := milestoneDetails(m, room); details != "" {
		return []string{a.centred(who, span{&a.Styles.Dim, separator + details})}
	}
	return []string{a.centred(who)}
}

// heavyBorder returns an accented horizontal border of w cells between two corners, with a label in its
// middle. A label without room is left out.
func (a *appearance) heavyBorder(corners string, w int, label string) string {
	ends, accent := []rune(corners), &a.Styles.Accent
	free := w - 4 - text.Width(label)
	if label == "" || free < 2 {
		return accent.Render(string(ends[0]) + strings.Repeat("━", max(w-2, 0)) + string(ends[1]))
	}
	return accent.Render(string(ends[0])+strings.Repeat("━", free/2)+" ") + label +
		accent.Render(" "+strings.Repeat("━", free-free/2)+string(ends[1]))
}

// accentSides accents the sides of the counter in a layer's lines.
func (a *appearance) accentSides(lines []string) {
	frame, accent := a.Styles.Frame.Render("│"), a.Styles.Accent.Render("┃")
	for y := a.counter.Min.Y + 1; a.Framed && y < min(a.counter.Max.Y-1, len(lines)); y++ {
		lines[y] = strings.Replace(lines[y], frame, accent, 2)
	}
}

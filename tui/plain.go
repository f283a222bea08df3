package tui

import (
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"clickky/sync/game"
	"clickky/tui/help"
	"clickky/tui/layout"
	"clickky/tui/news"
	"clickky/tui/screen"
	"clickky/tui/text"
)

// Plain is the game for screen readers: it prints a line of plain text, without escape sequences,
// whenever something is worth saying. SecondMsg is its clock.
type Plain struct {
	game gameScreen

	idleSeconds        int    // since the last click
	announcedClicks    uint64 // of the session
	announcedRank      int
	announcedRejection screen.Notice // each is announced once per burst of clicks
	announcedMilestone *game.Milestone
	announcedProblem   screen.SaveProblem
	announcedOwn       *news.Own
	summarySeconds     int    // since the last summary
	announcedTotal     uint64 // in the last summary
}

// SecondMsg tells a Plain that a second has passed.
type SecondMsg struct{}

const (
	idleBeforeCount = 2   // seconds without a click before the player's count is announced
	summaryInterval = 60  // seconds between two summaries
	maxMessage      = 500 // cells of an admin's message
)

// NewPlain returns the game as text. It ignores the options about the terminal.
func NewPlain(o Options) *Plain {
	o.Width, o.Height, o.Cache = 0, 0, nil
	p := &Plain{}
	p.game.init(o)
	p.announcedRank = p.game.Standing.Rank
	p.announcedTotal = p.game.Total
	return p
}

// Greeting returns the first lines.
func (p *Plain) Greeting() []string {
	lines := []string{
		"Welcome to " + gameName + ", " + p.game.DisplayName(64) + ". " + p.playerSentence() + " " + p.totalSentence(),
		"Press space to click, s to hear the score, n to hear the news, question mark for help, q to leave.",
	}
	if words := p.game.currentAdvice().text(p.game.Name, layout.MaxWidth); words != "" {
		lines = append(lines, sentence(strings.TrimPrefix(words, screen.GuestMark+" ")))
	}
	return lines
}

// Farewell returns the summary at the end.
func (p *Plain) Farewell() string { return p.game.farewell() }

// Update handles a message. It returns the lines to print, mostly none, and whether the player
// leaves.
func (p *Plain) Update(msg tea.Msg) (lines []string, leave bool) {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		return p.handleKey(msg)
	case SnapshotMsg:
		p.game.receive(msg.Snapshot)
		return p.onSnapshot(), false
	case SecondMsg:
		return p.onSecond(), false
	case MessageMsg:
		return []string{"An admin says: " + text.Clean(msg.Text, maxMessage)}, false
	case NameMsg:
		p.game.Name, p.game.options.Reconnect = msg.Name, msg.Reconnect
		return []string{"An admin renamed you: you're now " + p.game.DisplayName(64) + "."}, false
	case AdminMsg:
		return []string{sentence(msg.text())}, false
	case EndMsg:
		p.game.endReason = msg.Reason
		return nil, true
	}
	return nil, false
}

func (p *Plain) handleKey(msg tea.KeyPressMsg) (lines []string, leave bool) {
	k, keys := screen.KeyOf(msg), p.game.Keys
	if second, ok := k.SplitEscape(); ok && !key.Matches(second, keys.Click) {
		k = second // Esc does nothing here
	}
	switch {
	case key.Matches(k, keys.Click):
		return p.click(k.IsRepeat), false
	case k.IsRepeat:
	case key.Matches(k, keys.Quit):
		return nil, true
	case k.String() == "s":
		p.announcedRank, p.announcedTotal = p.game.Standing.Rank, p.game.Total
		return []string{p.playerSentence() + p.todaySentence() + " " + p.totalSentence()}, false
	case key.Matches(k, keys.News):
		return p.news(), false
	case key.Matches(k, keys.Help):
		return p.help(), false
	}
	return nil, false
}

// click scores. It only reports a rejection or a milestone of the player; the count follows when
// the player pauses.
func (p *Plain) click(repeat bool) []string {
	if repeat {
		p.game.ShowNotice(screen.Rejection, rejections[Held])
	} else {
		p.game.click()
	}
	p.idleSeconds = 0
	switch n := p.game.Notice(); {
	case n.Kind == screen.OwnMilestone:
		reached, _ := game.Milestones(p.game.Clicks, firstOwnMilestone)
		return []string{"You reached " + text.Grouped(reached) + " clicks."}
	case n.Kind == screen.Rejection && n != p.announcedRejection:
		p.announcedRejection = n
		return []string{sentence(n.Fit(layout.MaxWidth))}
	}
	return nil
}

// onSnapshot returns what can't wait for the next summary.
func (p *Plain) onSnapshot() []string {
	var lines []string
	if reached := p.game.Snap.Milestone; reached != nil && reached != p.announcedMilestone {
		p.announcedMilestone = reached
		lines = append(lines, "Together, everybody has reached "+text.Grouped(reached.Count)+" clicks!", sentence(news.Maker(reached)))
		if details := news.Details(reached, layout.MaxWidth); details != "" {
			lines = append(lines, sentence(strings.ReplaceAll(details, " · ", ", ")))
		}
	}
	problem, _ := screen.SaveProblemOf(p.game.Snap)
	switch {
	case problem == p.announcedProblem:
	case problem.Long == "":
		lines = append(lines, "Clicks are being saved again. Nothing was lost.")
	default:
		lines = append(lines, sentence(problem.Long+". Clicks still count, and wait"+problem.Place))
	}
	p.announcedProblem = problem
	return lines
}

// onSecond returns what has happened since the last announcement.
func (p *Plain) onSecond() []string {
	var lines []string
	p.idleSeconds++
	if p.idleSeconds == idleBeforeCount {
		p.announcedRejection = screen.Notice{}
		if more := p.game.sessionClicks - p.announcedClicks; more > 0 {
			p.announcedClicks, p.announcedTotal = p.game.sessionClicks, p.game.Total
			lines = append(lines, "You have "+text.Count(p.game.Clicks, "click")+", "+text.Grouped(more)+" of them new. "+p.totalSentence())
		}
	}
	p.game.updateStanding()
	passing := p.unannouncedPassing()
	if rank := p.game.Standing.Rank; (passing != "" || rank != p.announcedRank) && p.game.shownStanding().rank > 0 {
		event := "You overtook somebody"
		switch {
		case passing != "":
			event = strings.ToUpper(passing[:1]) + passing[1:]
		case rank > p.announcedRank:
			event = "Somebody overtook you"
		case p.game.shownStanding().isTied:
			event = "You drew level with the leader"
		}
		p.announcedRank = rank
		lines = append(lines, event+": you "+p.rankPhrase()+" now.")
	}
	if p.summarySeconds++; p.summarySeconds >= summaryInterval {
		p.summarySeconds = 0
		if more := p.game.Total - p.announcedTotal; more > 0 {
			p.announcedTotal = p.game.Total
			lines = append(lines, p.totalSentence()+" That's "+text.Grouped(more)+" more. "+p.activitySentence())
		}
	}
	return lines
}

// unannouncedPassing returns the news about who passed whom; empty if it was announced.
func (p *Plain) unannouncedPassing() string {
	own := p.game.ownNews
	if own == p.announcedOwn || !own.InLine() {
		return ""
	}
	p.announcedOwn = own
	return own.Newest()
}

// news returns the latest news, the newest first.
func (p *Plain) news() []string {
	const few = 5
	items := p.game.newsKey().All()
	if len(items) == 0 {
		return []string{"Nothing has happened yet."}
	}
	var lines []string
	for _, n := range items[:min(len(items), few)] {
		lines = append(lines, "At "+news.Time(&n)+" UTC: "+news.Sentence(&n)+".")
	}
	return lines
}

func (p *Plain) playerSentence() string {
	return "You have " + text.Count(p.game.Clicks, "click") + " and " + p.rankPhrase() + "."
}

// todaySentence is about the player's day; empty without clicks.
func (p *Plain) todaySentence() string {
	today := p.game.Standing.Today
	if today.Clicks == 0 {
		return ""
	}
	words := " Today you have " + text.Count(today.Clicks, "click") + " and are number " + text.Grouped(today.Rank) + " of " + text.Grouped(today.Of)
	if today.Streak > 1 {
		words += ". You have clicked " + text.Count(today.Streak, "day") + " in a row"
	}
	return words + "."
}

func (p *Plain) rankPhrase() string {
	switch place := p.game.shownStanding(); {
	case place.rank == 0:
		return "no rank yet"
	case place.isTied:
		return "are tied for number 1 of " + text.Grouped(place.of)
	default:
		return "are number " + text.Grouped(place.rank) + " of " + text.Grouped(place.of)
	}
}

func (p *Plain) totalSentence() string {
	_, next := game.Milestones(p.game.Total, game.FirstMilestone)
	total := "Together, everybody has " + text.Count(p.game.Total, "click")
	if next > 0 {
		total += "; the next milestone is " + text.Grouped(next)
	}
	return total + "."
}

func (p *Plain) activitySentence() string {
	return text.Count(p.game.Snap.Online, "player") + " online, " + text.Rate(p.game.Snap.Rate) + " clicks a second."
}

func (p *Plain) help() []string {
	lines := []string{"Press space or enter to click, s to hear the score, n to hear the news, q to leave."}
	for _, line := range help.Text(p.game.permissions()) {
		if line.Words != "" && line.Key == "" {
			lines = append(lines, line.Words)
		}
	}
	return lines
}

// sentence adds a capital letter and a full stop.
func sentence(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:] + "."
}

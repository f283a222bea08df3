package tui

import (
	"strings"

	"clickky/sync/live"

	tea "charm.land/bubbletea/v2"
)

// Plain is the game for people who listen to it: one line of text whenever
// something is worth saying, and nothing that ever has to be looked for
// elsewhere. A line is plain text without escape sequences, and all that it
// has to do with time it is told by SecondMsg.
type Plain struct {
	m Model

	pressed   bool    // there were presses since the own count was said
	pause     int     // seconds since the last of them
	saidOwn   uint64  // clicks of the session, when the own count was said
	saidRank  int     // the rank as it was said
	saidWhy   notice  // why clicks do not count, said once for each burst
	milestone uint64  // the last one that was said
	trouble   trouble // as it was said
	minute    int     // seconds since the last summary
	saidTotal uint64  // the global count in it
}

// SecondMsg tells a Plain that another second has passed.
type SecondMsg struct{}

const (
	pauseSeconds   = 2   // of not pressing, until the own count is said
	summarySeconds = 60  // between two summaries
	maxMessage     = 500 // cells of a message of an admin
)

// NewPlain returns the game for listening. Of the options, those about the
// looks of the screen do not matter.
func NewPlain(o Options) *Plain {
	o.Width, o.Height, o.Cache = 0, 0, nil
	p := &Plain{m: New(o)}
	p.saidRank = p.m.standing.Rank
	p.saidTotal = p.m.total
	return p
}

// Greeting are the first lines.
func (p *Plain) Greeting() []string {
	lines := []string{
		"Welcome to " + gameName + ", " + p.m.ownName(64) + ". " + p.you() + " " + p.everybody(),
		"Press space to click, s to hear the score, question mark for help, q to leave.",
	}
	if words := p.m.advised().words(p.m.name, maxWidth); words != "" {
		lines = append(lines, sentence(strings.TrimPrefix(words, guestMark+" ")))
	}
	return lines
}

// Farewell is what stays at the end.
func (p *Plain) Farewell() string { return p.m.Farewell() }

// Update takes in a message and returns the lines to say, mostly none, and
// whether the player leaves.
func (p *Plain) Update(msg tea.Msg) (say []string, leave bool) {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		return p.press(msg)
	case SnapshotMsg:
		p.m, _ = p.m.receive(msg.Snapshot)
		return p.news(), false
	case SecondMsg:
		return p.second(), false
	case MessageMsg:
		text, _ := clean(msg.Text, maxMessage)
		return []string{"An admin says: " + text}, false
	case NameMsg:
		p.m.name, p.m.comeBack = msg.Name, msg.ComeBack
		return []string{"An admin renamed you: you're now " + p.m.ownName(64) + "."}, false
	case AdminMsg:
		return []string{sentence(msg.words())}, false
	case EndMsg:
		p.m.reason = msg.Reason
		return nil, true
	}
	return nil, false
}

// press acts on a key.
func (p *Plain) press(msg tea.KeyPressMsg) (say []string, leave bool) {
	if second, ok := p.m.escapeHeldBack(msg); ok && !strokeOf(second).is(p.m.keys.click) {
		msg = second // Esc means nothing here
	}
	k := strokeOf(msg)
	switch {
	case k.is(p.m.keys.click):
		return p.click(msg.IsRepeat), false
	case msg.IsRepeat:
	case k.is(p.m.keys.quit):
		return nil, true
	case k == "s":
		p.saidRank, p.saidTotal = p.m.standing.Rank, p.m.total
		return []string{p.you() + " " + p.everybody()}, false
	case k.is(p.m.keys.help):
		return p.help(), false
	}
	return nil, false
}

// click scores, and says at once only why it does not, or that a milestone was
// reached.
func (p *Plain) click(repeat bool) []string {
	if repeat {
		p.m.say(held)
	} else {
		p.m.click()
		p.pressed = true
	}
	p.pause = 0
	switch n := p.m.notice; {
	case n == ownMilestone:
		return []string{"You reached " + grouped(p.m.ownReached) + " clicks."}
	case n.refuses() && n != p.saidWhy:
		p.saidWhy = n
		return []string{sentence(p.m.words(n, maxWidth))}
	}
	return nil
}

// news is what a snapshot brings that cannot wait.
func (p *Plain) news() []string {
	var say []string
	if reached := p.m.snap.Milestone; reached > 0 && reached != p.milestone {
		p.milestone = reached
		say = append(say, "Together, everybody has reached "+grouped(reached)+" clicks!")
	}
	if t := savedFactsOf(p.m.snap).trouble; t != p.trouble {
		long, _, place := t.words()
		if t == noTrouble {
			say = append(say, "Clicks are being saved again. Nothing was lost.")
		} else {
			say = append(say, sentence(long+". Clicks still count, and wait"+place))
		}
		p.trouble = t
	}
	return say
}

// second says what has come together until now.
func (p *Plain) second() []string {
	var say []string
	p.pause++
	if p.pause == pauseSeconds {
		p.saidWhy = quiet
		if p.pressed {
			p.pressed = false
			if more := p.m.session - p.saidOwn; more > 0 {
				p.saidOwn = p.m.session
				say = append(say, "You have "+countOf(p.m.own, "click")+", "+grouped(more)+" of them new. "+p.everybody())
				p.saidTotal = p.m.total
			}
		}
	}
	p.m.stand()
	if rank := p.m.standing.Rank; rank != p.saidRank && p.m.place().rank > 0 {
		who := "You overtook somebody"
		switch {
		case rank > p.saidRank:
			who = "Somebody overtook you"
		case p.m.place().tied:
			who = "You drew level with the leader"
		}
		p.saidRank = rank
		say = append(say, who+": you "+p.rank()+" now.")
	}
	if p.minute++; p.minute >= summarySeconds {
		p.minute = 0
		if more := p.m.total - p.saidTotal; more > 0 {
			p.saidTotal = p.m.total
			say = append(say, p.everybody()+" That's "+grouped(more)+" more. "+p.around())
		}
	}
	return say
}

func (p *Plain) you() string {
	return "You have " + countOf(p.m.own, "click") + " and " + p.rank() + "."
}

// rank says where the player stands.
func (p *Plain) rank() string {
	switch place := p.m.place(); {
	case place.rank == 0:
		return "no rank yet"
	case place.tied:
		return "are tied for number 1 of " + groupedInt(place.of)
	default:
		return "are number " + groupedInt(place.rank) + " of " + groupedInt(place.of)
	}
}

func (p *Plain) everybody() string {
	_, next := live.Milestones(p.m.total, live.FirstMilestone)
	said := "Together, everybody has " + countOf(p.m.total, "click")
	if next > 0 {
		said += "; the next milestone is " + grouped(next)
	}
	return said + "."
}

func (p *Plain) around() string {
	return count(p.m.snap.Online, "player") + " online, " + rated(p.m.snap.Rate) + " clicks a second."
}

// help is the help in sentences.
func (p *Plain) help() []string {
	say := []string{"Press space or enter to click, s to hear the score, q to leave."}
	for _, line := range p.m.helpText() {
		if line.words != "" && line.key == "" {
			say = append(say, line.words)
		}
	}
	return say
}

// sentence begins with a capital letter and ends with a full stop.
func sentence(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:] + "."
}

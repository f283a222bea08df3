package tui

import (
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"clickky/sync/live"
	"clickky/tui/screen"
	"clickky/tui/text"
)

// Plain is the game for people who listen to it: one line of text whenever
// something is worth saying, and nothing that ever has to be looked for
// elsewhere. A line is plain text without escape sequences, and all that it
// has to do with time it is told by SecondMsg.
type Plain struct {
	g gameScreen

	pressed   bool           // there were presses since the own count was said
	pause     int            // seconds since the last of them
	saidOwn   uint64         // clicks of the session, when the own count was said
	saidRank  int            // the rank as it was said
	saidWhy   screen.Kind    // why clicks do not count, said once for each burst
	milestone uint64         // the last one that was said
	trouble   screen.Trouble // as it was said
	minute    int            // seconds since the last summary
	saidTotal uint64         // the global count in it
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
	p := &Plain{}
	p.g.init(o, NewCache())
	p.saidRank = p.g.Standing.Rank
	p.saidTotal = p.g.Total
	return p
}

// Greeting are the first lines.
func (p *Plain) Greeting() []string {
	lines := []string{
		"Welcome to " + gameName + ", " + p.g.OwnName(64) + ". " + p.you() + " " + p.everybody(),
		"Press space to click, s to hear the score, question mark for help, q to leave.",
	}
	if words := p.g.advised().words(p.g.Name, maxWidth); words != "" {
		lines = append(lines, sentence(strings.TrimPrefix(words, screen.GuestMark+" ")))
	}
	return lines
}

// Farewell is what stays at the end.
func (p *Plain) Farewell() string { return p.g.farewell() }

// Update takes in a message and returns the lines to say, mostly none, and
// whether the player leaves.
func (p *Plain) Update(msg tea.Msg) (say []string, leave bool) {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		return p.press(msg)
	case SnapshotMsg:
		p.g.receive(msg.Snapshot)
		return p.news(), false
	case SecondMsg:
		return p.second(), false
	case MessageMsg:
		said, _ := text.Clean(msg.Text, maxMessage)
		return []string{"An admin says: " + said}, false
	case NameMsg:
		p.g.Name, p.g.comeBack = msg.Name, msg.ComeBack
		return []string{"An admin renamed you: you're now " + p.g.OwnName(64) + "."}, false
	case AdminMsg:
		return []string{sentence(msg.words())}, false
	case EndMsg:
		p.g.reason = msg.Reason
		return nil, true
	}
	return nil, false
}

// press acts on a key.
func (p *Plain) press(msg tea.KeyPressMsg) (say []string, leave bool) {
	k, keys := screen.KeyOf(msg), p.g.Keys
	if second, ok := k.EscapeHeldBack(); ok && !key.Matches(second, keys.Click) {
		k = second // Esc means nothing here
	}
	switch {
	case key.Matches(k, keys.Click):
		return p.click(k.IsRepeat), false
	case k.IsRepeat:
	case key.Matches(k, keys.Quit):
		return nil, true
	case k.String() == "s":
		p.saidRank, p.saidTotal = p.g.Standing.Rank, p.g.Total
		return []string{p.you() + " " + p.everybody()}, false
	case key.Matches(k, keys.Help):
		return p.help(), false
	}
	return nil, false
}

// click scores, and says at once only why it does not, or that a milestone was
// reached.
func (p *Plain) click(repeat bool) []string {
	if repeat {
		p.g.Say(screen.Held, "")
	} else {
		p.g.click()
		p.pressed = true
	}
	p.pause = 0
	switch n := p.g.Notice; {
	case n.Kind == screen.OwnMilestone:
		return []string{"You reached " + n.About + " clicks."}
	case n.Refuses() && n.Kind != p.saidWhy:
		p.saidWhy = n.Kind
		return []string{sentence(n.Words(maxWidth))}
	}
	return nil
}

// news is what a snapshot brings that cannot wait.
func (p *Plain) news() []string {
	var say []string
	if reached := p.g.Snap.Milestone; reached > 0 && reached != p.milestone {
		p.milestone = reached
		say = append(say, "Together, everybody has reached "+text.Grouped(reached)+" clicks!")
	}
	switch t, _ := screen.TroubleOf(p.g.Snap); {
	case t == p.trouble:
	case t.Long == "":
		say = append(say, "Clicks are being saved again. Nothing was lost.")
		p.trouble = t
	default:
		say = append(say, sentence(t.Long+". Clicks still count, and wait"+t.Place))
		p.trouble = t
	}
	return say
}

// second says what has come together until now.
func (p *Plain) second() []string {
	var say []string
	p.pause++
	if p.pause == pauseSeconds {
		p.saidWhy = screen.Quiet
		if p.pressed {
			p.pressed = false
			if more := p.g.session - p.saidOwn; more > 0 {
				p.saidOwn = p.g.session
				say = append(say, "You have "+text.Count(p.g.Own, "click")+", "+text.Grouped(more)+" of them new. "+p.everybody())
				p.saidTotal = p.g.Total
			}
		}
	}
	p.g.stand()
	if rank := p.g.Standing.Rank; rank != p.saidRank && p.g.place().rank > 0 {
		who := "You overtook somebody"
		switch {
		case rank > p.saidRank:
			who = "Somebody overtook you"
		case p.g.place().tied:
			who = "You drew level with the leader"
		}
		p.saidRank = rank
		say = append(say, who+": you "+p.rank()+" now.")
	}
	if p.minute++; p.minute >= summarySeconds {
		p.minute = 0
		if more := p.g.Total - p.saidTotal; more > 0 {
			p.saidTotal = p.g.Total
			say = append(say, p.everybody()+" That's "+text.Grouped(more)+" more. "+p.around())
		}
	}
	return say
}

func (p *Plain) you() string {
	return "You have " + text.Count(p.g.Own, "click") + " and " + p.rank() + "."
}

// rank says where the player stands.
func (p *Plain) rank() string {
	switch place := p.g.place(); {
	case place.rank == 0:
		return "no rank yet"
	case place.tied:
		return "are tied for number 1 of " + text.Grouped(place.of)
	default:
		return "are number " + text.Grouped(place.rank) + " of " + text.Grouped(place.of)
	}
}

func (p *Plain) everybody() string {
	_, next := live.Milestones(p.g.Total, live.FirstMilestone)
	said := "Together, everybody has " + text.Count(p.g.Total, "click")
	if next > 0 {
		said += "; the next milestone is " + text.Grouped(next)
	}
	return said + "."
}

func (p *Plain) around() string {
	return text.Count(p.g.Snap.Online, "player") + " online, " + text.Rate(p.g.Snap.Rate) + " clicks a second."
}

// help is the help in sentences.
func (p *Plain) help() []string {
	say := []string{"Press space or enter to click, s to hear the score, q to leave."}
	for _, line := range helpText(p.g.rights()) {
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

package game

import "time"

// NewsKind is what news is about. Kinds are in the order of interest, the least interesting first.
type NewsKind uint8

// The kinds of news.
const (
	NoNews          NewsKind = iota
	RoundNumber              // somebody made the click that took the global count to a round number
	Newcomer                 // somebody has clicked for the first time
	PlayerMilestone          // a player's own count reached a milestone
	BestSecond               // a second had more clicks than any other since this server started
	Announcement             // an admin's message to everybody
	GlobalMilestone          // as RoundNumber, for a milestone
	Passed                   // the player has passed somebody; only this player may know
	PassedBy                 // somebody has passed the player; only this player may know

	NewsKinds // the number of kinds
)

// newsKindNames are part of the output of commands, so they never change.
var newsKindNames = [NewsKinds]string{
	RoundNumber: "round_number", Newcomer: "newcomer", PlayerMilestone: "player_milestone", BestSecond: "best_second",
	Announcement: "message", GlobalMilestone: "milestone", Passed: "passed", PassedBy: "passed_by",
}

// String returns the name of the kind in the output of commands.
func (k NewsKind) String() string { return newsKindNames[k] }

// NeedsName reports whether news of this kind says nothing without the player's name.
func (k NewsKind) NeedsName() bool { return k == Newcomer || k == PlayerMilestone }

// News is one thing that happened in the game and that interests its players.
type News struct {
	Kind NewsKind
	// At is when it happened, in UTC.
	At time.Time
	// Name is the player; empty if no player is involved, or if the player hides. It may contain any
	// bytes. Guest reports whether the name has no owner.
	Name  string
	Guest bool
	// Count is the number that was reached.
	Count uint64
	// Text is the message of an Announcement. It may contain any bytes.
	Text string
}

// Sentence returns the news in a few words. The caller formats the name, the count and the text for
// the place where they are shown.
func (n *News) Sentence(name, count, text string) string {
	if n.Name == "" {
		name = "somebody"
	}
	switch n.Kind {
	case RoundNumber, GlobalMilestone:
		return name + " made click " + count
	case Newcomer:
		return name + " is new here"
	case PlayerMilestone:
		return name + " reached " + count + " clicks"
	case BestSecond:
		return "best second so far: " + count + " clicks"
	case Announcement:
		return "admin: " + text
	case Passed:
		return "you passed " + name
	case PassedBy:
		return name + " passed you"
	default:
		return ""
	}
}

// Milestone is a milestone that the global count has reached.
type Milestone struct {
	Count uint64
	// Name is the player whose click reached it; empty if the player hides or was deleted. It may
	// contain any bytes. Guest reports whether the name has no owner.
	Name  string
	Guest bool
	// Since is the time since the last milestone, and Helpers the number of players who have clicked
	// in that time. Both are 0 if this server hasn't seen the last milestone.
	Since   time.Duration
	Helpers int
}

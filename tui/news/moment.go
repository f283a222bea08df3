package news

import (
	"clickky/sync/live"
	"clickky/tui/text"
)

const (
	// momentSnapshots and momentSeconds limit how long a moment lasts: three seconds while many players
	// click, and a little longer while few do.
	momentSnapshots, momentSeconds = 30, 4
	// passingEvery is the minimum number of seconds between two moments about passing somebody: in a
	// duel, players pass each other all the time.
	passingEvery = 30
)

// Moment is something that only one player celebrates. It is immutable.
type Moment struct {
	Kind  MomentKind
	Name  string // of the player, or of the player who was passed; may contain any bytes
	Guest bool
	// Clicks is the player's count, and Total the global one.
	Clicks, Total uint64
	// Rank is the player's, among Of players.
	Rank, Of int
}

// MomentKind is what a Moment celebrates.
type MomentKind uint8

// The kinds of moments, the most important first.
const (
	FirstClick MomentKind = iota
	OwnMilestone
	Passing
	welcome
)

// Welcome tells newcomers what to do until their first click.
var Welcome = &Moment{Kind: welcome}

// Moments is what a player celebrates now: at first nothing.
type Moments struct {
	now       *Moment
	remaining int // snapshots left
	began     int // the second of the game's history in which it began, or the first one after it
	passedAt  int // the second in which passing was last celebrated; 0: never
}

// Now returns what is being celebrated; nil if nothing is.
func (m *Moments) Now() *Moment { return m.now }

// Start begins a moment in a second of the game's history, unless a more important one is being
// celebrated.
func (m *Moments) Start(next *Moment, second int) {
	if next.Kind == Passing {
		if m.passedAt > 0 && second-m.passedAt < passingEvery {
			return
		}
		m.passedAt = max(second, 1)
	}
	if m.now == nil || next.Kind <= m.now.Kind {
		m.now, m.remaining, m.began = next, momentSnapshots, 0
	}
}

// Age counts a snapshot. If everybody stops clicking, there are few snapshots, so the moment ends with
// the first one whose rate is 0.
func (m *Moments) Age(before, now *live.Snapshot) {
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

// Words returns the moment in a headline and a line below, in at most w cells each.
func (n *Moment) Words(w int) (headline, below string) {
	name := shownName(n.Name, n.Guest)
	rank, total := text.Rank(n.Rank, n.Of), text.Grouped(n.Total)
	switch n.Kind {
	case FirstClick:
		return text.FirstFit(w, "★  ★  ★   welcome, "+name+"!   ★  ★  ★", "★ welcome, "+name+"! ★", "★ welcome! ★", "★"),
			text.FirstFit(w, "you are player "+text.Grouped(n.Of)+", and click "+total+" is yours", "click "+total+" is yours", "")
	case OwnMilestone:
		clicks := text.Grouped(n.Clicks)
		return text.FirstFit(w, "★  ★  ★   your "+clicks+" clicks!   ★  ★  ★", "★ your "+clicks+" clicks! ★", "★ "+clicks+"! ★", "★"),
			text.FirstFit(w, "the last one took everybody to "+total, "everybody is at "+total, "")
	case Passing:
		return text.FirstFit(w, "↑  ↑  ↑   you passed "+name+"!   ↑  ↑  ↑", "↑ you passed "+name+"! ↑", "↑"),
			text.FirstFit(w, "you are "+rank+" now", rank, "")
	default:
		return text.FirstFit(w, "Press space. It counts for you and for everybody.", "Press space: it counts for everybody.", "Press space.", ""),
			text.FirstFit(w, "Each press is one click. The number above is everybody's total.", "Each press is one click.", "")
	}
}

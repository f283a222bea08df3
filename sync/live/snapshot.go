package live

import (
	"time"

	"clickky/sync/game"
)

// Snapshot is the game as everybody sees it at one moment. It is immutable:
// any number of goroutines may read one without a lock.
type Snapshot struct {
	// Total is the global count: all clicks ever, by everybody.
	Total uint64
	// Recent is how many of these are of the last moment, of up to 500 ms. It
	// is for whoever shows the count in a way that is worth more than one change
	// in that time: Total without Recent changes seldom, and ends at Total.
	Recent uint64
	// Players is how many players have ever scored.
	Players int
	// Online is how many different players are connected now, to this server and
	// all that it hears of. In what is delivered to mailboxes it changes
	// once a second at most.
	Online int
	// Rate is the clicks a second of the last few seconds, by everybody,
	// rounded to one decimal. It changes once a second at most.
	Rate float64
	// History is the last minute of clicks; nil before the first second with
	// one. It is replaced once a second at most.
	History *History
	// Best is the most clicks in one second since the game was opened. It
	// changes only together with History.
	Best uint32
	// Milestone is the one that the global count has reached in the last two
	// seconds, for everybody to celebrate at the same time; else 0.
	Milestone uint64
	// Unsaved is how many clicks the database does not have yet.
	Unsaved uint64
	// Unjournaled is how many of these only the memory of this server has.
	// It is 0 as long as the journal can be written, apart from the clicks of
	// the last moment, which are not told.
	Unjournaled uint64
	game.Health
	// SavedAge is how long ago LastSaved was, rounded down to steps that
	// grow with the age, so that a screen that shows it seldom changes.
	SavedAge time.Duration
	// Keys changes whenever a name gets or loses a key, and when an admin has
	// changed something: who was renamed, deleted or banned is to be asked again.
	Keys uint64
}

// Row is one line of the leaderboard.
type Row struct {
	Rank   int
	Name   string
	Clicks uint64
	// Rate is the player's clicks a second of the last five seconds, to one
	// decimal.
	Rate float64
	// Seen is when the player last clicked or left, in UTC and whole seconds,
	// as far as this server knows, and the store at its start: zero if neither
	// does, and while the player is online. When somebody left another server is
	// known as far as that one has told who is there.
	Seen time.Time
	// Online tells that the player has a session, on this server or on another one
	// that this one hears of.
	Online bool
}

package live

import (
	"time"

	"clickky/sync/game"
)

// Snapshot is the game as everybody sees it at one moment. It is immutable, so any number of
// goroutines may read it without a lock.
type Snapshot struct {
	// Total is the global count: all clicks ever.
	Total uint64
	// Recent is how many of these are from the last moment, at most 500 ms. Screens that show the
	// count in an expensive way show Total minus Recent: it changes less often, and ends at Total.
	Recent uint64
	// Players is the number of players who have ever clicked.
	Players int
	// Online is the number of players who are connected, to this server or another one. In
	// mailboxes it changes at most once a second.
	Online int
	// Rate is the clicks per second of the last few seconds, by everybody, to one decimal. It
	// changes at most once a second.
	Rate float64
	// History is the last minute of clicks; nil before the first click. It changes at most once a
	// second.
	History *History
	// Best is the maximum of clicks in one second since the game was opened. It changes only with
	// History.
	Best uint32
	// People are the players who are online; nil before there are subscribers, and if they are not
	// to be shown. It changes at most once a second.
	People *People
	// Today is the current UTC day. Its Leaders change at most once a second.
	Today game.DayStatus
	// Milestone is the milestone that the global count reached in the last five seconds, so that
	// everybody celebrates it at the same time; else nil.
	Milestone *game.Milestone
	// News is what has happened lately; nil if nothing has. It gets at most one item every four
	// seconds.
	News *News
	// Unsaved is the number of clicks that the database doesn't have yet.
	Unsaved uint64
	// Unjournaled is how many of these only this server's memory has. It is 0 while the journal can
	// be written, although the clicks of the last moment aren't there yet.
	Unjournaled uint64
	game.Health
	// SavedAge is the time since LastSaved, rounded down in growing steps, so that screens seldom
	// change.
	SavedAge time.Duration
	// Keys changes whenever a name gets or loses a key, and with each admin action that changes
	// something: sessions must then check again whether they may play.
	Keys uint64
}

// Row is one row of the leaderboard.
type Row struct {
	Rank   int
	Name   string
	Clicks uint64
	// Rate is the player's clicks per second in the last five seconds, to one decimal.
	Rate float64
	// Seen is when the player last clicked or disconnected, in UTC and whole seconds; zero if
	// unknown, and while the player is online.
	Seen time.Time
	// Online reports whether the player has a session on this or another server.
	Online bool
}

package game

import "time"

// Standing is where one player stands.
type Standing struct {
	// Name is the player's name as the leaderboard shows it.
	Name string
	// Clicks is the player's own count over all sessions.
	Clicks uint64
	// Rank is one more than the number of players with more clicks.
	Rank int
	// Of is how many players there are, this one included even before the
	// first click.
	Of int
	// Ahead is the rank of the next players above, who are Gap clicks ahead;
	// both are 0 for whoever leads.
	Ahead int
	Gap   uint64
	// Ties is how many other players have as many clicks; 0 before the first click.
	Ties int
}

// Score is what one click led to.
type Score struct {
	// Clicks is the player's own count after the click.
	Clicks uint64
	// Total is the global count after the click.
	Total uint64
	// Refused reports whether nothing was counted, because the name belongs to another key.
	Refused bool
}

// DayParts is how many parts of ten minutes a Day has.
const DayParts = 144

// Day is the clicks of one player in the last 24 hours.
type Day struct {
	// Clicks are those in each ten minutes, the newest, which still go on, last.
	Clicks [DayParts]uint32
	// Until is the end of the newest ten minutes.
	Until time.Time
}

// Health is what a server knows of its database and of its log.
type Health struct {
	// LastSaved is when the database last took counts, from this server or, as far as this one
	// knows, from another one of the same log; zero: never since this server started.
	LastSaved time.Time
	// StoreDown reports whether the last attempt to reach the database failed, StoreRefuses
	// whether it answered then, and refused.
	StoreDown, StoreRefuses bool
	// JournalDown reports whether the last attempt to write the log failed.
	JournalDown bool
	// Ownership is whose database it is.
	Ownership Ownership
}

// Ownership is whose the database is.
type Ownership int

const (
	// Owned means that this server's log owns the database, or that nobody knows yet.
	Owned Ownership = iota
	// Awaited means that another server has the database, and that this one
	// waits for it to give it up before it opens the game.
	Awaited
	// Lost means that another server has taken the database over. This one
	// writes its log only.
	Lost
)

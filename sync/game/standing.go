package game

import "time"

// Place is a player's place among others, by clicks.
type Place struct {
	// Clicks is the player's count over all sessions.
	Clicks uint64
	// Rank is one more than the number of players with more clicks.
	Rank int
	// Of is the number of players.
	Of int
	// Ahead is the rank of the next players above, who are Gap clicks ahead. Both are 0 for the
	// leader.
	Ahead int
	Gap   uint64
	// Ties is how many other players have the same count; 0 before the first click.
	Ties int
}

// Standing is a player's place among all players.
type Standing struct {
	// Name is the player's name as shown on the leaderboard.
	Name string
	// Place is among all players. Of includes this one even before the first click.
	Place
	// PassedBy is the news about who passed the player in the last five seconds; nil if nobody did, or
	// if it isn't known who.
	PassedBy *News
	// Today is the player's place on the current day.
	Today DayStanding
}

// DayStanding is a player's place among those who clicked on the current UTC day, by their clicks on
// that day. Of doesn't include this one before the first click.
type DayStanding struct {
	Place

	// Streak is the number of consecutive days on which the player clicked, up to today or yesterday.
	Streak int
}

// DayStatus is the current UTC day in numbers.
type DayStatus struct {
	Date Date
	// Hour is the current hour, from 0 to 23.
	Hour int
	// Clicks is the number of clicks on that day, and Players the number of players who made them.
	// Like a player's count, they include clicks that aren't in the log yet.
	Clicks  uint64
	Players int
	// YesterdayLeader clicked most on the day before; empty if nobody clicked, or if the player hides.
	YesterdayLeader string
	// Leaders are the first players of the day, for those who may see the leaderboard. A name is empty
	// if there are fewer players.
	Leaders [DayLeaders]DayLeader
	// Chart has the clicks since this server started; nil if there are none. It is at most some
	// seconds old.
	Chart *DayChart
}

// DayLeaders is how many leaders a DayStatus has.
const DayLeaders = 3

// DayLeader is one of the first players of a day.
type DayLeader struct {
	Name   string
	Clicks uint64
}

// DayChart has the clicks of everybody in each ten minutes of a UTC day. It is immutable.
type DayChart [DayParts]uint32

// Score is the result of one click.
type Score struct {
	// Clicks is the player's own count after the click.
	Clicks uint64
	// Total is the global count after the click.
	Total uint64
	// Passed is the news that the click passed another player; nil if it didn't, or if that player
	// isn't online or hides.
	Passed *News
	// Rejected reports whether nothing was counted because the name belongs to another key.
	Rejected bool
}

// DayParts is how many parts of ten minutes 24 hours have.
const DayParts = 144

// Last24Hours is the clicks of one player in the last 24 hours.
type Last24Hours struct {
	// Clicks has the number for each ten minutes. The last one is still running.
	Clicks [DayParts]uint32
	// Until is the end of the newest ten minutes.
	Until time.Time
}

// Health is what a server knows about its database and its log.
type Health struct {
	// LastSaved is when the database last took counts from this server or, as far as this one
	// knows, from another server of the same log; zero if never since this server started.
	LastSaved time.Time
	// StoreDown reports whether the last attempt to use the database failed, StoreRefuses whether
	// the database answered that attempt with an error.
	StoreDown, StoreRefuses bool
	// JournalDown reports whether the last attempt to write the log failed.
	JournalDown bool
	// Ownership says which server has the database.
	Ownership Ownership
}

// Ownership says which server has the database.
type Ownership int

const (
	// Owned means that this server's log owns the database, or that this isn't known yet.
	Owned Ownership = iota
	// Awaited means that another server has the database, and that this one waits for it before it
	// opens the game.
	Awaited
	// Lost means that another server has taken over the database. This one only writes its log.
	Lost
)

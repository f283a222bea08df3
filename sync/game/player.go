package game

import "time"

// Player is a player's name and count.
type Player struct {
	Name   string
	Clicks uint64
	// Seen is when the player last clicked or disconnected, in UTC and whole seconds between 1970
	// and 2106; zero if unknown. It is not part of the replicated state.
	Seen time.Time
	// Days has the clicks by day. In a Checkpoint it has all days if the player isn't Stored, and
	// otherwise at least those that changed.
	Days Days
	// Stored reports whether the database is known to have a row for the player. It is only set in
	// a Checkpoint.
	Stored bool
}

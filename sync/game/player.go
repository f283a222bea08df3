package game

import "time"

// Player is a player's count.
type Player struct {
	Name   string
	Clicks uint64
	// Seen is when the player last clicked or left, in UTC and whole seconds between 1970 and
	// 2106; the zero time if nobody knows. It is not part of the replicated state.
	Seen time.Time
	// Stored reports whether the database is known to have a row of the player. Only a Checkpoint
	// sets it.
	Stored bool
}

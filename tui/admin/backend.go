package admin

import (
	"time"

	"clickky/sync/game"
	"clickky/sync/live"
)

// Backend is the data source of the dashboard. Its functions are called outside Update and may
// block.
type Backend struct {
	// Status returns the state of the server.
	Status func() Status
	// Details returns a player's details, by the name on the leaderboard.
	Details func(name string) Details
	// Run runs a command line as over SSH. With confirmed, it doesn't ask for confirmation.
	Run func(line string, confirmed bool) Output
	// WaitSecond returns after a second, or when the screen ends. If it is nil, the dashboard
	// doesn't refresh by itself.
	WaitSecond func()
}

// Status is the state of the server.
type Status struct {
	// Now is the server's time; ages are relative to it.
	Now time.Time
	// Memory is the server's memory use in bytes.
	Memory     uint64
	Goroutines uint64
	// Servers are the servers of the game by name, if there are several.
	Servers []game.Server
}

// Details are the details of a player.
type Details struct {
	live.Row

	// Exists is false if there is no such player. A renamed player exists, and has the new name
	// here.
	Exists bool
	// Keys are the keys that own the name.
	Keys []game.Key
	// Sessions are the sessions on all servers, oldest first.
	Sessions []game.SessionInfo
	// Last24Hours has the clicks of the last 24 hours.
	Last24Hours game.Last24Hours
	// Now is the server's time.
	Now time.Time
}

// Output is the result of a command line.
type Output struct {
	// Lines are what it printed, or why it failed.
	Lines []string
	// OK means that it succeeded.
	OK bool
	// Question says what the command would do if confirmed, as in "rename alice to alicia"; empty
	// if it doesn't ask.
	Question string
}

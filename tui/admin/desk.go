package admin

import (
	"time"

	"clickky/sync/game"
	"clickky/sync/live"
)

// Desk is the data source of the dashboard. Its functions are called outside Update and may block.
type Desk struct {
	// Machine returns the state of the server.
	Machine func() Machine
	// Sheet returns the details of a player, by the name on the leaderboard.
	Sheet func(name string) Sheet
	// Run runs a command line as over SSH. With sure, a command that asks for confirmation is
	// confirmed.
	Run func(line string, sure bool) Output
	// Second returns after a second, or when the screen ends. nil: the dashboard doesn't refresh by
	// itself.
	Second func()
}

// Machine is the state of the server.
type Machine struct {
	// Now is the server's time; ages are relative to it.
	Now time.Time
	// Memory is the server's memory use in bytes.
	Memory     uint64
	Goroutines uint64
	// Servers are the servers of the game by name, if there are several. Differ says which setting
	// differs between them although it should be equal; empty: none.
	Servers []Server
	Differ  string
}

// Server is a server of the game.
type Server struct {
	Name, Version string
	Here          bool // this server
	Players       int
	Lag           uint64 // events that it is behind the others
	// State is its state in a word or two. OK means that nothing is wrong.
	State string
	OK    bool
}

// Sheet has the details of a player.
type Sheet struct {
	live.Row

	// Known is false if there is no such player. A renamed player is known, and has the new name
	// here.
	Known bool
	// Of is the number of players.
	Of int
	// Keys are the keys that own the name.
	Keys []Key
	// Sessions are the sessions on all servers, oldest first.
	Sessions []Session
	// Day has the clicks of the last 24 hours.
	Day game.Day
	// Now is the server's time.
	Now time.Time
}

// Key is a key that owns a name.
type Key struct {
	Fingerprint string
	Bound       bool      // by the operator
	Since       time.Time // zero: just now
}

// Session is a session of a player.
type Session struct {
	Server   string // another server; empty for this one
	From     string // the address; empty if the other server doesn't answer
	Terminal string // the terminal type; empty without a terminal
	Since    time.Time
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

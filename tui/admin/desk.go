package admin

import (
	"time"

	"clickky/sync/game"
	"clickky/sync/live"
)

// Desk is what an admin's dashboard is made of. All of it is called outside of
// Update, and may take its time.
type Desk struct {
	// Machine returns the state of the server.
	Machine func() Machine
	// Sheet returns all that is known of a player, by the name that the board has.
	Sheet func(name string) Sheet
	// Run does a command line as over SSH; with sure, also what asks for a second
	// word.
	Run func(line string, sure bool) Output
	// Second returns after a second, or when nobody looks any more. nil: the
	// dashboard does not look again by itself.
	Second func()
}

// Machine is the state of the server.
type Machine struct {
	// Now is the server's time, by which the ages of everything are told.
	Now time.Time
	// Memory is what the server takes, in bytes.
	Memory     uint64
	Goroutines uint64
	// Servers are those of the game, if there are several, by their names; and
	// Differ is in what they differ that should be the same, in a few words; empty: in
	// nothing.
	Servers []Server
	Differ  string
}

// Server is a server of the game.
type Server struct {
	Name, Version string
	Here          bool // it is this one
	Players       int
	Lag           uint64 // how many events it is behind the others
	// State is in a word or two how it is, and OK tells that nothing is wrong.
	State string
	OK    bool
}

// Sheet is one player as admins see it.
type Sheet struct {
	live.Row

	// Known is false when there is no such player. Whoever was renamed since is
	// known, and has the new name here.
	Known bool
	// Of is how many players there are.
	Of int
	// Keys are those that the name belongs to.
	Keys []Key
	// Sessions are those on all servers, the oldest first.
	Sessions []Session
	// Day is the last 24 hours.
	Day game.Day
	// Now is the server's time.
	Now time.Time
}

// Key is a key of a name.
type Key struct {
	Fingerprint string
	Bound       bool      // by the operator
	Since       time.Time // zero: just now
}

// Session is a session of a player.
type Session struct {
	Server   string // the other one that has it; empty for this one
	From     string // the address; empty when the other server does not answer
	Terminal string // what the client calls it; empty without one
	Since    time.Time
}

// Output is what came of a command line.
type Output struct {
	// Lines are what it printed, or why it did not work.
	Lines []string
	// OK tells that it worked.
	OK bool
	// Question is what the command would do if it were sure, as in "rename alice to
	// alicia"; else empty.
	Question string
}

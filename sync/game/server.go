package game

import "time"

// States of a server, the worst first.
const (
	ServerSilent       = "silent"        // the others don't hear it any longer
	ServerJournalDown  = "journal down"  // it can't write the journal
	ServerDatabaseDown = "database down" // it can't reach the database
	ServerBehind       = "behind"        // it applies events late
	ServerUp           = "up"
)

// Server is a server of the game, as admins see it. Its JSON form is part of "stats".
type Server struct {
	// Run is the unique ID of this start of the server.
	Run string `json:"-"`
	// Name is the server's unique name for people.
	Name string `json:"name"`
	// Here reports whether it is this server.
	Here bool `json:"here"`
	// State is one of the constants above.
	State string `json:"state"`
	// Version is the program's version, and HostKey the fingerprints of its host keys, separated by
	// spaces.
	Version string `json:"version"`
	HostKey string `json:"host_key"`
	// Players is the number of players connected to it, and Sessions the number of their sessions.
	Players  int `json:"players"`
	Sessions int `json:"sessions"`
	// Lag is how many journal events it is behind the others.
	Lag uint64 `json:"lag"`
	// Unjournaled is how many clicks are only in its memory.
	Unjournaled uint64 `json:"in_memory"`
	// Skew is how far its clock is ahead of this server's.
	Skew time.Duration `json:"-"`
	// Up is how long it has been running.
	Up time.Duration `json:"-"`
}

// ServerMismatch says what differs between servers although it should be equal; empty if nothing
// does.
func ServerMismatch(servers []Server) string {
	var version, key bool
	for i := range servers {
		version = version || servers[i].Version != servers[0].Version
		key = key || servers[i].HostKey != servers[0].HostKey
	}
	switch {
	case version && key:
		return "different versions and host keys"
	case version:
		return "different versions"
	case key:
		return "different host keys"
	}
	return ""
}

// SessionInfo is a session of a player, as admins see it. Servers send each other its JSON form.
type SessionInfo struct {
	// Name is the player's name on the leaderboard.
	Name string `json:"-"`
	// Server is another server, or empty for this one. If that server doesn't answer, nothing else
	// is known.
	Server string `json:"-"`
	// From is the address, and Terminal the terminal type; empty without a terminal.
	From     string    `json:"from"`
	Terminal string    `json:"terminal"`
	Since    time.Time `json:"since"`
	// Key is the fingerprint of the key that the client proved it holds, and Admin reports whether
	// the player is an admin. Both are only known for this server's sessions.
	Key   string `json:"-"`
	Admin bool   `json:"-"`
}

// IsUnreachable reports whether the session's server doesn't answer.
func (s *SessionInfo) IsUnreachable() bool { return s.Server != "" && s.From == "" }

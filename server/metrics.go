package server

import (
	"sync/atomic"

	"clickky/server/admission"
	"clickky/server/commands"
	"clickky/tui"
)

// mode is what a session does.
type mode int

const (
	onScreen mode = iota
	inPlain
	inCommand
	modes // the number of modes
)

// String returns the name for logs and metrics.
func (m mode) String() string { return [modes]string{"screen", "plain", "command"}[m] }

// verdicts are the names for metrics.
var verdicts = [...]string{tui.Counted: "counted", tui.TooFast: "too_fast", tui.Held: "held", tui.Taken: "not_owner", tui.TooManyNames: "new_name"}

type counters struct {
	sessions [modes]atomic.Int64
	logins   [loginResults]atomic.Uint64
	clicks   [len(verdicts)]atomic.Uint64
}

// Stats is what a server has counted. The keys of its maps are fixed, so no client can add one.
type Stats struct {
	// Sessions is the number of current sessions by mode: "screen", "plain", "command".
	Sessions map[string]int64
	// Logins is the number of logins by result; see loginResult.
	Logins map[string]uint64
	// Clicks is how many counted, and Ignored how many didn't, by reason: "too_fast", "held",
	// "not_owner" (the player has lost the name), "new_name" (too many new names). Repeats
	// that the terminal marks are no clicks.
	Clicks  uint64
	Ignored map[string]uint64
	// Writes and Bytes count the writes to screens and their bytes, without SSH's overhead.
	Writes, Bytes uint64
	// Conns counts connections.
	Conns admission.ConnStats
}

// GameStats returns the totals of the game.
func (s *Server) GameStats() commands.Stats { return s.commands.Stats() }

// Stats returns the counters. All but the current sessions and connections only grow.
func (s *Server) Stats() Stats {
	stats := Stats{
		Sessions: make(map[string]int64, modes),
		Logins:   make(map[string]uint64, loginResults),
		Clicks:   s.counters.clicks[tui.Counted].Load(),
		Ignored:  make(map[string]uint64, len(verdicts)-1),
		Writes:   s.traffic.Writes(),
		Bytes:    s.traffic.Bytes(),
		Conns:    s.connLimiter.Stats(),
	}
	for m := range modes {
		stats.Sessions[m.String()] = s.counters.sessions[m].Load()
	}
	for r := range loginResults {
		stats.Logins[r.String()] = s.counters.logins[r].Load()
	}
	for v, name := range verdicts {
		if tui.Verdict(v) != tui.Counted {
			stats.Ignored[name] = s.counters.clicks[v].Load()
		}
	}
	return stats
}

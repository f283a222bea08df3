package server

import (
	"sync/atomic"

	"clickky/server/admission"
	"clickky/tui"
)

// mode is what a session does.
type mode int

const (
	onScreen mode = iota
	inPlain
	inCommand
	modes // how many there are
)

// String returns the name for logs and metrics.
func (m mode) String() string { return [modes]string{"screen", "plain", "command"}[m] }

// verdicts are the names for metrics.
var verdicts = [...]string{tui.Counted: "counted", tui.TooFast: "too_fast", tui.Held: "held", tui.Taken: "not_owner", tui.TooManyNames: "new_name"}

// counters count what happens on a server.
type counters struct {
	sessions [modes]atomic.Int64
	logins   [outcomes]atomic.Uint64
	clicks   [len(verdicts)]atomic.Uint64
}

// Stats is what a server has counted. The keys of its maps are always the same: no client
// can add one.
type Stats struct {
	// Sessions is how many are here on a "screen", play in "plain" lines of text,
	// or wait for the answer of a "command".
	Sessions map[string]int64
	// Logins is how many have ended how: "played", "command", "code" (came with a
	// one-time code), "closed" (the game is not open), and as "refused_" because of
	// the "name", the "key" that the name belongs to, a "guest" where there are
	// none, as "banned", because the game is "full" or the "address" has too many,
	// because of the "crowd" of those who are being refused, and for want of a
	// "terminal".
	Logins map[string]uint64
	// Clicks is how many have counted, and Ignored how many not: "too_fast",
	// "held", by who is "not_owner" of the name any more, or under a "new_name" that is
	// one too many. What the terminal itself calls a repeat is no click.
	Clicks  uint64
	Ignored map[string]uint64
	// Writes and Bytes are what was written to screens, without SSH's own.
	Writes, Bytes uint64
	// Conns is about connections.
	Conns admission.ConnStats
}

// Stats returns the counts. All but the current sessions and connections only grow.
func (s *Server) Stats() Stats {
	stats := Stats{
		Sessions: make(map[string]int64, modes),
		Logins:   make(map[string]uint64, outcomes),
		Clicks:   s.counters.clicks[tui.Counted].Load(),
		Ignored:  make(map[string]uint64, len(verdicts)-1),
		Writes:   s.traffic.Writes(),
		Bytes:    s.traffic.Bytes(),
		Conns:    s.connLimiter.Stats(),
	}
	for m := range modes {
		stats.Sessions[m.String()] = s.counters.sessions[m].Load()
	}
	for o := range outcomes {
		stats.Logins[o.String()] = s.counters.logins[o].Load()
	}
	for v, name := range verdicts {
		if tui.Verdict(v) != tui.Counted {
			stats.Ignored[name] = s.counters.clicks[v].Load()
		}
	}
	return stats
}

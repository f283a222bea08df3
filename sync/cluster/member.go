package cluster

import (
	"cmp"
	"slices"
	"time"
)

// States of a server, the worst first.
const (
	Silent       = "silent"        // it isn't heard any longer
	JournalDown  = "journal down"  // it can't write the journal
	DatabaseDown = "database down" // it can't reach the database
	Behind       = "behind"        // it applies events late
	Up           = "up"
)

// maxLag is how many events a server can be behind the others while everything is fine: each server
// appends up to ten a second, and heartbeats don't come at the same moment.
const maxLag = 100

// Member is a server of the game, as last heard.
type Member struct {
	// Run is the unique ID of this start of the server.
	Run string
	// Name is the server's name for people. If several have the same, the end of the run is added.
	Name string
	// Version is the program's version, and HostKey the fingerprints of its host keys, separated by
	// spaces.
	Version, HostKey string
	// Here reports whether it is this server.
	Here bool
	// State is one of the constants above.
	State string
	Report
	// Lag is how many events it was behind the newest position known at that time.
	Lag uint64
	// Skew is how far its clock is ahead of this server's, minus the shortest delay of recent
	// heartbeats.
	Skew time.Duration
	// Up is how long it has been running.
	Up time.Duration
}

// newMember returns the server that sent a heartbeat.
func newMember(run string, b *heartbeat, lag uint64) Member {
	m := Member{
		Run: run, Name: b.Name, Version: b.Version, HostKey: b.HostKey, State: Up,
		Report: b.Report, Lag: lag, Up: max(b.At.Sub(b.Started), 0),
	}
	switch {
	case b.JournalDown:
		m.State = JournalDown
	case b.StoreDown:
		m.State = DatabaseDown
	case lag > maxLag:
		m.State = Behind
	}
	return m
}

// sortMembers sorts servers by name, and makes equal names unique.
func sortMembers(members []Member) []Member {
	const tail = 4 // characters of a run, which ends with ten random ones
	slices.SortFunc(members, func(a, b Member) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Run, b.Run)) })
	alike := map[string]int{}
	for _, m := range members {
		alike[m.Name]++
	}
	for i := range members {
		if m := &members[i]; alike[m.Name] > 1 {
			m.Name += "-" + m.Run[max(len(m.Run)-tail, 0):]
		}
	}
	return members
}

// maxSamples is how many heartbeats the difference of two clocks is based on.
const maxSamples = 16

// skew measures how far another clock is ahead. Each heartbeat shows it minus the delay, so the one
// with the shortest delay shows it best.
type skew struct {
	ahead [maxSamples]time.Duration
	n     int
}

func (s *skew) add(ahead time.Duration) {
	s.ahead[s.n%maxSamples] = ahead
	s.n++
}

func (s *skew) best() time.Duration { return slices.Max(s.ahead[:min(max(s.n, 1), maxSamples)]) }

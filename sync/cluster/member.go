package cluster

import (
	"cmp"
	"slices"
	"time"
)

// States of a server, the worst first.
const (
	Silent       = "silent"        // it is not heard any more
	JournalDown  = "journal down"  // it cannot write the journal
	DatabaseDown = "database down" // it cannot reach the database
	Behind       = "behind"        // it takes in the journal late
	Up           = "up"
)

// lagging is how many events a server may be behind the others without anything
// being wrong: the servers of a game write up to ten a second each, and are not asked
// all at the same moment.
const lagging = 100

// Member is a server of the game, as it was heard last.
type Member struct {
	// Run identifies this start of the server.
	Run string
	// Name is what people call it. Of several with the same name each gets the end
	// of its run behind it.
	Name string
	// Version is that of the program, and HostKey has the fingerprints of the keys by
	// which clients know it, with spaces between them.
	Version, HostKey string
	// Here tells that it is this one.
	Here bool
	// State is one of the states of a server.
	State string
	Report
	// Lag is how many events it was behind the newest position that was known then.
	Lag uint64
	// Skew is how far its clock is ahead of the one here, less the time of the
	// quickest of the last heartbeats.
	Skew time.Duration
	// Up is for how long it has been running.
	Up time.Duration
}

// memberOf is a server by its heartbeat.
func memberOf(run string, b *beat, lag uint64) Member {
	m := Member{
		Run: run, Name: b.Name, Version: b.Version, HostKey: b.HostKey, State: Up,
		Report: b.Report, Lag: lag, Up: max(b.At.Sub(b.Started), 0),
	}
	switch {
	case b.JournalDown:
		m.State = JournalDown
	case b.StoreDown:
		m.State = DatabaseDown
	case lag > lagging:
		m.State = Behind
	}
	return m
}

// sorted puts servers in the order of their names, and tells apart those that have
// the same.
func sorted(members []Member) []Member {
	const tail = 4 // letters of a run, which ends with ten of chance
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

// alike tells whether nothing that matters to anybody differs between two lists.
func alike(a, b []Member) bool {
	return slices.EqualFunc(a, b, func(a, b Member) bool {
		return a.Run == b.Run && a.Name == b.Name && a.Version == b.Version && a.HostKey == b.HostKey && a.State == b.State
	})
}

// maxSamples is over how many heartbeats the difference of two clocks is taken.
const maxSamples = 16

// skew is how far another clock is ahead, by the last heartbeats. Each tells it less
// the time that it took, so that the quickest one tells it best.
type skew struct {
	ahead [maxSamples]time.Duration
	n     int
}

func (s *skew) add(ahead time.Duration) {
	s.ahead[s.n%maxSamples] = ahead
	s.n++
}

func (s *skew) best() time.Duration { return slices.Max(s.ahead[:min(max(s.n, 1), maxSamples)]) }

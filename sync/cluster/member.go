package cluster

import (
	"cmp"
	"slices"
	"time"

	"clickky/sync/game"
)

// maxLag is how many events a server can be behind the others while everything is fine: each server
// appends up to ten a second, and heartbeats don't come at the same moment.
const maxLag = 100

// newMember returns the server that sent a heartbeat.
func newMember(run string, b *heartbeat, lag uint64) game.Server {
	m := game.Server{
		Run: run, Name: b.Name, State: game.ServerUp, Version: b.Version, HostKey: b.HostKey,
		Players: b.Players, Sessions: b.Sessions, Lag: lag, Unjournaled: b.Unjournaled, Up: max(b.At.Sub(b.Started), 0),
	}
	switch {
	case b.JournalDown:
		m.State = game.ServerJournalDown
	case b.StoreDown:
		m.State = game.ServerDatabaseDown
	case lag > maxLag:
		m.State = game.ServerBehind
	}
	return m
}

// sortMembers sorts servers by name, and makes equal names unique.
func sortMembers(members []game.Server) []game.Server {
	const tail = 4 // characters of a run, which ends with ten random ones
	slices.SortFunc(members, func(a, b game.Server) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Run, b.Run)) })
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

package main

import (
	"errors"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"

	"clickky/sync/cluster"
)

// stage is how far a server has come in opening, and how it stands with the others of
// its game, for whoever asks over HTTP meanwhile. It is safe for concurrent use.
type stage struct {
	shared bool // the journal is on NATS, and there may be other servers
	conn   atomic.Pointer[nats.Conn]
	opened atomic.Int64 // when the journal was open, in nanoseconds since 1970
	others atomic.Pointer[cluster.Presence]
}

// open tells that the journal is open.
func (s *stage) open() { s.opened.Store(time.Now().UnixNano()) }

func (s *stage) isOpen() bool { return s.opened.Load() != 0 }

// isConnected tells whether there is a connection to NATS.
func (s *stage) isConnected() bool {
	nc := s.conn.Load()
	return nc != nil && nc.IsConnected()
}

// whyWaiting is why the journal is not open yet.
func (s *stage) whyWaiting() error {
	switch {
	case s.isOpen():
		return nil
	case !s.shared:
		return errors.New("just starting")
	case s.conn.Load() == nil:
		return errors.New("waiting for NATS")
	default:
		return errors.New("waiting for the journal on NATS; most NATS servers must be running")
	}
}

// overdue tells whether something that should have happened so long ago, and again and
// again since the journal is open, is late.
func (s *stage) overdue(ago, late time.Duration) bool {
	return s.isOpen() && ago > late && time.Since(time.Unix(0, s.opened.Load())) > late
}

// serverStates are the states of a server in the words of a label.
var serverStates = map[string]string{
	cluster.Up: "up", cluster.Behind: "behind", cluster.DatabaseDown: "database_down", cluster.JournalDown: "journal_down", cluster.Silent: "silent",
}

// collect tells how this server stands with NATS and the others.
func (s *stage) collect(e emitter) {
	if !s.shared {
		return
	}
	e.emit(natsConnected, truth(s.isConnected()))
	present := s.others.Load()
	if present == nil {
		return
	}
	known := map[string]int{}
	for _, m := range present.Members() {
		known[m.State]++
	}
	for state, label := range serverStates {
		e.emit(servers, float64(known[state]), label)
	}
}

package telemetry

import (
	"errors"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"

	"clickky/sync/cluster"
	"clickky/sync/game"
)

// Startup is how far the server's start has got, and what it knows of the other servers, for checks
// and metrics over HTTP. It is safe for concurrent use.
type Startup struct {
	Shared bool // the journal is on NATS, and there may be other servers

	conn   atomic.Pointer[nats.Conn]
	opened atomic.Int64 // when the journal was open, in nanoseconds since 1970
	others atomic.Pointer[cluster.Presence]
}

// Connected notes the connection to NATS.
func (s *Startup) Connected(conn *nats.Conn) { s.conn.Store(conn) }

// JournalOpen notes that the journal is open.
func (s *Startup) JournalOpen() { s.opened.Store(time.Now().UnixNano()) }

func (s *Startup) isOpen() bool { return s.opened.Load() != 0 }

// Joined notes where the other servers of the game are known.
func (s *Startup) Joined(others *cluster.Presence) { s.others.Store(others) }

// isConnected reports whether there is a connection to NATS.
func (s *Startup) isConnected() bool {
	nc := s.conn.Load()
	return nc != nil && nc.IsConnected()
}

// whyWaiting returns why the journal is not open yet, or nil if it is.
func (s *Startup) whyWaiting() error {
	switch {
	case s.isOpen():
		return nil
	case !s.Shared:
		return errors.New("just starting")
	case s.conn.Load() == nil:
		return errors.New("waiting for NATS")
	default:
		return errors.New("waiting for the journal on NATS; most NATS servers must be running")
	}
}

// isOverdue reports whether something that should happen regularly once the journal is open, and last
// happened a time ago, is late.
func (s *Startup) isOverdue(ago, late time.Duration) bool {
	return s.isOpen() && ago > late && time.Since(time.Unix(0, s.opened.Load())) > late
}

// serverStates maps a server's state to the value of a label.
var serverStates = map[string]string{
	game.ServerUp: "up", game.ServerBehind: "behind", game.ServerDatabaseDown: "database_down", game.ServerJournalDown: "journal_down", game.ServerSilent: "silent",
}

// collect emits the metrics of NATS and of the other servers.
func (s *Startup) collect(e emitter) {
	if !s.Shared {
		return
	}
	e.gauge("nats_connected", "1 while this server is connected to NATS (only with --nats).", truth(s.isConnected()))
	present := s.others.Load()
	if present == nil {
		return
	}
	known := map[string]int{}
	for _, m := range present.Servers() {
		known[m.State]++
	}
	for state, label := range serverStates {
		e.gauge("servers", "Servers of the game by state, including this one (only with --nats).", float64(known[state]), "state", label)
	}
}

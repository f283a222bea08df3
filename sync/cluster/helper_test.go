package cluster

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"go.uber.org/goleak"

	"clickky/sync/game"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// network connects fake connections: what is published reaches all of them at once, unless it is
// lost.
type network struct {
	mu    sync.Mutex
	wires map[*fakeConn]struct{}
	bytes int // published so far
	lose  func(from *fakeConn, subject string, data []byte) bool
	small int // maximum size of a message; 0: no limit
}

// fakeConn is a connection inside a synctest bubble.
type fakeConn struct {
	air    *network
	mu     sync.Mutex
	subs   map[string]chan *nats.Msg
	inbox  int
	number uint64
	down   bool
}

func (a *network) wire() *fakeConn {
	w := &fakeConn{air: a, subs: map[string]chan *nats.Msg{}}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.wires == nil {
		a.wires = map[*fakeConn]struct{}{}
	}
	a.wires[w] = struct{}{}
	return w
}

func (w *fakeConn) Publish(subject string, data []byte) error { return w.send(subject, "", data) }

func (w *fakeConn) send(subject, reply string, data []byte) error {
	if w.isDown() {
		return errors.New("no connection")
	}
	w.air.mu.Lock()
	w.air.bytes += len(data)
	lost := w.air.lose != nil && w.air.lose(w, subject, data)
	wires := slices.Collect(maps.Keys(w.air.wires))
	w.air.mu.Unlock()
	if lost {
		return nil
	}
	for _, other := range wires {
		other.receive(&nats.Msg{Subject: subject, Reply: reply, Data: data})
	}
	return nil
}

func (w *fakeConn) receive(m *nats.Msg) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.down {
		return
	}
	for pattern, sub := range w.subs {
		prefix, wild := strings.CutSuffix(pattern, "*")
		if pattern != m.Subject && (!wild || !strings.HasPrefix(m.Subject, prefix)) {
			continue
		}
		select {
		case sub <- m:
		default: // dropped, as NATS does
		}
	}
}

func (w *fakeConn) subscribe(subject string, take func(*nats.Msg)) (stop func(), err error) {
	sub, done := make(chan *nats.Msg, 1000), make(chan struct{})
	w.mu.Lock()
	w.subs[subject] = sub
	w.mu.Unlock()
	go func() {
		defer close(done)
		for m := range sub {
			take(m)
		}
	}()
	return func() {
		w.mu.Lock()
		delete(w.subs, subject)
		close(sub)
		w.mu.Unlock()
		<-done
	}, nil
}

func (w *fakeConn) RequestWithContext(ctx context.Context, subject string, data []byte) (*nats.Msg, error) {
	w.mu.Lock()
	w.inbox++
	inbox := fmt.Sprintf("inbox.%p.%d", w, w.inbox)
	sub := make(chan *nats.Msg, 1)
	w.subs[inbox] = sub
	w.mu.Unlock()
	defer func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.subs, inbox)
	}()
	if err := w.send(subject, inbox, data); err != nil {
		return nil, err
	}
	select {
	case m := <-sub:
		return m, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (w *fakeConn) FlushWithContext(context.Context) error { return nil }

func (w *fakeConn) connection() (uint64, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.number, !w.down
}

func (w *fakeConn) MaxPayload() int64 {
	if w.air.small > 0 {
		return int64(w.air.small)
	}
	return 1 << 20
}

func (w *fakeConn) isDown() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.down
}

// setDown ends the connection, or makes a new one.
func (w *fakeConn) setDown(down bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.down = down; !down {
		w.number++
	}
}

// host is a server with a Presence.
type host struct {
	*Presence
	wire *fakeConn

	mu       sync.Mutex
	report   Report
	names    []string
	revision uint64
	away     map[string]map[string]bool // by run
}

// self returns the host's Self.
func (h *host) self(run string) Self {
	h.away = map[string]map[string]bool{}
	return Self{
		Run: run, Name: "server " + run, Version: "v1", HostKey: "SHA256:k", Started: time.Now(),
		Report: func() Report {
			h.mu.Lock()
			defer h.mu.Unlock()
			r := h.report
			r.Players = len(h.names)
			return r
		},
		Names: func(known uint64) ([]string, uint64) {
			h.mu.Lock()
			defer h.mu.Unlock()
			if known == h.revision {
				return nil, known
			}
			return append([]string{}, h.names...), h.revision
		},
		Sessions: func(name string) []game.SessionInfo {
			return slices.Repeat([]game.SessionInfo{{From: "192.0.2.1", Terminal: "of " + name, Since: time.Unix(7, 0).UTC()}}, 2)
		},
		NamesChanged: func(run string, come, left []string) {
			h.mu.Lock()
			defer h.mu.Unlock()
			if h.away[run] == nil {
				h.away[run] = map[string]bool{}
			}
			for _, name := range left {
				if !h.away[run][name] {
					panic(name + " leaves and was never there")
				}
				delete(h.away[run], name)
			}
			for _, name := range come {
				if h.away[run][name] {
					panic(name + " comes twice")
				}
				h.away[run][name] = true
			}
		},
		PeerGone: func(run string) {
			h.mu.Lock()
			defer h.mu.Unlock()
			delete(h.away, run)
		},
	}
}

// setPlayers sets the names of connected players.
func (h *host) setPlayers(names ...string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.names = names
	h.revision++
}

// setReport sets the host's report.
func (h *host) setReport(r Report) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.report = r
}

// onlineOn returns who is online on another server, as reported to the host.
func (h *host) onlineOn(run string) []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Sorted(maps.Keys(h.away[run]))
}

// joinServer joins a server.
func (a *network) joinServer(t *testing.T, run string, prepare ...func(*Self)) *host {
	t.Helper()
	h := &host{wire: a.wire()}
	self := h.self(run)
	for _, p := range prepare {
		p(&self)
	}
	var err error
	if h.Presence, err = join(h.wire, self); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.Leave)
	return h
}

// states returns the servers that a host knows, with their states.
func (h *host) states() string {
	var all []string
	for _, m := range h.Servers() {
		all = append(all, strings.TrimPrefix(m.Name, "server ")+" "+m.State)
	}
	return strings.Join(all, ", ")
}

// reportOf returns what another server has reported.
func (h *host) reportOf(run string) Report {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.peers[run].Report
}

// natsServer starts a NATS server for the test.
func natsServer(t *testing.T) *server.Server {
	t.Helper()
	s, err := server.NewServer(&server.Options{
		Host: "127.0.0.1", Port: server.RANDOM_PORT, JetStream: true, StoreDir: t.TempDir(), NoLog: true, NoSigs: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	if !s.ReadyForConnections(10 * time.Second) {
		t.Fatal("NATS does not start")
	}
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	return s
}

func connect(t *testing.T, s *server.Server) *nats.Conn {
	t.Helper()
	nc, err := nats.Connect(s.ClientURL(), nats.MaxReconnects(-1), nats.ReconnectWait(10*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	return nc
}

package flush_test

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"clickky/sync/cluster/natstest"
	"clickky/sync/flush"
	"clickky/sync/game"
	"clickky/sync/journal"
	"clickky/sync/ledger"
	"clickky/sync/store"
	"clickky/sync/store/sqlite"
)

// liveServer is a server with a real cluster and a real database.
type liveServer struct {
	*ledger.Ledger

	t       *testing.T
	book    *journal.Journal
	flusher *flush.Flusher
	cancel  context.CancelFunc
	done    chan error
}

func startReal(t *testing.T, nc *nats.Conn, db store.Store) *liveServer {
	t.Helper()
	book, err := journal.Open(t.Context(), journal.Config{Conn: nc, MaxBytes: 64 << 20})
	if err != nil {
		t.Fatal(err)
	}
	r := &liveServer{Ledger: ledger.New(), t: t, book: book, done: make(chan error, 1)}
	r.flusher = flush.New(r.Ledger, book, db, 200*time.Millisecond, slog.New(slog.DiscardHandler))
	r.flusher.Share(flush.Sharing{})
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	r.cancel = cancel
	go func() { r.done <- r.flusher.Run(ctx) }()
	t.Cleanup(r.kill)
	select {
	case <-r.Loaded():
	case err := <-r.done:
		t.Fatalf("Run = %v", err)
	}
	return r
}

// kill ends the server at once. What is in no event yet is lost.
func (r *liveServer) kill() {
	if r.cancel == nil {
		return
	}
	r.cancel()
	r.cancel = nil
	if err := <-r.done; err != nil {
		r.t.Errorf("Run = %v", err)
	}
	if err := r.book.Close(); err != nil {
		r.t.Error(err)
	}
}

// end stops the server cleanly.
func (r *liveServer) end() {
	r.t.Helper()
	r.cancel()
	r.cancel = nil
	if err := <-r.done; err != nil {
		r.t.Errorf("Run = %v", err)
	}
	if err := r.flusher.Final(context.WithoutCancel(r.t.Context())); err != nil {
		r.t.Errorf("Final = %v", err)
	}
	if err := r.book.Close(); err != nil {
		r.t.Error(err)
	}
}

// TestClusterPlaysOneGame has NATS servers stop and come back, and cuts one off from its
// server. Clicks show on all servers, and in the end the database has exactly what was
// clicked.
func TestClusterPlaysOneGame(t *testing.T) {
	if testing.Short() {
		t.Skip("electing leaders takes about ten seconds")
	}
	c := natstest.Start(t, 3)
	db, err := sqlite.Open(filepath.Join(t.TempDir(), "clickky.db"), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	proxy := c.Via(0)
	servers := []*liveServer{
		startReal(t, c.ConnectTo(natstest.URLOf(proxy.Addr())), db),
		startReal(t, c.Connect(1, 2, 0), db), startReal(t, c.Connect(2, 0, 1), db),
	}
	const name = "alice"
	total := uint64(0)
	// all waits until all servers have all clicks.
	all := func(when string, games ...*liveServer) {
		t.Helper()
		for i, g := range games {
			c.Await(fmt.Sprintf("%d clicks on server %d, %s", total, i, when), func() bool {
				return g.Standing(name).Clicks == total && g.Status().Total == total
			})
		}
	}
	click := func(games ...*liveServer) {
		var clicking sync.WaitGroup
		for _, g := range games {
			clicking.Go(func() {
				for range 50 {
					g.Join(name).Click()
				}
			})
			total += 50
		}
		clicking.Wait()
	}
	click(servers...)
	all("at first", servers...)

	leader := c.AwaitLeader("clickky")
	if leader == 0 { // the first server knows no other
		leader = 1
	}
	c.Stop(leader)
	click(servers...)
	all("with a NATS server less", servers...)
	c.Start(leader)
	click(servers...)
	all("with all NATS servers", servers...)

	proxy.Down()
	c.Await("a server that knows to be cut off", func() bool { return servers[0].Status().JournalDown })
	click(servers...)
	total -= 50 // of the server that is cut off
	all("while one is cut off", servers[1:]...)
	servers[1].kill()
	proxy.Up()
	total += 50
	all("after one was cut off and one was killed", servers[0], servers[2])
	joined := startReal(t, c.Connect(0, 1, 2), db)
	all("after one has joined", servers[0], servers[2], joined)
	click(servers[0], servers[2], joined)
	for _, g := range []*liveServer{servers[0], joined, servers[2]} {
		g.end()
	}
	var clicks uint64
	snapshot, err := db.Load(t.Context(), func(p game.Player) error {
		if p.Name == name {
			clicks = p.Clicks
		}
		return nil
	})
	if err != nil || clicks != total || snapshot.Total != total {
		t.Errorf("the database has %d clicks of %d, %v; want %d", clicks, snapshot.Total, err, total)
	}
}

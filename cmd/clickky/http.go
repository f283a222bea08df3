package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"clickky/server/monitor"
	"clickky/sync/game"
	"clickky/sync/ledger"
	"clickky/sync/live"
	"clickky/sync/store"
)

const (
	// slowestTurn is how long the publisher may take to turn over before the
	// process is said to hang. It does once a second at least; a machine that is
	// swapping or was stopped for a moment is no reason to end a game.
	slowestTurn = 15 * time.Second
	// probeSize is how many bytes are written to know that a disk has room.
	probeSize = 4 << 10
)

// httpFlags say where machines can ask how the server is.
type httpFlags struct {
	HTTP  string `name:"http" env:"CLICKKY_HTTP" placeholder:"ADDR" help:"HTTP address for /metrics, /livez and /readyz, for example 127.0.0.1:9090 (off)."`
	Pprof string `name:"pprof" env:"CLICKKY_PPROF" placeholder:"ADDR" help:"HTTP address for Go profiles. It must be a loopback address, for example 127.0.0.1:6060 (off)."`
}

// watched is what they can ask about. The sentences of its checks are for anybody
// who can reach the address, so they tell no address, name or error of another
// program.
type watched struct {
	ending   context.Context // of the process: it ends when the server is to
	game     *ledger.Ledger
	screens  *live.Live
	at       *stage
	store    store.Store
	data     string   // the data directory
	hostKeys []string // their paths
}

// watch answers over HTTP until stop is called, which waits; it does nothing if
// that is off. It also answers while the game is not open yet, and says why.
func (f *httpFlags) watch(ctx context.Context, w watched, m *metrics, log *slog.Logger) (stop func(), err error) {
	stopHTTP := func() {}
	if f.HTTP != "" {
		s := monitor.New(monitor.Config{Metrics: m, Live: w.live(), Ready: w.ready(), Log: log})
		if stopHTTP, err = serveHTTP(ctx, s, "--http", f.HTTP, log); err != nil {
			return nil, err
		}
	}
	if f.Pprof == "" {
		return stopHTTP, nil
	}
	stopProfiles, err := serveHTTP(ctx, monitor.NewProfiles(log), "--pprof", f.Pprof, log)
	if err != nil {
		stopHTTP()
		return nil, err
	}
	return func() { stopProfiles(); stopHTTP() }, nil
}

// serveHTTP serves on the address of a flag until stop is called, which waits.
func serveHTTP(ctx context.Context, s *monitor.Server, flag, addr string, log *slog.Logger) (stop func(), err error) {
	l, err := listen(ctx, flag, addr)
	if err != nil {
		s.Close()
		return nil, err
	}
	var serving sync.WaitGroup
	serving.Go(func() {
		if err := s.Serve(l); err != nil {
			log.Error("the HTTP server failed; the game continues", "flag", flag, "err", err)
		}
	})
	log.Info("serving HTTP", "flag", flag, "addr", l.Addr().String())
	return func() {
		s.Close()
		serving.Wait()
	}, nil
}

// live are the checks of /livez. A process that fails them is to be ended and
// started again, so they are about what only that can mend.
func (w watched) live() []monitor.Check {
	return []monitor.Check{{Name: "publisher", Run: func(context.Context) error {
		// At the end there is none any more, and other limits.
		if w.ending.Err() == nil && w.at.overdue(w.screens.SinceTurn(), slowestTurn) {
			return errors.New("it is stuck")
		}
		return nil
	}}}
}

// ready are the checks of /readyz.
func (w watched) ready() []monitor.Check {
	return []monitor.Check{
		{Name: "game", Run: func(context.Context) error { return w.whyClosed() }},
		{Name: "database", Run: w.askDatabase},
		{Name: "journal", Run: func(context.Context) error { return w.probeJournal() }},
		{Name: "host key", Run: func(context.Context) error { return w.readHostKeys() }},
	}
}

// whyClosed is why nobody can come and play.
func (w watched) whyClosed() error {
	now := w.game.Status()
	switch {
	case w.ending.Err() != nil:
		return errors.New("the server is shutting down")
	case isLoaded(w.game):
		return nil
	case !w.at.isOpen():
		return w.at.whyWaiting()
	case now.Ownership == game.Awaited:
		return errors.New("waiting for another server to release the database")
	case now.StoreDown:
		return errors.New("waiting for the database to load the counts")
	default:
		return errors.New("just starting")
	}
}

func isLoaded(l *ledger.Ledger) bool {
	select {
	case <-l.Loaded():
		return true
	default:
		return false
	}
}

// askDatabase asks it something small, and what became of the last counts.
func (w watched) askDatabase(ctx context.Context) error {
	now := w.game.Status()
	if now.Ownership == game.Lost {
		return errors.New("another server took it over; clicks are only in the journal")
	}
	switch _, err := w.store.Bindings(ctx); {
	case err == nil, errors.Is(err, store.ErrNoTables):
	case ctx.Err() != nil:
		return errors.New("it doesn't answer in time; clicks are in the journal")
	case store.Answered(err):
		return errors.New("it answers with an error (clicks are in the journal); run clickky doctor to see why")
	default:
		return errors.New("unreachable; clicks are in the journal")
	}
	if now.StoreDown && isLoaded(w.game) {
		if err := w.store.Check(ctx); errors.Is(err, store.ErrUnfit) {
			return fmt.Errorf("it can't save counts (clicks are in the journal): %w", err)
		}
		return errors.New("it answers, but the last save failed; clicks are in the journal, and the server keeps trying")
	}
	return nil
}

// probeJournal looks what became of the last event, and whether there would be room
// for one: a game in which nobody clicks has none. One that NATS servers keep is asked
// all the time whether it is there.
func (w watched) probeJournal() error {
	switch down := w.game.Status().JournalDown; {
	case w.at.shared && !w.at.isOpen():
		return errors.New("not open on NATS yet")
	case w.at.shared && !w.at.isConnected():
		return errors.New("this server is cut off from NATS; clicks are in memory only")
	case w.at.shared && down:
		return errors.New("NATS accepts no events (clicks are in memory only); check that most NATS servers are running and have disk space")
	case w.at.shared:
		return nil
	case down:
		return errors.New("can't write; clicks are in memory only")
	}
	if err := probe(w.data); err != nil {
		return unwritable(err)
	}
	return nil
}

// unwritable is an error of the disk without its path.
func unwritable(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return errors.New("the disk is full")
	}
	return errors.New("can't write to the data directory")
}

// probe writes a file and removes it. A process that is killed leaves one at most.
func probe(dir string) error {
	name := filepath.Join(dir, ".probe")
	err := os.WriteFile(name, make([]byte, probeSize), 0o600)
	return errors.Join(err, os.Remove(name))
}

// readHostKeys reads the keys that the next start needs.
func (w watched) readHostKeys() error {
	for _, path := range w.hostKeys {
		text, err := os.ReadFile(path)
		if err == nil {
			_, err = gossh.ParsePrivateKey(text)
		}
		if err != nil {
			return errors.New("can't read it; after a restart, ssh would warn players about a new key")
		}
	}
	return nil
}

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
	// maxPublishGap is how long the publisher may be silent before /livez reports that the
	// process hangs. It runs at least once a second; a machine that swaps or was suspended is no
	// reason to restart a game.
	maxPublishGap = 15 * time.Second
	// probeSize is how many bytes are written to check that the disk has space.
	probeSize = 4 << 10
)

// httpFlags are the addresses for metrics, checks and profiles.
type httpFlags struct {
	HTTP  string `name:"http" env:"CLICKKY_HTTP" placeholder:"ADDR" help:"HTTP address for /metrics, /livez and /readyz, for example 127.0.0.1:9090 (off)."`
	Pprof string `name:"pprof" env:"CLICKKY_PPROF" placeholder:"ADDR" help:"HTTP address for Go profiles. It must be a loopback address, for example 127.0.0.1:6060 (off)."`
}

// checks are the health checks of a server. Anybody who can reach the address can read their
// sentences, so these contain no addresses, no names and no errors of other programs.
type checks struct {
	ending   context.Context // of the process: it ends when the server is to
	game     *ledger.Ledger
	screens  *live.Live
	startup  *startup
	store    store.Store
	data     string   // the data directory
	hostKeys []string // their paths
}

// startHTTP serves checks, metrics and profiles until stop is called, which waits for the servers to
// end. Without --http and --pprof it does nothing. It also answers, with the reason, while the
// game is not open yet.
func (f *httpFlags) startHTTP(ctx context.Context, w checks, m *metrics, log *slog.Logger) (stop func(), err error) {
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

// serveHTTP serves on the address of a flag until stop is called, which waits for the server to end.
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

// live returns the checks of /livez. They cover only faults that a restart of the process fixes.
func (w checks) live() []monitor.Check {
	return []monitor.Check{{Name: "publisher", Run: func(context.Context) error {
		// During shutdown the publisher has stopped, and shutdown has its own time limits.
		if w.ending.Err() == nil && w.startup.isOverdue(w.screens.SinceLastTick(), maxPublishGap) {
			return errors.New("it is stuck")
		}
		return nil
	}}}
}

// ready returns the checks of /readyz.
func (w checks) ready() []monitor.Check {
	return []monitor.Check{
		{Name: "game", Run: func(context.Context) error { return w.whyClosed() }},
		{Name: "database", Run: w.checkDatabase},
		{Name: "journal", Run: func(context.Context) error { return w.checkJournal() }},
		{Name: "host key", Run: func(context.Context) error { return w.checkHostKeys() }},
	}
}

// whyClosed returns why players are refused, or nil if they are not.
func (w checks) whyClosed() error {
	now := w.game.Status()
	switch {
	case w.ending.Err() != nil:
		return errors.New("the server is shutting down")
	case isLoaded(w.game):
		return nil
	case !w.startup.isOpen():
		return w.startup.whyWaiting()
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

// checkDatabase queries the database and reports failures of the last flush.
func (w checks) checkDatabase(ctx context.Context) error {
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

// checkJournal reports failures of the last append, and whether the disk has space for another: in
// an idle game nothing is appended. A journal on NATS is checked continually anyway.
func (w checks) checkJournal() error {
	switch down := w.game.Status().JournalDown; {
	case w.startup.shared && !w.startup.isOpen():
		return errors.New("not open on NATS yet")
	case w.startup.shared && !w.startup.isConnected():
		return errors.New("this server is cut off from NATS; clicks are in memory only")
	case w.startup.shared && down:
		return errors.New("NATS accepts no events (clicks are in memory only); check that most NATS servers are running and have disk space")
	case w.startup.shared:
		return nil
	case down:
		return errors.New("can't write; clicks are in memory only")
	}
	if err := probe(w.data); err != nil {
		return unwritable(err)
	}
	return nil
}

// unwritable returns a disk error without the path.
func unwritable(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return errors.New("the disk is full")
	}
	return errors.New("can't write to the data directory")
}

// probe writes a file and removes it. A killed process leaves at most one such file.
func probe(dir string) error {
	name := filepath.Join(dir, ".probe")
	err := os.WriteFile(name, make([]byte, probeSize), 0o600)
	return errors.Join(err, os.Remove(name))
}

// checkHostKeys reads the host keys, which the next start needs.
func (w checks) checkHostKeys() error {
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

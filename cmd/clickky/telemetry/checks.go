package telemetry

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"clickky/cmd/clickky/checkup"
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

// Checks are the health checks of a server. Anybody who can reach the address can read their
// sentences, so these contain no addresses, no names and no errors of other programs.
type Checks struct {
	Ending   context.Context // of the process: it ends when the server is to
	Game     *ledger.Ledger
	Live     *live.Live
	Startup  *Startup
	Store    store.Store
	DataDir  string
	HostKeys []string // their paths
}

// Livez returns the checks of /livez. They cover only faults that a restart of the process fixes.
func (c Checks) Livez() []monitor.Check {
	return []monitor.Check{{Name: "publisher", Run: func(context.Context) error {
		// During shutdown the publisher has stopped, and shutdown has its own time limits.
		if c.Ending.Err() == nil && c.Startup.isOverdue(c.Live.SinceLastTick(), maxPublishGap) {
			return errors.New("it is stuck")
		}
		return nil
	}}}
}

// Readyz returns the checks of /readyz.
func (c Checks) Readyz() []monitor.Check {
	return []monitor.Check{
		{Name: "game", Run: func(context.Context) error { return c.whyClosed() }},
		{Name: "database", Run: c.checkDatabase},
		{Name: "journal", Run: func(context.Context) error { return c.checkJournal() }},
		{Name: "host key", Run: func(context.Context) error { return c.checkHostKeys() }},
	}
}

// whyClosed returns why players are refused, or nil if they are not.
func (c Checks) whyClosed() error {
	now := c.Game.Status()
	switch {
	case c.Ending.Err() != nil:
		return errors.New("the server is shutting down")
	case now.Open:
		return nil
	case !c.Startup.isOpen():
		return c.Startup.whyWaiting()
	case now.Ownership == game.Awaited:
		return errors.New("waiting for another server to release the database")
	case now.StoreDown:
		return errors.New("waiting for the database to load the counts")
	default:
		return errors.New("just starting")
	}
}

// checkDatabase queries the database and reports failures of the last flush.
func (c Checks) checkDatabase(ctx context.Context) error {
	now := c.Game.Status()
	if now.Ownership == game.Lost {
		return errors.New("another server took it over; clicks are only in the journal")
	}
	switch _, err := c.Store.Bindings(ctx); {
	case err == nil, errors.Is(err, store.ErrNoTables):
	case ctx.Err() != nil:
		return errors.New("it doesn't answer in time; clicks are in the journal")
	case store.Answered(err):
		return errors.New("it answers with an error (clicks are in the journal); run clickky doctor to see why")
	default:
		return errors.New("unreachable; clicks are in the journal")
	}
	if now.StoreDown && now.Open {
		if err := c.Store.Check(ctx); errors.Is(err, store.ErrUnfit) {
			return fmt.Errorf("it can't save counts (clicks are in the journal): %w", err)
		}
		return errors.New("it answers, but the last save failed; clicks are in the journal, and the server keeps trying")
	}
	return nil
}

// checkJournal reports failures of the last append, and whether the disk has space for another: in
// an idle game nothing is appended. A journal on NATS is checked continually anyway.
func (c Checks) checkJournal() error {
	switch down := c.Game.Status().JournalDown; {
	case c.Startup.Shared && !c.Startup.isOpen():
		return errors.New("not open on NATS yet")
	case c.Startup.Shared && !c.Startup.isConnected():
		return errors.New("this server is cut off from NATS; clicks are in memory only")
	case c.Startup.Shared && down:
		return errors.New("NATS accepts no events (clicks are in memory only); check that most NATS servers are running and have disk space")
	case c.Startup.Shared:
		return nil
	case down:
		return errors.New("can't write; clicks are in memory only")
	}
	if err := probe(c.DataDir); err != nil {
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
func (c Checks) checkHostKeys() error {
	if _, err := checkup.Fingerprints(c.HostKeys); err != nil {
		return errors.New("can't read it; after a restart, ssh would warn players about a new key")
	}
	return nil
}

package flush

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"clickky/sync/game"
	"clickky/sync/journal"
	"clickky/sync/ledger"
	"clickky/sync/store"
)

// ErrBehind means that the journal lost events that the database has, or purged events that the
// database lacks: one of them was damaged or restored from a copy.
var ErrBehind = errors.New("the journal and the database don't match; " +
	"to continue with the database's counts, move the journal directory away (on NATS: remove the stream clickky) " +
	"and restart")

// pollInterval is how often a server that waits for another one's lease checks it.
const pollInterval = 2 * time.Second

// start loads the snapshot, replays the journal and opens the game.
func (f *Flusher) start(ctx context.Context) error {
	backoff := f.backoff()
	for {
		err := f.load(ctx)
		if err == nil {
			break
		}
		if isPermanent(err) || ctx.Err() != nil {
			return err
		}
		delay, _ := backoff.Next()
		if errors.Is(err, store.ErrLeased) {
			f.ledger.SetOwnership(game.Awaited)
			f.logFailure("another server is using the database; waiting for it to stop", err)
			delay = pollInterval
		} else {
			f.ledger.SetStoreHealth(true, store.Answered(err))
			f.logFailure("can't read the database; nobody can play until it recovers", err)
		}
		if !sleep(ctx, delay) {
			return err
		}
	}
	f.ledger.SetOwnership(game.Owned)
	f.ledger.SetStoreHealth(false, false)
	f.logRecovery()
	if err := f.replay(ctx); err != nil {
		if errors.Is(err, journal.ErrPurged) {
			err = fmt.Errorf("%w: %w", err, ErrBehind)
		}
		return err
	}
	if err := f.applyFirstBindings(ctx); err != nil {
		return err
	}
	f.ledger.Open()
	f.isOpen = true
	s := f.ledger.Status()
	f.log.Info("counts loaded", "players", s.Players, "total", s.Total, "replayed", s.Unsaved, "position", f.ledger.Position())
	return nil
}

func isPermanent(err error) bool {
	permanent := []error{store.ErrRefused, store.ErrUnfit, ErrBehind, ledger.ErrLoaded, journal.ErrDamaged}
	return slices.ContainsFunc(permanent, func(target error) bool { return errors.Is(err, target) })
}

// load takes the lease for this journal and reads the database.
func (f *Flusher) load(ctx context.Context) error {
	if err := f.store.Migrate(ctx); err != nil {
		return fmt.Errorf("update the tables: %w", err)
	}
	last, err := f.journal.Last(ctx)
	if err != nil {
		return fmt.Errorf("read the journal: %w", err)
	}
	before, err := f.store.State(ctx)
	if err != nil {
		return fmt.Errorf("read the database lease: %w", err)
	}
	// A database that belonged to another journal continues at the current end of this one: the
	// events until now weren't meant for it, or are already in its counts.
	state, err := f.store.Lease(ctx, f.journal.ID(), last, leaseTime)
	if err != nil {
		return fmt.Errorf("take the database lease: %w", err)
	}
	switch {
	case state.Amended:
		f.log.Info("there was an import into the database while this server was stopped; continuing from there")
	case before.Journal != "" && before.Journal != state.Journal:
		f.log.Warn("the database was used with another journal; continuing with its counts", "journal", before.Journal)
	}
	var players []game.Player
	snapshot, err := f.store.Load(ctx, func(p game.Player) error {
		players = append(players, p)
		return nil
	})
	switch {
	case err != nil:
		return fmt.Errorf("load counts: %w", err)
	case snapshot.Journal != f.journal.ID():
		return fmt.Errorf("load counts: %w", store.ErrLeased) // everything must be repeated
	}
	if err := f.awaitJournalEnd(ctx, snapshot.State.Position); err != nil {
		return err
	}
	snapshot.Players = players
	if err := f.ledger.Load(snapshot.Contents); err != nil {
		return err
	}
	f.position = snapshot.State.Position
	return nil
}

// awaitJournalEnd returns an error if the journal ends before the database's position. It reads the
// end after the database, because other servers may append and save meanwhile. A part of a cluster
// that was cut off reports an outdated end for some seconds.
func (f *Flusher) awaitJournalEnd(ctx context.Context, position uint64) error {
	for until := time.Now().Add(f.sharing.staleEndTimeout()); ; {
		last, err := f.journalEnd(ctx)
		switch {
		case err != nil:
			return err
		case last >= position:
			return nil
		case !time.Now().Before(until):
			return fmt.Errorf("load counts: the database is at event %d, but the journal ends at event %d: %w", position, last, ErrBehind)
		case !sleep(ctx, pollInterval):
			return ctx.Err()
		}
	}
}

// journalEnd returns the position of the journal's end. If a cluster can't tell, perhaps because it
// is electing a leader, journalEnd asks again.
func (f *Flusher) journalEnd(ctx context.Context) (uint64, error) {
	for {
		last, err := f.journal.Last(ctx)
		if err == nil {
			return last, nil
		}
		if f.sharing == nil || isPermanent(err) || !sleep(ctx, appendInterval) {
			return 0, fmt.Errorf("read the journal: %w", err)
		}
	}
}

// errReplayed ends a replay.
var errReplayed = errors.New("caught up")

// replay applies the events that the ledger lacks, up to the current end of the journal.
func (f *Flusher) replay(ctx context.Context) error {
	last, err := f.journalEnd(ctx)
	if err != nil {
		return err
	}
	if f.ledger.Position() >= last {
		return nil
	}
	err = f.journal.Follow(ctx, f.ledger.Position(), func(position uint64, e journal.Event) error {
		_ = f.apply(position, e)
		if position >= last {
			return errReplayed
		}
		return nil
	})
	if !errors.Is(err, errReplayed) {
		return fmt.Errorf("replay the journal: %w", err)
	}
	return nil
}

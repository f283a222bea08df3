package flush

import (
	"context"
	"errors"
	"fmt"
	"time"

	"clickky/sync/game"
	"clickky/sync/journal"
	"clickky/sync/ledger"
	"clickky/sync/store"
)

// ErrBehind means that the journal has lost events which the database has
// already, or has cut events which the database does not have: one of them was
// damaged, or put back from a copy.
var ErrBehind = errors.New("the journal and the database don't match; " +
	"to continue with the database's counts, move the journal directory away (on NATS: remove the stream clickky) " +
	"and restart")

// lookAgain is how often a server that waits for another one's lease looks
// whether it has run out.
const lookAgain = 2 * time.Second

// start loads the snapshot and replays the journal, and then lets people play.
func (f *Flusher) start(ctx context.Context) error {
	backoff := f.backoff()
	for {
		err := f.load(ctx)
		if err == nil {
			break
		}
		if hopeless(err) || ctx.Err() != nil {
			return err
		}
		delay, _ := backoff.Next()
		if errors.Is(err, store.ErrLeased) {
			f.ledger.SetOwnership(game.Awaited)
			f.failed("another server is using the database; waiting for it to stop", err)
			delay = lookAgain
		} else {
			f.ledger.StoreFailed(store.Answered(err))
			f.failed("can't read the database; nobody can play until it recovers", err)
		}
		if !sleep(ctx, delay) {
			return err
		}
	}
	f.ledger.SetOwnership(game.Owned)
	f.ledger.StoreReached()
	f.succeeded()
	if err := f.catchUp(ctx); err != nil {
		if errors.Is(err, journal.ErrCut) {
			err = fmt.Errorf("%w: %w", err, ErrBehind)
		}
		return err
	}
	if err := f.bindFirst(ctx); err != nil {
		return err
	}
	f.ledger.Open()
	f.open = true
	s := f.ledger.Status()
	f.log.Info("counts loaded", "players", s.Players, "total", s.Total, "replayed", s.Unsaved, "position", f.ledger.Position())
	return nil
}

// hopeless tells whether trying again will not help.
func hopeless(err error) bool {
	for _, h := range []error{store.ErrRefused, store.ErrUnfit, ErrBehind, ledger.ErrLoaded, journal.ErrDamaged} {
		if errors.Is(err, h) {
			return true
		}
	}
	return false
}

// load takes the database for this journal and reads it.
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
	// A database that belonged to another journal goes on from the present end
	// of this one: what this one has until now was not meant for it, or is in
	// the counts already.
	state, err := f.store.Lease(ctx, f.journal.ID(), last, lease)
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
		return fmt.Errorf("load counts: %w", store.ErrLeased) // all has to be done again
	}
	if err := f.reaches(ctx, snapshot.State.Position); err != nil {
		return err
	}
	snapshot.Players = players
	if err := f.ledger.Load(snapshot.Contents); err != nil {
		return err
	}
	f.stored = snapshot.State.Position
	return nil
}

// reaches checks that the journal has what the database has. It looks after the
// database was read: others may have appended and saved meanwhile. A part of a cluster
// that has been cut off tells old news for some seconds.
func (f *Flusher) reaches(ctx context.Context, position uint64) error {
	for until := time.Now().Add(f.sharing.oldNews()); ; {
		last, err := f.last(ctx)
		switch {
		case err != nil:
			return err
		case last >= position:
			return nil
		case !time.Now().Before(until):
			return fmt.Errorf("load counts: the database is at event %d, but the journal ends at event %d: %w", position, last, ErrBehind)
		case !sleep(ctx, lookAgain):
			return ctx.Err()
		}
	}
}

// last returns the position of the journal's end. A cluster that is just choosing another
// leader is asked again.
func (f *Flusher) last(ctx context.Context) (uint64, error) {
	for {
		last, err := f.journal.Last(ctx)
		if err == nil {
			return last, nil
		}
		if f.sharing == nil || hopeless(err) || !sleep(ctx, recordEvery) {
			return 0, fmt.Errorf("read the journal: %w", err)
		}
	}
}

// errCaughtUp ends a replay.
var errCaughtUp = errors.New("caught up")

// catchUp folds what the journal has beyond the ledger's position.
func (f *Flusher) catchUp(ctx context.Context) error {
	last, err := f.last(ctx)
	if err != nil {
		return err
	}
	if f.ledger.Position() >= last {
		return nil
	}
	err = f.journal.Follow(ctx, f.ledger.Position(), func(position uint64, e journal.Event) error {
		_ = f.fold(position, e)
		if position >= last {
			return errCaughtUp
		}
		return nil
	})
	if !errors.Is(err, errCaughtUp) {
		return fmt.Errorf("replay the journal: %w", err)
	}
	return nil
}

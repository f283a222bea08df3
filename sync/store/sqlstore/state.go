package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"clickky/sync/game"
	"clickky/sync/store"
)

var errNoJournal = errors.New("a lease needs the name of a journal")

// State implements store.Store. Where rows can be locked, it locks the row, so a read-only server,
// such as a replica that lags behind, can't answer.
func (s *Store) State(ctx context.Context) (state store.State, err error) {
	err = s.retry(ctx, func() error {
		return s.d.Transaction(ctx, Settle, func(tx *sql.Tx) (err error) {
			state, err = s.lockState(ctx, tx)
			return err
		})
	})
	return state, s.d.Wrap("read the position", err)
}

// PeekState reads the state in a transaction, without waiting for others.
func (s *Store) PeekState(ctx context.Context, tx *sql.Tx) (store.State, error) {
	return s.readState(ctx, tx, "")
}

// lockState reads the state and locks it until the transaction ends. An UPDATE that had to wait for
// a lock would use the time at which it began to wait.
func (s *Store) lockState(ctx context.Context, tx *sql.Tx) (store.State, error) {
	return s.readState(ctx, tx, s.d.ForUpdate)
}

func (s *Store) readState(ctx context.Context, tx *sql.Tx, locking string) (state store.State, err error) {
	query := "SELECT `journal`, `position`, COALESCE(" + s.d.Unix(Microsecond, "`lease_until`") + " - " + s.d.Unix(Microsecond, s.d.Now) +
		", 0) FROM `clickky_state` WHERE `id` = 1" + locking
	var left int64
	err = tx.QueryRowContext(ctx, query).Scan(&state.Journal, &state.Position, &left)
	if errors.Is(err, sql.ErrNoRows) {
		return store.State{}, fmt.Errorf("the table clickky_state is empty: %w", err)
	}
	state.LeaseLeft = max(0, time.Duration(left)*time.Microsecond)
	return state, err
}

// Lease implements store.Store.
func (s *Store) Lease(ctx context.Context, journal string, position uint64, d time.Duration) (store.State, error) {
	var state store.State
	if journal == "" {
		return state, errNoJournal
	}
	err := s.retry(ctx, func() error {
		return s.write(ctx, func(tx *sql.Tx) (err error) {
			state, err = s.lease(ctx, tx, journal, position, d)
			return err
		})
	})
	return state, s.d.Wrap("lease the database", err)
}

func (s *Store) lease(ctx context.Context, tx *sql.Tx, journal string, position uint64, d time.Duration) (store.State, error) {
	state, err := s.lockState(ctx, tx)
	if err != nil {
		return store.State{}, err
	}
	state.Amended = state.Journal == journal+amendedMark
	switch {
	case state.Journal == journal:
	case state.Journal != "" && state.LeaseLeft > 0:
		return state, leaseError(state)
	case state.Journal != "" && !state.Amended:
		state.Position = position
	}
	state.Journal, state.LeaseLeft = journal, d
	set := "`journal` = ?, `position` = ?, `lease_until` = " + s.d.Later(s.d.Now)
	_, err = updateState(ctx, tx, set, "", state.Journal, state.Position, d.Microseconds())
	return state, err
}

// leaseError is the error if another journal holds the lease.
func leaseError(state store.State) error {
	return fmt.Errorf("%w: journal %s, for another %v", store.ErrLeased, state.Journal, state.LeaseLeft)
}

// releasedAgo is so far in the past that no correction of the database's clock revives a lease.
const releasedAgo = -24 * time.Hour

// Release implements store.Store.
func (s *Store) Release(ctx context.Context, journal string) error {
	err := s.retry(ctx, func() error {
		return s.write(ctx, func(tx *sql.Tx) error {
			_, err := updateState(ctx, tx, "`lease_until` = "+s.d.Later(s.d.Now), " AND `journal` = ?", releasedAgo.Microseconds(), journal)
			return err
		})
	})
	return s.d.Wrap("release the lease", err)
}

// movePosition is the compare-and-set of the position. It comes first, because it locks the row
// until the transaction ends: writers wait for each other here, and can't deadlock.
func (s *Store) movePosition(ctx context.Context, tx *sql.Tx, batch game.Checkpoint) error {
	if err := batch.Validate(); err != nil {
		return err
	}
	// An empty ID means no journal.
	const belongs = " AND `journal` = ? AND `journal` <> '' AND `position` = ?"
	result, err := updateState(ctx, tx, "`position` = ?", belongs, batch.To, batch.Journal, batch.From)
	if err != nil {
		return err
	}
	found, err := result.RowsAffected()
	if err != nil || found == 1 {
		return err
	}
	state, err := s.PeekState(ctx, tx)
	if err != nil {
		return err
	}
	return fmt.Errorf("%w: it is at %d of journal %q, but the batch starts at %d of journal %q",
		store.ErrMoved, state.Position, state.Journal, batch.From, batch.Journal)
}

// extendLease adds the duration of a slow Save to the lease. Save had locked the row, so the lease
// couldn't be renewed, and a server that waits to take over would be the first to see that it ran
// out.
func (s *Store) extendLease(ctx context.Context, tx *sql.Tx, begun time.Time) error {
	took := time.Since(begun)
	if took < time.Second {
		return nil
	}
	_, err := updateState(ctx, tx, "`lease_until` = "+s.d.Later("`lease_until`"), "", took.Microseconds())
	return err
}

// updateState sets columns of the one row, under an additional condition.
func updateState(ctx context.Context, tx *sql.Tx, set, and string, args ...any) (sql.Result, error) {
	// The parts are constants and expressions of the dialect.
	return tx.ExecContext(ctx, "UPDATE `clickky_state` SET "+set+" WHERE `id` = 1"+and, args...)
}

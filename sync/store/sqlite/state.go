package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"clickky/sync/game"
	"clickky/sync/store"
	"clickky/sync/store/internal/rows"
)

// now is the engine's clock in milliseconds of Unix time.
const now = "CAST(round(unixepoch('subsec') * 1000) AS INTEGER)"

const (
	selectState = "SELECT journal, position, max(0, lease_until - " + now + ") FROM clickky_state WHERE id = 1"

	setLease = "UPDATE clickky_state SET journal = ?, position = ?, lease_until = " + now + " + ? WHERE id = 1"
	endLease = "UPDATE clickky_state SET lease_until = 0 WHERE id = 1 AND journal = ?"

	// An empty journal is none, so nothing belongs to it.
	movePosition = "UPDATE clickky_state SET position = ?" +
		" WHERE id = 1 AND journal = ? AND journal <> '' AND position = ?"
)

var errNoJournal = errors.New("a lease needs the name of a journal")

// State implements store.Store. It takes its turn after a Save that is under
// way, unless the store is read-only.
func (s *Store) State(ctx context.Context) (state store.State, err error) {
	db := s.writer
	if db == nil {
		db = s.reader
	}
	err = transaction(ctx, db, func(tx *sql.Tx) error {
		if err := requireTables(ctx, tx, ownTables); err != nil {
			return err
		}
		state, err = readState(ctx, tx)
		return err
	})
	return state, wrap("read the position", err)
}

func readState(ctx context.Context, tx *sql.Tx) (state store.State, err error) {
	var left int64
	err = tx.QueryRowContext(ctx, selectState).Scan(&state.Journal, &state.Position, &left)
	if errors.Is(err, sql.ErrNoRows) {
		return store.State{}, fmt.Errorf("the table clickky_state is empty: %w", err)
	}
	state.LeaseLeft = time.Duration(left) * time.Millisecond
	return state, err
}

// Lease implements store.Store. The clock counts milliseconds.
func (s *Store) Lease(ctx context.Context, journal string, position uint64, d time.Duration) (store.State, error) {
	var state store.State
	if journal == "" {
		return state, errNoJournal
	}
	err := s.write(ctx, func(tx *sql.Tx) (err error) {
		state, err = lease(ctx, tx, journal, position, d)
		return err
	})
	return state, wrap("lease the database", err)
}

func lease(ctx context.Context, tx *sql.Tx, journal string, position uint64, d time.Duration) (store.State, error) {
	state, err := readState(ctx, tx)
	if err != nil {
		return store.State{}, err
	}
	state.Amended = rows.IsAmended(state.Journal, journal)
	if state.Journal != journal && state.Journal != "" && !state.Amended {
		if state.LeaseLeft > 0 {
			return state, fmt.Errorf("%w: journal %s, for another %v", store.ErrLeased, state.Journal, state.LeaseLeft)
		}
		state.Position = position
	}
	state.Journal, state.LeaseLeft = journal, d
	_, err = tx.ExecContext(ctx, setLease, state.Journal, state.Position, d.Milliseconds())
	return state, err
}

// Release implements store.Store.
func (s *Store) Release(ctx context.Context, journal string) error {
	return wrap("release the lease", s.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, endLease, journal)
		return err
	}))
}

// move is the compare-and-set of the position.
func move(ctx context.Context, tx *sql.Tx, batch game.Checkpoint) error {
	if err := batch.Validate(); err != nil {
		return err
	}
	result, err := tx.ExecContext(ctx, movePosition, batch.To, batch.Journal, batch.From)
	if err != nil {
		return err
	}
	found, err := result.RowsAffected()
	if err != nil || found == 1 {
		return err
	}
	state, err := readState(ctx, tx)
	if err != nil {
		return err
	}
	return fmt.Errorf("%w: it is at %d of journal %q, but the batch starts at %d of journal %q",
		store.ErrMoved, state.Position, state.Journal, batch.From, batch.Journal)
}

package mysql

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

// The lease ends at a moment in UTC, which no session's time zone changes. An
// UPDATE that had to wait for a lock takes the time at which it began to wait,
// so the row is always locked by an earlier statement.
const (
	selectState = "SELECT `journal`, `position`," +
		" COALESCE(TIMESTAMPDIFF(MICROSECOND, UTC_TIMESTAMP(6), `lease_until`), 0) FROM `clickky_state` WHERE `id` = 1"
	lockState = selectState + " FOR UPDATE"

	renewLease = "UPDATE `clickky_state` SET `lease_until` = UTC_TIMESTAMP(6) + INTERVAL ? MICROSECOND WHERE `id` = 1"
	takeLease  = "UPDATE `clickky_state` SET `journal` = ?, `position` = ?," +
		" `lease_until` = UTC_TIMESTAMP(6) + INTERVAL ? MICROSECOND WHERE `id` = 1"
	endLease = "UPDATE `clickky_state` SET `lease_until` = NULL WHERE `id` = 1 AND `journal` = ?"

	stretchLease = "UPDATE `clickky_state` SET `lease_until` = `lease_until` + INTERVAL ? MICROSECOND WHERE `id` = 1"

	// An empty journal is none, so nothing belongs to it.
	movePosition = "UPDATE `clickky_state` SET `position` = ?" +
		" WHERE `id` = 1 AND `journal` = ? AND `journal` <> '' AND `position` = ?"
)

var errNoJournal = errors.New("a lease needs the name of a journal")

// State implements store.Store. It asks for the lock of the row, so a server
// that is read-only, because it is a replica that lags behind for example,
// cannot answer.
func (s *Store) State(ctx context.Context) (state store.State, err error) {
	err = retry(ctx, func() error {
		return s.transaction(ctx, nil, func(tx *sql.Tx) (err error) {
			state, err = readState(ctx, tx, lockState)
			return err
		})
	})
	return state, s.wrap("read the position", err)
}

func readState(ctx context.Context, tx *sql.Tx, query string) (state store.State, err error) {
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
	err := retry(ctx, func() error {
		return s.write(ctx, func(tx *sql.Tx) (err error) {
			state, err = lease(ctx, tx, journal, position, d)
			return err
		})
	})
	return state, s.wrap("lease the database", err)
}

func lease(ctx context.Context, tx *sql.Tx, journal string, position uint64, d time.Duration) (store.State, error) {
	state, err := readState(ctx, tx, lockState)
	if err != nil {
		return store.State{}, err
	}
	state.Amended = rows.IsAmended(state.Journal, journal)
	switch {
	case state.Journal == journal:
		_, err = tx.ExecContext(ctx, renewLease, d.Microseconds())
	case state.Journal != "" && state.LeaseLeft > 0:
		return state, fmt.Errorf("%w: journal %s, for another %v", store.ErrLeased, state.Journal, state.LeaseLeft)
	default:
		if state.Journal != "" && !state.Amended {
			state.Position = position
		}
		state.Journal = journal
		_, err = tx.ExecContext(ctx, takeLease, state.Journal, state.Position, d.Microseconds())
	}
	state.LeaseLeft = d
	return state, err
}

// Release implements store.Store.
func (s *Store) Release(ctx context.Context, journal string) error {
	err := retry(ctx, func() error {
		return s.write(ctx, func(tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, endLease, journal)
			return err
		})
	})
	return s.wrap("release the lease", err)
}

// move is the compare-and-set of the position. It comes before anything else,
// so that the row is locked until the transaction ends: writers wait for each
// other here, and not crosswise.
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
	state, err := readState(ctx, tx, selectState)
	if err != nil {
		return err
	}
	return fmt.Errorf("%w: it is at %d of journal %q, but the batch starts at %d of journal %q",
		store.ErrMoved, state.Position, state.Journal, batch.From, batch.Journal)
}

// stretch adds to the lease the time since a Save began that took long. It has
// had the row locked, so the lease could not be renewed, and whoever waits to
// take over would be the first to see that it has run out.
func stretch(ctx context.Context, tx *sql.Tx, begun time.Time) error {
	took := time.Since(begun)
	if took < time.Second {
		return nil
	}
	_, err := tx.ExecContext(ctx, stretchLease, took.Microseconds())
	return err
}

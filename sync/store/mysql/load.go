package mysql

import (
	"context"
	"database/sql"
	"errors"

	"clickky/sync/game"
	"clickky/sync/store"
	"clickky/sync/store/internal/rows"
)

// These statements also read tables of the Node.js version that were never
// migrated: rows without a name are no players, and a count that is missing or
// negative is none. There the global count may be in a row with another id, or
// in several. Only selectPlayers asks for a column that those do not have, nor do
// the first versions; selectUnseen is for them.
const (
	selectPlayers = selectCounts + ", `clickky_seen`" + fromUsers
	selectUnseen  = selectCounts + ", 0" + fromUsers
	selectCounts  = "SELECT `username`, CASE WHEN `user_count` > 0 THEN `user_count` ELSE 0 END"
	fromUsers     = " FROM `users` WHERE `username` IS NOT NULL"
	selectTotal   = "SELECT COALESCE(MAX(CASE WHEN `id` = 1 AND `count` > 0 THEN `count` END)," +
		" MAX(CASE WHEN `count` > 0 THEN `count` END), 0) FROM `global_count`"
)

// Load implements store.Store. It needs no migrated tables; store.ErrNoTables is
// in the chain of its error when there are none at all, and store.ErrRefused when
// the server does not let us in.
func (s *Store) Load(ctx context.Context, yield func(game.Player) error) (store.Snapshot, error) {
	var snapshot store.Snapshot
	opts := &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
	err := s.transaction(ctx, opts, func(tx *sql.Tx) (err error) {
		snapshot, err = load(ctx, tx, yield)
		return err
	})
	if err != nil {
		return store.Snapshot{}, s.wrap("load counts", err)
	}
	return snapshot, nil
}

// load yields the players and reads the rest.
func load(ctx context.Context, tx *sql.Tx, yield func(game.Player) error) (snapshot store.Snapshot, err error) {
	aside, err := readOwn(ctx, tx, &snapshot)
	if err != nil {
		return snapshot, err
	}
	if err := tx.QueryRowContext(ctx, selectTotal).Scan(&snapshot.Total); err != nil {
		return snapshot, err
	}
	sum, err := rows.Load(ctx, tx, selectPlayers, aside, yield)
	if number(err) == codeNoColumn {
		sum, err = rows.Load(ctx, tx, selectUnseen, aside, yield)
	}
	snapshot.Total = max(snapshot.Total, sum)
	return snapshot, err
}

// readOwn reads the tables that older versions do not have, or not all of them if
// they are just being migrated, and returns the counts that are set aside. A
// statement that fails because there is no such table does not end the
// transaction.
func readOwn(ctx context.Context, tx *sql.Tx, snapshot *store.Snapshot) (aside map[string]uint64, err error) {
	missing := func(err error) bool { return number(err) == codeNoTable || errors.Is(err, sql.ErrNoRows) }
	if snapshot.State, err = readState(ctx, tx, selectState); err != nil && !missing(err) {
		return nil, err
	}
	if aside, err = countsAside(ctx, tx); err != nil && !missing(err) {
		return nil, err
	}
	if snapshot.Owners, err = rows.Owners(ctx, tx, selectKeys); err != nil && !missing(err) {
		return nil, err
	}
	if err = readActs(ctx, tx, snapshot); err != nil && !missing(err) {
		return nil, err
	}
	if snapshot.Preferences, err = rows.Choices(ctx, tx); err != nil && !missing(err) {
		return nil, err
	}
	return aside, nil
}

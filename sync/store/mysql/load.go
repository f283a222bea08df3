package mysql

import (
	"context"
	"database/sql"

	"clickky/sync/store"
)

// Both statements also read tables of the Node.js version that were never
// migrated: rows without a name are no players, and a count that is missing or
// negative is none. There the global count may be in a row with another id, or
// in several.
const (
	selectPlayers = "SELECT username, CASE WHEN user_count > 0 THEN user_count ELSE 0 END" +
		" FROM users WHERE username IS NOT NULL"
	selectTotal = "SELECT COALESCE(MAX(CASE WHEN id = 1 AND `count` > 0 THEN `count` END)," +
		" MAX(CASE WHEN `count` > 0 THEN `count` END), 0) FROM global_count"
)

// Load reads one consistent snapshot, row by row, and needs no migrated tables.
// store.ErrNoTables is in the chain of its error when there are none at all, and
// store.ErrRefused when the server does not let us in.
func (s *Store) Load(ctx context.Context, yield func(store.Player) error) (uint64, error) {
	var total uint64
	opts := &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
	err := s.transaction(ctx, opts, func(tx *sql.Tx) error {
		if err := tx.QueryRowContext(ctx, selectTotal).Scan(&total); err != nil {
			return err
		}
		sum, err := loadPlayers(ctx, tx, yield)
		total = max(total, sum)
		return err
	})
	if err != nil {
		return 0, wrap("load counts", err)
	}
	return total, nil
}

func loadPlayers(ctx context.Context, tx *sql.Tx, yield func(store.Player) error) (sum uint64, err error) {
	rows, err := tx.QueryContext(ctx, selectPlayers)
	if err != nil {
		return 0, err
	}
	defer func() { _ = rows.Close() }() // reading to the end or Err tells more
	for rows.Next() {
		var p store.Player
		if err := rows.Scan(&p.Name, &p.Clicks); err != nil {
			return 0, err
		}
		sum += p.Clicks
		if err := yield(p); err != nil {
			return 0, err
		}
	}
	return sum, rows.Err()
}

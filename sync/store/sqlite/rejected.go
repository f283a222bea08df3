package sqlite

import (
	"context"
	"database/sql"
	"strconv"
	"time"

	"clickky/sync/game"
	"clickky/sync/store"
)

const setAsideOne = "INSERT INTO clickky_rejected (username, user_count, reason, at) VALUES (?, ?, ?, ?)" +
	" ON CONFLICT (username) DO UPDATE SET user_count = excluded.user_count, reason = excluded.reason, at = excluded.at"

// Rejected implements store.Store.
func (s *Store) Rejected(ctx context.Context) (found []store.Rejected, err error) {
	err = transaction(ctx, s.reader, func(tx *sql.Tx) error {
		if err := requireTables(ctx, tx, ownTables); err != nil {
			return err
		}
		found, err = readRejected(ctx, tx)
		return err
	})
	return found, wrap("read rejected counts", err)
}

func readRejected(ctx context.Context, tx *sql.Tx) (found []store.Rejected, err error) {
	rows, err := tx.QueryContext(ctx, "SELECT username, user_count, reason, at FROM clickky_rejected ORDER BY username")
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // reading to the end or Err tells more
	for rows.Next() {
		var r store.Rejected
		var at int64
		if err := rows.Scan(&r.Name, &r.Clicks, &r.Reason, &at); err != nil {
			return nil, err
		}
		r.At = time.UnixMilli(at).UTC()
		found = append(found, r)
	}
	return found, rows.Err()
}

// countsAside reads the counts that are set aside.
func countsAside(ctx context.Context, tx *sql.Tx) (map[string]uint64, error) {
	found, err := readRejected(ctx, tx)
	if err != nil {
		return nil, err
	}
	counts := make(map[string]uint64, len(found))
	for _, r := range found {
		counts[r.Name] = r.Clicks
	}
	return counts, nil
}

// setAside brings clickky_rejected up to date: the players whom the database has
// just refused are in it, and those whom it took are not. It notes the time in
// rejected.
func setAside(ctx context.Context, tx *sql.Tx, players []game.Player, rejected []store.Rejected) error {
	before, err := countsAside(ctx, tx)
	if err != nil {
		return err
	}
	for _, r := range rejected {
		delete(before, r.Name)
	}
	for _, p := range players {
		if _, healed := before[p.Name]; !healed {
			continue
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM clickky_rejected WHERE username = ?", p.Name); err != nil {
			return err
		}
	}
	if len(rejected) == 0 {
		return nil
	}
	var at int64
	if err := tx.QueryRowContext(ctx, "SELECT "+now).Scan(&at); err != nil {
		return err
	}
	for i := range rejected {
		r := &rejected[i]
		r.At = time.UnixMilli(at).UTC()
		clicks := strconv.FormatUint(r.Clicks, 10)
		if _, err := tx.ExecContext(ctx, setAsideOne, r.Name, clicks, r.Reason, at); err != nil {
			return err
		}
	}
	return nil
}

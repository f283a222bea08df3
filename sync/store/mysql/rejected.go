package mysql

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"clickky/sync/game"
	"clickky/sync/store"
	"clickky/sync/store/internal/rows"
)

const (
	onKnownRejection = " ON DUPLICATE KEY UPDATE `user_count` = VALUES(`user_count`)," +
		" `reason` = VALUES(`reason`), `at` = VALUES(`at`)"

	// Times are read as numbers, since the driver would put them into whatever
	// time zone the operator's DSN says.
	selectNow      = "SELECT TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(6))"
	selectRejected = "SELECT `username`, `user_count`, `reason`, TIMESTAMPDIFF(MICROSECOND, '1970-01-01', `at`)" +
		" FROM `clickky_rejected` ORDER BY `username`"

	dateTime = "2006-01-02 15:04:05.000000"
)

// Rejected implements store.Store.
func (s *Store) Rejected(ctx context.Context) ([]store.Rejected, error) {
	rejected, err := s.rejected(ctx)
	return rejected, s.wrap("read rejected counts", err)
}

func (s *Store) rejected(ctx context.Context) (found []store.Rejected, err error) {
	rows, err := s.db.QueryContext(ctx, selectRejected)
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
		r.At = time.UnixMicro(at).UTC()
		found = append(found, r)
	}
	return found, rows.Err()
}

// setAside brings clickky_rejected up to date: the players whom the server has
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
	if err := forget(ctx, tx, before, players); err != nil || len(rejected) == 0 {
		return err
	}
	var now int64
	if err := tx.QueryRowContext(ctx, selectNow).Scan(&now); err != nil {
		return err
	}
	at := time.UnixMicro(now).UTC()
	for chunk := range slices.Chunk(rejected, rowsPerStatement) {
		var values []any
		for i := range chunk {
			r := &chunk[i]
			r.At = at
			// As bytes, because it may be the very letters of the name that
			// the server refuses.
			values = append(values, []byte(r.Name), r.Clicks, r.Reason, at.Format(dateTime))
		}
		const into = "`clickky_rejected` (`username`, `user_count`, `reason`, `at`)"
		if err := rows.Insert(ctx, tx, into, 4, values, onKnownRejection); err != nil {
			return err
		}
	}
	return nil
}

// forget removes those players who are set aside.
func forget(ctx context.Context, tx *sql.Tx, aside map[string]uint64, players []game.Player) error {
	var healed []any
	for _, p := range players {
		if _, ok := aside[p.Name]; ok {
			healed = append(healed, []byte(p.Name))
		}
	}
	for chunk := range slices.Chunk(healed, rowsPerStatement) {
		//nolint:gosec // G202: what is put together here are constants and question marks
		query := "DELETE FROM `clickky_rejected` WHERE `username` IN " + rows.Tuple(len(chunk))
		if _, err := tx.ExecContext(ctx, query, chunk...); err != nil {
			return err
		}
	}
	return nil
}

// countsAside reads the counts that are set aside.
func countsAside(ctx context.Context, tx *sql.Tx) (map[string]uint64, error) {
	rows, err := tx.QueryContext(ctx, "SELECT `username`, `user_count` FROM `clickky_rejected`")
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // reading to the end or Err tells more
	counts := map[string]uint64{}
	for rows.Next() {
		var name string
		var clicks uint64
		if err := rows.Scan(&name, &clicks); err != nil {
			return nil, err
		}
		counts[name] = clicks
	}
	return counts, rows.Err()
}

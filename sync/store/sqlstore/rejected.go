package sqlstore

import (
	"context"
	"database/sql"
	"slices"
	"strconv"
	"time"

	"clickky/sync/game"
	"clickky/sync/store"
)

// Rejected implements store.Store.
func (s *Store) Rejected(ctx context.Context) (found []store.Rejected, err error) {
	err = s.read(ctx, func(tx *sql.Tx) (err error) {
		found, err = s.readRejected(ctx, tx)
		return err
	})
	return found, s.d.Wrap("read rejected counts", err)
}

func (s *Store) readRejected(ctx context.Context, on Querier) ([]store.Rejected, error) {
	return All(ctx, on, func(row *sql.Rows, r *store.Rejected) error {
		var at int64
		err := row.Scan(&r.Name, &r.Clicks, &r.Reason, &at)
		r.At = time.UnixMicro(at).UTC()
		return err
	}, "SELECT `username`, `user_count`, `reason`, "+s.d.Unix(Microsecond, "`at`")+" FROM `clickky_rejected` ORDER BY `username`")
}

func (s *Store) rejectedCounts(ctx context.Context, on Querier) (map[string]uint64, error) {
	found, err := s.readRejected(ctx, on)
	counts := make(map[string]uint64, len(found))
	for _, r := range found {
		counts[r.Name] = r.Clicks
	}
	return counts, err
}

// setAside updates clickky_rejected: it adds players who were just rejected, and removes those who
// were accepted. It returns the added ones.
func (s *Store) setAside(ctx context.Context, tx *sql.Tx, players []game.Player, rejections []rejection[game.Player]) ([]store.Rejected, error) {
	before, err := s.rejectedCounts(ctx, tx)
	if err != nil {
		return nil, err
	}
	var known []any
	for _, p := range players {
		if _, ok := before[p.Name]; ok {
			known = append(known, s.d.Text(p.Name))
		}
	}
	err = deleteRows(ctx, tx, "clickky_rejected", "username", known)
	if err != nil || len(rejections) == 0 {
		return nil, err
	}
	//nolint:gosec // G202: an expression of the dialect
	query := "INSERT INTO `clickky_rejected` (`username`, `user_count`, `reason`, `at`) VALUES (?, ?, ?, " + s.d.Now + ")"
	rejected := map[string]bool{}
	for _, r := range rejections {
		// As text, because it may exceed SQLite's INTEGER.
		clicks := strconv.FormatUint(r.row.Clicks, 10)
		if _, err := tx.ExecContext(ctx, query, s.d.Text(r.row.Name), clicks, r.reason); err != nil {
			return nil, err
		}
		rejected[r.row.Name] = true
	}
	after, err := s.readRejected(ctx, tx)
	return slices.DeleteFunc(after, func(r store.Rejected) bool { return !rejected[r.Name] }), err
}

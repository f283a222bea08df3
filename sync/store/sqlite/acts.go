package sqlite

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
	selectBans = "SELECT target, until FROM clickky_bans"

	selectAudit = "SELECT id, at, who, fingerprint, what, target, why, was, became, undone_by FROM clickky_audit" +
		" WHERE ?1 = 0 OR id < ?1 ORDER BY id DESC LIMIT ?2"
)

// Audit implements store.Store.
func (s *Store) Audit(ctx context.Context, limit int, before uint64) (found []game.AuditRecord, err error) {
	err = transaction(ctx, s.reader, func(tx *sql.Tx) error {
		if err := requireTables(ctx, tx, actTables); err != nil {
			return err
		}
		found, err = rows.Audit(ctx, tx, selectAudit, before, limit)
		return err
	})
	return found, wrap("read the audit log", err)
}

// readActs reads what admins did.
func readActs(ctx context.Context, tx *sql.Tx, snapshot *store.Snapshot) (err error) {
	if snapshot.Bans, err = rows.Bans(ctx, tx, selectBans); err != nil {
		return err
	}
	snapshot.Records, err = rows.Audit(ctx, tx, selectAudit, 0, game.KeptRecords)
	slices.Reverse(snapshot.Records)
	return err
}

// saveActs writes what admins did.
func saveActs(ctx context.Context, tx *sql.Tx, batch game.Checkpoint) error {
	writer := rows.ActWriter{
		Tx:   tx,
		Text: func(s string) any { return s },
		Time: func(at time.Time) any { return at.Unix() },
	}
	return writer.Save(ctx, batch.Bans, batch.Records, rowsPerStatement)
}

// removePlayers removes the players who are gone, also from those set aside.
func removePlayers(ctx context.Context, tx *sql.Tx, names []string) error {
	for chunk := range slices.Chunk(names, rowsPerStatement) {
		values := make([]any, len(chunk))
		for i, name := range chunk {
			values[i] = name
		}
		for _, table := range []string{"users", "clickky_rejected"} {
			if err := rows.Delete(ctx, tx, table, "username", values); err != nil {
				return err
			}
		}
	}
	return nil
}

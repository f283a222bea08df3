package mysql

import (
	"context"
	"database/sql"
	"slices"
	"unicode/utf8"

	"clickky/sync/game"
	"clickky/sync/store"
	"clickky/sync/store/internal/rows"
)

// addActTables runs the fourth migration: the tables that say who is kept out,
// and what admins did. Like the first one it is complete wherever an earlier run
// ended.
func addActTables(ctx context.Context, tx *sql.Tx) error {
	for _, statement := range []string{
		"CREATE TABLE IF NOT EXISTS `clickky_bans` (" +
			"`target` VARBINARY(700) NOT NULL PRIMARY KEY," +
			"`until` DATETIME NOT NULL COMMENT 'UTC') ENGINE = InnoDB",
		"CREATE TABLE IF NOT EXISTS `clickky_audit` (" +
			"`id` BIGINT UNSIGNED NOT NULL PRIMARY KEY," +
			"`at` DATETIME NOT NULL COMMENT 'UTC'," +
			"`who` VARBINARY(700) NOT NULL," +
			"`fingerprint` VARBINARY(700) NOT NULL," +
			"`what` VARBINARY(100) NOT NULL," +
			"`target` VARBINARY(700) NOT NULL," +
			"`why` TEXT CHARACTER SET utf8mb4 NOT NULL," +
			"`was` MEDIUMTEXT CHARACTER SET utf8mb4 NOT NULL COMMENT 'JSON'," +
			"`became` MEDIUMTEXT CHARACTER SET utf8mb4 NOT NULL COMMENT 'JSON'," +
			"`undone_by` BIGINT UNSIGNED NOT NULL COMMENT '0: by none') ENGINE = InnoDB",
	} {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

const (
	selectBans = "SELECT `target`, TIMESTAMPDIFF(SECOND, '1970-01-01', `until`) FROM `clickky_bans`"

	selectAudit = "SELECT `id`, TIMESTAMPDIFF(SECOND, '1970-01-01', `at`), `who`, `fingerprint`, `what`, `target`, `why`, `was`, `became`," +
		" `undone_by` FROM `clickky_audit` WHERE ? = 0 OR `id` < ? ORDER BY `id` DESC LIMIT ?"
)

// Audit implements store.Store.
func (s *Store) Audit(ctx context.Context, limit int, before uint64) (found []game.AuditRecord, err error) {
	err = s.transaction(ctx, &sql.TxOptions{ReadOnly: true}, func(tx *sql.Tx) (err error) {
		found, err = rows.Audit(ctx, tx, selectAudit, before, before, limit)
		return err
	})
	return found, s.wrap("read the audit log", err)
}

// readActs reads what admins did.
func readActs(ctx context.Context, tx *sql.Tx, snapshot *store.Snapshot) (err error) {
	if snapshot.Bans, err = rows.Bans(ctx, tx, selectBans); err != nil {
		return err
	}
	snapshot.Records, err = rows.Audit(ctx, tx, selectAudit, 0, 0, game.KeptRecords)
	slices.Reverse(snapshot.Records)
	return err
}

// saveActs writes what admins did.
func saveActs(ctx context.Context, tx *sql.Tx, batch game.Checkpoint) error {
	writer := rows.ActWriter{Tx: tx, Text: asBytes, Time: inUTC}
	return writer.Save(ctx, batch.Bans, batch.Records, rowsPerStatement)
}

// removePlayers removes the players who are gone, also from those set aside. A
// row that matches by its key but not by its very name is another player's, as
// with saving. A name that is no text cannot have one, and must not be asked for.
func removePlayers(ctx context.Context, tx *sql.Tx, names []string) error {
	for chunk := range slices.Chunk(names, rowsPerStatement) {
		var texts, exact, all []any
		for _, name := range chunk {
			all = append(all, asBytes(name))
			if utf8.ValidString(name) {
				texts, exact = append(texts, name), append(exact, asBytes(name))
			}
		}
		if len(texts) > 0 {
			//nolint:gosec // G202: what is put together here are constants and question marks
			query := "DELETE FROM `users` WHERE `username` IN " + rows.Tuple(len(texts)) +
				" AND CAST(`username` AS BINARY) IN " + rows.Tuple(len(texts))
			if _, err := tx.ExecContext(ctx, query, append(texts, exact...)...); err != nil {
				return err
			}
		}
		if err := rows.Delete(ctx, tx, "clickky_rejected", "username", all); err != nil {
			return err
		}
	}
	return nil
}

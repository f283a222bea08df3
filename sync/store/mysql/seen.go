package mysql

import (
	"context"
	"database/sql"
	"fmt"
)

// seenColumn says when a player was last seen. Its name says whose it is: somebody
// may have added a column of their own to a table that was taken over. Because of
// the default, a server of an older version still inserts its players.
//
// No algorithm is named, so that the server takes the quickest that the table
// allows: with nearly all tables that is one which touches no row.
const seenColumn = "ALTER TABLE `users` ADD COLUMN `clickky_seen` INT UNSIGNED NOT NULL DEFAULT 0" +
	" COMMENT 'seconds since 1970; 0: not known'"

// addSeenColumn runs the sixth migration. Like the first one it is complete wherever
// an earlier run ended.
func addSeenColumn(ctx context.Context, tx *sql.Tx) error {
	const query = "SELECT COUNT(*) FROM `information_schema`.`COLUMNS`" +
		" WHERE `TABLE_SCHEMA` = DATABASE() AND `TABLE_NAME` = 'users' AND `COLUMN_NAME` = 'clickky_seen'"
	var found int
	if err := tx.QueryRowContext(ctx, query).Scan(&found); err != nil {
		return fmt.Errorf("find the column clickky_seen: %w", err)
	}
	if found > 0 {
		return nil
	}
	_, err := tx.ExecContext(ctx, seenColumn)
	return err
}

package mysql

import (
	"context"
	"database/sql"
)

// addJournalTables runs the second migration: the tables that say which journal
// the counts belong to, and whose counts are set aside. Like the first one it is
// complete wherever an earlier run ended.
func addJournalTables(ctx context.Context, tx *sql.Tx) error {
	collation, err := binaryCollation(ctx, tx)
	if err != nil {
		return err
	}
	for _, statement := range []string{
		"CREATE TABLE IF NOT EXISTS `clickky_state` (" +
			"`id` TINYINT UNSIGNED NOT NULL PRIMARY KEY," +
			"`journal` VARCHAR(255) CHARACTER SET utf8mb4 COLLATE " + collation + " NOT NULL DEFAULT ''," +
			"`position` BIGINT UNSIGNED NOT NULL DEFAULT 0," +
			"`lease_until` DATETIME(6) NULL COMMENT 'UTC') ENGINE = InnoDB",
		"INSERT INTO `clickky_state` (`id`) VALUES (1) ON DUPLICATE KEY UPDATE `id` = VALUES(`id`)",
		// Room for names that users has none for, and for any bytes.
		"CREATE TABLE IF NOT EXISTS `clickky_rejected` (" +
			"`username` VARBINARY(700) NOT NULL PRIMARY KEY," +
			"`user_count` BIGINT UNSIGNED NOT NULL," +
			"`reason` VARCHAR(500) CHARACTER SET utf8mb4 NOT NULL," +
			"`at` DATETIME(6) NOT NULL COMMENT 'UTC') ENGINE = InnoDB",
	} {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

// seenColumn says when a player was last seen. Its name says whose it is: somebody
// may have added a column of their own to a table that was taken over. Because of
// the default, a server of an older version still inserts its players.
//
// No algorithm is named, so that the server takes the quickest that the table
// allows: with nearly all tables that is one which touches no row.
const seenColumn = "ALTER TABLE `users` ADD COLUMN `clickky_seen` INT UNSIGNED NOT NULL DEFAULT 0" +
	" COMMENT 'seconds since 1970; 0: not known'"

// addSeenColumn runs the sixth migration. It does nothing if an earlier run has added the column.
func addSeenColumn(ctx context.Context, on execer) error {
	if _, err := on.ExecContext(ctx, seenColumn); err != nil && number(err) != codeColumnExists {
		return err
	}
	return nil
}

package mysql

import (
	"context"
	"database/sql"
)

// addJournalTables is the second migration: the tables for the journal's position and the rejected
// counts. Like the first one, it completes an earlier run.
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
		// Has room for names that don't fit into users, and for any bytes.
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

// seenColumn adds the time when a player was last seen. Its prefix says whose it is, because
// somebody may have added their own column to a table that was taken over. Because of the default,
// older servers can still insert players.
//
// No algorithm is named, so the server uses the fastest possible: for nearly all tables one that
// touches no row.
const seenColumn = "ALTER TABLE `users` ADD COLUMN `clickky_seen` INT UNSIGNED NOT NULL DEFAULT 0" +
	" COMMENT 'seconds since 1970; 0: not known'"

// addSeenColumn is the sixth migration. It does nothing if the column exists.
func addSeenColumn(ctx context.Context, on execer) error {
	if _, err := on.ExecContext(ctx, seenColumn); err != nil && errorNumber(err) != codeColumnExists {
		return err
	}
	return nil
}

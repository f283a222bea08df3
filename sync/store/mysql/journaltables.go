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

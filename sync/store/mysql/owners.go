package mysql

import (
	"context"
	"database/sql"
	"time"

	"clickky/sync/game"
	"clickky/sync/store/internal/rows"
)

// addKeyTables runs the third migration: the tables that say which keys own
// which names, and which are to. Like the first one it is complete wherever an
// earlier run ended.
func addKeyTables(ctx context.Context, tx *sql.Tx) error {
	for _, statement := range []string{
		// Bytes, because they are what is compared. Names are as long as those
		// that are set aside may be.
		"CREATE TABLE IF NOT EXISTS `clickky_keys` (" +
			"`username` VARBINARY(700) NOT NULL," +
			"`fingerprint` VARBINARY(100) NOT NULL," +
			"`bound` BOOLEAN NOT NULL," +
			"`since` DATETIME NOT NULL COMMENT 'UTC'," +
			"PRIMARY KEY (`username`, `fingerprint`)) ENGINE = InnoDB",
		"CREATE TABLE IF NOT EXISTS `clickky_bindings` (" +
			"`id` BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY," +
			"`username` VARBINARY(700) NOT NULL," +
			"`fingerprint` VARBINARY(100) NOT NULL," +
			"`sole` BOOLEAN NOT NULL) ENGINE = InnoDB",
	} {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

// In the order of the primary key, which has the keys of a name together.
const selectKeys = "SELECT `username`, `fingerprint`, `bound`, TIMESTAMPDIFF(SECOND, '1970-01-01', `since`)" +
	" FROM `clickky_keys` ORDER BY `username`, `fingerprint`"

// saveOwners writes the keys of the names that changed.
func saveOwners(ctx context.Context, tx *sql.Tx, owners []game.Owner) error {
	writer := rows.OwnerWriter{
		Tx:   tx,
		Text: asBytes,
		Time: inUTC,
	}
	return writer.Save(ctx, owners, rowsPerStatement)
}

// asBytes keeps the server from looking for letters in what is compared byte for
// byte anyway.
func asBytes(s string) any { return []byte(s) }

// inUTC is a moment as what the driver puts into no time zone.
func inUTC(at time.Time) any { return at.UTC().Format(time.DateTime) }

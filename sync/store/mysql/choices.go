package mysql

import (
	"context"
	"database/sql"
)

// addChoiceTable runs the fifth migration: the table that says what players have
// chosen. Like the first one it is complete wherever an earlier run ended.
func addChoiceTable(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, "CREATE TABLE IF NOT EXISTS `clickky_choices` ("+
		"`username` VARBINARY(700) NOT NULL PRIMARY KEY,"+
		"`choice` VARBINARY(100) NOT NULL) ENGINE = InnoDB")
	return err
}

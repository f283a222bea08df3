package rows

import (
	"context"
	"database/sql"
	"strings"
)

// Insert writes rows in one statement; values has those of the first row in the
// order of the columns, then those of the second, and so on. The clause onKnown
// says what becomes of rows that are there. Without values nothing is done.
func Insert(ctx context.Context, tx *sql.Tx, into string, columns int, values []any, onKnown string) error {
	if len(values) == 0 {
		return nil
	}
	_, err := tx.ExecContext(ctx, Insertion(into, columns, len(values)/columns, onKnown), values...)
	return err
}

// Insertion is the statement of Insert for so many rows.
func Insertion(into string, columns, rows int, onKnown string) string {
	row := Tuple(columns)
	return "INSERT INTO " + into + " VALUES " + strings.Repeat(row+",", rows-1) + row + onKnown
}

// Tuple returns n placeholders in parentheses.
func Tuple(n int) string {
	return "(" + strings.Repeat("?,", n-1) + "?)"
}

// Delete removes the rows of a table in which a column has one of the values, in
// one statement.
func Delete(ctx context.Context, tx *sql.Tx, from, column string, values []any) error {
	if len(values) == 0 {
		return nil
	}
	//nolint:gosec // G202: what is put together here are constants and question marks
	_, err := tx.ExecContext(ctx, "DELETE FROM `"+from+"` WHERE `"+column+"` IN "+Tuple(len(values)), values...)
	return err
}

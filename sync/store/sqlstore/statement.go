package sqlstore

import (
	"context"
	"database/sql"
	"strings"
)

// rowsPerStatement keeps a statement far below what databases limit: 32,766 placeholders, and
// 1 MB in the smallest packet that is configured anywhere. More rows make nothing faster.
const rowsPerStatement = 500

// Querier is a sql.DB, a sql.Conn or a sql.Tx.
type Querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// Each calls scan for each row that a query finds. An error of scan ends it.
func Each(ctx context.Context, on Querier, scan func(*sql.Rows) error, query string, args ...any) error {
	rows, err := on.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // reading to the end or Err tells more
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// transaction is a sql.Tx, or one that prepares.
type transaction interface {
	Querier
	ExecContext(ctx context.Context, statement string, args ...any) (sql.Result, error)
}

// preparing is a transaction that prepares long statements, once: where each execution would parse
// them again, that takes a quarter of the time.
type preparing struct {
	tx         *sql.Tx
	statements map[string]*sql.Stmt
}

func (p *preparing) prepare(ctx context.Context, statement string) (err error) {
	if p.statements[statement] == nil {
		p.statements[statement], err = p.tx.PrepareContext(ctx, statement) //nolint:sqlclosecheck // the transaction closes it
	}
	return err
}

// QueryContext implements Querier.
func (p *preparing) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if len(args) < rowsPerStatement {
		return p.tx.QueryContext(ctx, query, args...)
	}
	if err := p.prepare(ctx, query); err != nil {
		return nil, err
	}
	return p.statements[query].QueryContext(ctx, args...)
}

// ExecContext implements transaction.
func (p *preparing) ExecContext(ctx context.Context, statement string, args ...any) (sql.Result, error) {
	if len(args) < rowsPerStatement {
		return p.tx.ExecContext(ctx, statement, args...)
	}
	if err := p.prepare(ctx, statement); err != nil {
		return nil, err
	}
	return p.statements[statement].ExecContext(ctx, args...)
}

// insert writes rows in one statement; values has those of the first row in the order of the
// columns, then those of the second, and so on. The clause onKnown says what becomes of rows that
// are there. Without values nothing is done.
func insert(ctx context.Context, tx transaction, into string, columns int, values []any, onKnown string) error {
	if len(values) == 0 {
		return nil
	}
	row := tuple(columns)
	rows := strings.Repeat(row+",", len(values)/columns-1) + row
	_, err := tx.ExecContext(ctx, "INSERT INTO "+into+" VALUES "+rows+onKnown, values...)
	return err
}

// tuple returns n placeholders in parentheses.
func tuple(n int) string {
	return "(" + strings.Repeat("?,", n-1) + "?)"
}

// remove removes the rows of a table in which a column has one of the values, in one statement.
func remove(ctx context.Context, tx *sql.Tx, from, column string, values []any) error {
	if len(values) == 0 {
		return nil
	}
	//nolint:gosec // G202: what is put together here are constants and question marks
	_, err := tx.ExecContext(ctx, "DELETE FROM `"+from+"` WHERE `"+column+"` IN "+tuple(len(values)), values...)
	return err
}

// anys converts what a statement is given.
func anys[T any](from []T, to func(T) any) []any {
	values := make([]any, len(from))
	for i, value := range from {
		values[i] = to(value)
	}
	return values
}

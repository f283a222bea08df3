package sqlstore

import (
	"context"
	"database/sql"
	"slices"
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

// All returns what scan makes of each row that a query finds.
func All[T any](ctx context.Context, on Querier, scan func(*sql.Rows, *T) error, query string, args ...any) (all []T, err error) {
	err = Each(ctx, on, func(row *sql.Rows) error {
		var one T
		err := scan(row, &one)
		all = append(all, one)
		return err
	}, query, args...)
	return all, err
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

// insert writes rows; values has those of the first row in the order of the columns, then those of the
// second, and so on. The clause onKnown says what becomes of rows that are there.
func insert(ctx context.Context, tx transaction, table string, columns []string, values []any, onKnown string) error {
	into := "INSERT INTO `" + table + "` (`" + strings.Join(columns, "`, `") + "`) VALUES "
	row := tuple(len(columns))
	for chunk := range slices.Chunk(values, rowsPerStatement*len(columns)) {
		rows := strings.Repeat(row+",", len(chunk)/len(columns)-1) + row
		if _, err := tx.ExecContext(ctx, into+rows+onKnown, chunk...); err != nil {
			return err
		}
	}
	return nil
}

// tuple returns n placeholders in parentheses.
func tuple(n int) string {
	return "(" + strings.Repeat("?,", n-1) + "?)"
}

// remove removes the rows of a table in which a column has one of the values.
func remove(ctx context.Context, tx transaction, table, column string, values []any) error {
	for chunk := range slices.Chunk(values, rowsPerStatement) {
		// What is put together here are constants and question marks.
		_, err := tx.ExecContext(ctx, "DELETE FROM `"+table+"` WHERE `"+column+"` IN "+tuple(len(chunk)), chunk...)
		if err != nil {
			return err
		}
	}
	return nil
}

// replace removes the rows that belong to some things from a table, whose first column says to which
// they belong, and inserts those that there are now: rows returns their values, after one another.
func replace[T any](
	ctx context.Context, tx transaction, table string, things []T, key func(T) any, rows func(T) ([]any, error),
) error {
	var values []any
	for _, thing := range things {
		more, err := rows(thing)
		if err != nil {
			return err
		}
		values = append(values, more...)
	}
	columns := Columns[table]
	if err := remove(ctx, tx, table, columns[0], anys(things, key)); err != nil {
		return err
	}
	return insert(ctx, tx, table, columns, values, "")
}

// anys converts what a statement is given.
func anys[T any](from []T, to func(T) any) []any {
	values := make([]any, len(from))
	for i, value := range from {
		values[i] = to(value)
	}
	return values
}

package sqlstore

import (
	"context"
	"database/sql"
	"slices"
	"strings"
)

// rowsPerStatement keeps a statement far below the limits of databases: 32,766 placeholders, and 1
// MB in the smallest packet limit of any configuration. More rows aren't faster.
const rowsPerStatement = 500

// Querier is a sql.DB, a sql.Conn or a sql.Tx.
type Querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// Each calls scan for each row of a query. An error of scan ends it.
func Each(ctx context.Context, on Querier, scan func(*sql.Rows) error, query string, args ...any) error {
	rows, err := on.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // Err reports more
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// All returns what scan makes of each row of a query.
func All[T any](ctx context.Context, on Querier, scan func(*sql.Rows, *T) error, query string, args ...any) (all []T, err error) {
	err = Each(ctx, on, func(row *sql.Rows) error {
		var one T
		err := scan(row, &one)
		all = append(all, one)
		return err
	}, query, args...)
	return all, err
}

// unsigned is an integer of a row. For a uint64, database/sql would convert the integer to text and
// back.
type unsigned uint64

// Scan implements sql.Scanner.
func (u *unsigned) Scan(value any) error {
	if n, ok := value.(int64); ok && n >= 0 {
		*u = unsigned(n)
		return nil
	}
	var n sql.Null[uint64]
	err := n.Scan(value)
	*u = unsigned(n.V)
	return err
}

// transaction is a sql.Tx or a preparedTx.
type transaction interface {
	Querier
	ExecContext(ctx context.Context, statement string, args ...any) (sql.Result, error)
}

// preparedTx prepares long statements once: where each execution would parse them again, that takes
// a quarter of the time.
type preparedTx struct {
	tx         *sql.Tx
	statements map[string]*sql.Stmt
}

func (p *preparedTx) prepare(ctx context.Context, statement string) (err error) {
	if p.statements[statement] == nil {
		p.statements[statement], err = p.tx.PrepareContext(ctx, statement) //nolint:sqlclosecheck // the transaction closes it
	}
	return err
}

// QueryContext implements Querier.
func (p *preparedTx) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if len(args) < rowsPerStatement {
		return p.tx.QueryContext(ctx, query, args...)
	}
	if err := p.prepare(ctx, query); err != nil {
		return nil, err
	}
	return p.statements[query].QueryContext(ctx, args...)
}

// ExecContext implements transaction.
func (p *preparedTx) ExecContext(ctx context.Context, statement string, args ...any) (sql.Result, error) {
	if len(args) < rowsPerStatement {
		return p.tx.ExecContext(ctx, statement, args...)
	}
	if err := p.prepare(ctx, statement); err != nil {
		return nil, err
	}
	return p.statements[statement].ExecContext(ctx, args...)
}

// insertRows inserts rows. values has the first row's values in the order of the columns, then the
// second row's, and so on. onKnown says what to do with existing rows.
func insertRows(ctx context.Context, tx transaction, table string, columns []string, values []any, onKnown string) error {
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

// deleteRows deletes the rows whose column has one of the values.
func deleteRows(ctx context.Context, tx transaction, table, column string, values []any) error {
	for chunk := range slices.Chunk(values, rowsPerStatement) {
		// The parts are constants and question marks.
		_, err := tx.ExecContext(ctx, "DELETE FROM `"+table+"` WHERE `"+column+"` IN "+tuple(len(chunk)), chunk...)
		if err != nil {
			return err
		}
	}
	return nil
}

// replaceRows replaces the rows of some things in a table whose first column identifies the thing.
// rows returns a thing's values, row after row.
func replaceRows[T any](
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
	if err := deleteRows(ctx, tx, table, columns[0], toAny(things, key)); err != nil {
		return err
	}
	return insertRows(ctx, tx, table, columns, values, "")
}

// toAny converts values to arguments of a statement.
func toAny[T any](from []T, to func(T) any) []any {
	values := make([]any, len(from))
	for i, value := range from {
		values[i] = to(value)
	}
	return values
}

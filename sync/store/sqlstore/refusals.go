package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
)

// writer writes rows in a transaction that may be refused some of them.
type writer[Row any] struct {
	tx *sql.Tx
	// write writes some rows, in any number of statements.
	write func(ctx context.Context, rows []Row) error
	// refused tells whether an error of write is about the rows, so that writing the same again
	// would always fail, and others need not.
	refused func(error) bool

	refusals []refusal[Row]
}

// refusal is a row that the database refuses, and why, in one line.
type refusal[Row any] struct {
	row    Row
	reason string
}

// saveAccepted writes all rows, a chunk at a time, and returns those that were refused. An error
// of any other kind ends it.
func (w *writer[Row]) saveAccepted(ctx context.Context, rows []Row) ([]refusal[Row], error) {
	for chunk := range slices.Chunk(rows, rowsPerStatement) {
		if err := w.save(ctx, chunk); err != nil {
			return nil, err
		}
	}
	return w.refusals, nil
}

// save halves what is refused until single rows are left. The savepoint undoes what the other
// statements of a refused write have done. It also shows that the transaction is still there:
// after an error that ended it, what follows would be written without one, but going back to the
// savepoint fails.
func (w *writer[Row]) save(ctx context.Context, rows []Row) error {
	if err := w.exec(ctx, "SAVEPOINT `attempt`"); err != nil {
		return err
	}
	refused := w.write(ctx, rows)
	if refused != nil {
		if !w.refused(refused) {
			return refused
		}
		if err := w.exec(ctx, "ROLLBACK TO SAVEPOINT `attempt`"); err != nil {
			return fmt.Errorf("%w; and rollback: %w", refused, err)
		}
	}
	if err := w.exec(ctx, "RELEASE SAVEPOINT `attempt`"); err != nil || refused == nil {
		return err
	}
	if len(rows) == 1 {
		w.refusals = append(w.refusals, refusal[Row]{rows[0], reason(refused)})
		return nil
	}
	half := len(rows) / 2
	if err := w.save(ctx, rows[:half]); err != nil {
		return err
	}
	return w.save(ctx, rows[half:])
}

func (w *writer[Row]) exec(ctx context.Context, statement string) error {
	_, err := w.tx.ExecContext(ctx, statement)
	return err
}

// reasonLength is how many letters of an error there is room for.
const reasonLength = 500

// reason is an error in one line that a database can hold. Databases repeat what they were sent,
// but were sent no secret here.
func reason(err error) string {
	text := []rune(strings.Join(strings.Fields(strings.ToValidUTF8(err.Error(), "\uFFFD")), " "))
	return string(text[:min(len(text), reasonLength)])
}

package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
)

// writer writes rows in a transaction and skips those that the database rejects.
type writer[Row any] struct {
	tx *sql.Tx
	// write writes some rows, in any number of statements.
	write func(ctx context.Context, rows []Row) error
	// isRejected reports whether an error of write is about the rows: the same rows would always
	// fail, but others may not.
	isRejected func(error) bool

	rejections []rejection[Row]
}

// rejection is a row that the database rejects, and the reason in one line.
type rejection[Row any] struct {
	row    Row
	reason string
}

// saveAccepted writes all rows in chunks, and returns the rejected ones. Any other error ends it.
func (w *writer[Row]) saveAccepted(ctx context.Context, rows []Row) ([]rejection[Row], error) {
	for chunk := range slices.Chunk(rows, rowsPerStatement) {
		if err := w.save(ctx, chunk); err != nil {
			return nil, err
		}
	}
	return w.rejections, nil
}

// save splits rejected rows in halves until single rows are left. The savepoint undoes the other
// statements of a rejected write. It also proves that the transaction still exists: after an error
// that ended it, later statements would run without one, but the rollback to the savepoint fails.
func (w *writer[Row]) save(ctx context.Context, rows []Row) error {
	if err := w.exec(ctx, "SAVEPOINT `attempt`"); err != nil {
		return err
	}
	refused := w.write(ctx, rows)
	if refused != nil {
		if !w.isRejected(refused) {
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
		w.rejections = append(w.rejections, rejection[Row]{rows[0], rejectionReason(refused)})
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

// maxReasonLength is the maximum length of a reason, in characters.
const maxReasonLength = 500

// rejectionReason converts an error to one line for the database. Databases quote what they were
// sent, but no secret was sent here.
func rejectionReason(err error) string {
	text := []rune(strings.Join(strings.Fields(strings.ToValidUTF8(err.Error(), "\uFFFD")), " "))
	return string(text[:min(len(text), maxReasonLength)])
}

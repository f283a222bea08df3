package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
)

// rejection is a row that the database rejects, and the reason in one line.
type rejection[Row any] struct {
	row    Row
	reason string
}

// saveAccepted writes rows with write, which may use any number of statements, and returns those that
// the database rejects. Any other error ends it.
func saveAccepted[Row any](
	ctx context.Context, s *Store, tx *sql.Tx, rows []Row, write func(context.Context, []Row) error,
) (rejections []rejection[Row], err error) {
	exec := func(statement string) error {
		_, err := tx.ExecContext(ctx, statement)
		return err
	}
	// save splits rejected rows in halves until single rows are left. The savepoint undoes the other
	// statements of a rejected write. It also proves that the transaction still exists: after an error
	// that ended it, later statements would run without one, but the rollback to the savepoint fails.
	var save func(rows []Row) error
	save = func(rows []Row) error {
		if err := exec("SAVEPOINT `attempt`"); err != nil {
			return err
		}
		refused := write(ctx, rows)
		if refused != nil {
			if !s.isRejected(refused) {
				return refused
			}
			if err := exec("ROLLBACK TO SAVEPOINT `attempt`"); err != nil {
				return fmt.Errorf("%w; and rollback: %w", refused, err)
			}
		}
		if err := exec("RELEASE SAVEPOINT `attempt`"); err != nil || refused == nil {
			return err
		}
		if len(rows) == 1 {
			rejections = append(rejections, rejection[Row]{rows[0], rejectionReason(refused)})
			return nil
		}
		half := len(rows) / 2
		if err := save(rows[:half]); err != nil {
			return err
		}
		return save(rows[half:])
	}
	for chunk := range slices.Chunk(rows, rowsPerStatement) {
		if err := save(chunk); err != nil {
			return nil, err
		}
	}
	return rejections, nil
}

// maxReasonLength is the maximum length of a reason, in characters.
const maxReasonLength = 500

// rejectionReason converts an error to one line for the database. Databases quote what they were
// sent, but no secret was sent here.
func rejectionReason(err error) string {
	text := []rune(strings.Join(strings.Fields(strings.ToValidUTF8(err.Error(), "\uFFFD")), " "))
	return string(text[:min(len(text), maxReasonLength)])
}

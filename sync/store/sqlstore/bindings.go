package sqlstore

import (
	"context"
	"database/sql"

	"clickky/sync/store"
)

// RequestBinding implements store.Store.
func (s *Store) RequestBinding(ctx context.Context, b store.Binding) (id uint64, err error) {
	const query = "INSERT INTO `clickky_bindings` (`username`, `fingerprint`, `sole`) VALUES (?, ?, ?)"
	var last int64
	err = s.writeInTurn(ctx, func(tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, query, s.d.Text(b.Name), s.d.Text(b.Fingerprint), b.Sole)
		if err != nil {
			return err
		}
		last, err = result.LastInsertId()
		return err
	})
	if err != nil {
		return 0, s.d.Wrap("request a key binding", err)
	}
	return uint64(last), nil
}

// Bindings implements store.Store.
func (s *Store) Bindings(ctx context.Context) (found []store.Binding, err error) {
	err = s.read(ctx, func(tx *sql.Tx) error {
		found, err = readBindings(ctx, tx)
		return err
	})
	return found, s.d.Wrap("read key bindings", err)
}

func readBindings(ctx context.Context, tx *sql.Tx) ([]store.Binding, error) {
	return All(ctx, tx, func(row *sql.Rows, b *store.Binding) error {
		return row.Scan(&b.ID, &b.Name, &b.Fingerprint, &b.Sole)
	}, "SELECT `id`, `username`, `fingerprint`, `sole` FROM `clickky_bindings` ORDER BY `id`")
}

// TakeBindings implements store.Store.
func (s *Store) TakeBindings(ctx context.Context, carryOut func([]store.Binding) []uint64) error {
	return s.d.Wrap("take key bindings", s.writeInTurn(ctx, func(tx *sql.Tx) error {
		found, err := readBindings(ctx, tx)
		if err != nil {
			return err
		}
		done := toAny(carryOut(found), func(id uint64) any { return id })
		return deleteRows(ctx, tx, "clickky_bindings", "id", done)
	}))
}

// writeInTurn is write for one transaction at a time: others wait for the COMMIT. So a binding is
// visible before another one gets a larger ID.
func (s *Store) writeInTurn(ctx context.Context, do func(*sql.Tx) error) error {
	return s.retry(ctx, func() error {
		return s.write(ctx, func(tx *sql.Tx) error {
			if _, err := s.lockState(ctx, tx); err != nil {
				return err
			}
			return do(tx)
		})
	})
}

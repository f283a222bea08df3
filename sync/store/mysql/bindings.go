package mysql

import (
	"context"
	"database/sql"

	"clickky/sync/store"
	"clickky/sync/store/internal/rows"
)

// RequestBinding implements store.Store.
func (s *Store) RequestBinding(ctx context.Context, b store.Binding) (id uint64, err error) {
	err = s.writeInTurn(ctx, func(tx *sql.Tx) (err error) {
		id, err = rows.AddBinding(ctx, tx, asBytes(b.Name), asBytes(b.Fingerprint), b.Sole)
		return err
	})
	if err != nil {
		return 0, s.wrap("request a key binding", err)
	}
	return id, nil
}

// Bindings implements store.Store.
func (s *Store) Bindings(ctx context.Context) (found []store.Binding, err error) {
	err = s.transaction(ctx, &sql.TxOptions{ReadOnly: true}, func(tx *sql.Tx) (err error) {
		found, err = rows.Bindings(ctx, tx)
		return err
	})
	return found, s.wrap("read key bindings", err)
}

// ForgetBindings implements store.Store.
func (s *Store) ForgetBindings(ctx context.Context, ids ...uint64) error {
	if len(ids) == 0 {
		return nil
	}
	return s.wrap("delete key bindings", s.writeInTurn(ctx, func(tx *sql.Tx) error {
		return rows.RemoveBindings(ctx, tx, ids, rowsPerStatement)
	}))
}

// writeInTurn is write for one at a time: whoever comes second waits for the
// other's COMMIT. So a binding is there before another one gets a larger ID.
func (s *Store) writeInTurn(ctx context.Context, do func(*sql.Tx) error) error {
	return retry(ctx, func() error {
		return s.write(ctx, func(tx *sql.Tx) error {
			if _, err := readState(ctx, tx, lockState); err != nil {
				return err
			}
			return do(tx)
		})
	})
}

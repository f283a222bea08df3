package sqlite

import (
	"context"
	"database/sql"

	"clickky/sync/store"
	"clickky/sync/store/internal/rows"
)

// RequestBinding implements store.Store.
func (s *Store) RequestBinding(ctx context.Context, b store.Binding) (id uint64, err error) {
	err = s.write(ctx, func(tx *sql.Tx) error {
		if err := requireTables(ctx, tx, keyTables); err != nil {
			return err
		}
		id, err = rows.AddBinding(ctx, tx, b.Name, b.Fingerprint, b.Sole)
		return err
	})
	if err != nil {
		return 0, wrap("request a key binding", err)
	}
	return id, nil
}

// Bindings implements store.Store.
func (s *Store) Bindings(ctx context.Context) (found []store.Binding, err error) {
	err = transaction(ctx, s.reader, func(tx *sql.Tx) error {
		if err := requireTables(ctx, tx, keyTables); err != nil {
			return err
		}
		found, err = rows.Bindings(ctx, tx)
		return err
	})
	return found, wrap("read key bindings", err)
}

// ForgetBindings implements store.Store.
func (s *Store) ForgetBindings(ctx context.Context, ids ...uint64) error {
	if len(ids) == 0 {
		return nil
	}
	return wrap("delete key bindings", s.write(ctx, func(tx *sql.Tx) error {
		if err := requireTables(ctx, tx, keyTables); err != nil {
			return err
		}
		return rows.RemoveBindings(ctx, tx, ids, rowsPerStatement)
	}))
}

// HoldBindings implements store.Store. The file has one server.
func (s *Store) HoldBindings(context.Context) (bool, error) { return s.writer != nil, nil }

// ReleaseBindings implements store.Store.
func (s *Store) ReleaseBindings(context.Context) error { return nil }

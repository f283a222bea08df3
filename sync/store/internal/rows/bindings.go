package rows

import (
	"context"
	"database/sql"
	"slices"

	"clickky/sync/store"
)

// Bindings reads clickky_bindings in the order of the IDs.
func Bindings(ctx context.Context, tx *sql.Tx) (found []store.Binding, err error) {
	rows, err := tx.QueryContext(ctx, "SELECT `id`, `username`, `fingerprint`, `sole` FROM `clickky_bindings` ORDER BY `id`")
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // reading to the end or Err tells more
	for rows.Next() {
		var b store.Binding
		if err := rows.Scan(&b.ID, &b.Name, &b.Fingerprint, &b.Sole); err != nil {
			return nil, err
		}
		found = append(found, b)
	}
	return found, rows.Err()
}

// AddBinding adds a binding and returns the ID that it got. Name and fingerprint
// are what the database is to be given for those of a binding.
func AddBinding(ctx context.Context, tx *sql.Tx, name, fingerprint any, sole bool) (id uint64, err error) {
	const query = "INSERT INTO `clickky_bindings` (`username`, `fingerprint`, `sole`) VALUES (?, ?, ?)"
	result, err := tx.ExecContext(ctx, query, name, fingerprint, sole)
	if err != nil {
		return 0, err
	}
	last, err := result.LastInsertId()
	return uint64(last), err //nolint:gosec // G115: the database counts from 1
}

// RemoveBindings removes bindings, so many in a statement.
func RemoveBindings(ctx context.Context, tx *sql.Tx, ids []uint64, atOnce int) error {
	for chunk := range slices.Chunk(ids, atOnce) {
		values := make([]any, len(chunk))
		for i, id := range chunk {
			values[i] = id
		}
		if err := Delete(ctx, tx, "clickky_bindings", "id", values); err != nil {
			return err
		}
	}
	return nil
}

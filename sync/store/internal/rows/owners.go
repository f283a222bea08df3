package rows

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"clickky/sync/game"
)

// Owners reads the keys that a query finds, as rows of a name, a fingerprint,
// whether it was bound, and since when in seconds of Unix time. The rows of a
// name have to follow each other.
func Owners(ctx context.Context, tx *sql.Tx, query string) (owners []game.Owner, err error) {
	rows, err := tx.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // reading to the end or Err tells more
	for rows.Next() {
		var name string
		var key game.Key
		var since int64
		if err := rows.Scan(&name, &key.Fingerprint, &key.Bound, &since); err != nil {
			return nil, err
		}
		key.Since = time.Unix(since, 0).UTC()
		if len(owners) == 0 || owners[len(owners)-1].Name != name {
			owners = append(owners, game.Owner{Name: name})
		}
		owner := &owners[len(owners)-1]
		owner.Keys = append(owner.Keys, key)
	}
	return owners, rows.Err()
}

// OwnerWriter writes the keys of names to clickky_keys.
type OwnerWriter struct {
	Tx *sql.Tx
	// Text and Time return what the database is to be given for a name or a
	// fingerprint, and for a moment.
	Text func(string) any
	Time func(time.Time) any
}

// Save gives each name the keys that it has, and no others, in statements of so
// many rows.
func (w *OwnerWriter) Save(ctx context.Context, owners []game.Owner, atOnce int) error {
	const columns = 4
	var values []any
	for chunk := range slices.Chunk(owners, atOnce) {
		names := make([]any, len(chunk))
		for i, owner := range chunk {
			names[i] = w.Text(owner.Name)
			for _, key := range owner.Keys {
				values = append(values, names[i], w.Text(key.Fingerprint), key.Bound, w.Time(key.Since))
			}
		}
		if err := Delete(ctx, w.Tx, "clickky_keys", "username", names); err != nil {
			return err
		}
	}
	for chunk := range slices.Chunk(values, columns*atOnce) {
		const into = "`clickky_keys` (`username`, `fingerprint`, `bound`, `since`)"
		if err := Insert(ctx, w.Tx, into, columns, chunk, ""); err != nil {
			return err
		}
	}
	return nil
}

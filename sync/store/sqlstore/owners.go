package sqlstore

import (
	"context"
	"database/sql"
	"time"

	"clickky/sync/game"
)

// readOwners reads the keys in the order of the primary key, so that those of a name are together.
func (s *Store) readOwners(ctx context.Context, tx *sql.Tx) (owners []game.Owner, err error) {
	err = Each(ctx, tx, func(row *sql.Rows) error {
		var name string
		var key game.Key
		var since int64
		if err := row.Scan(&name, &key.Fingerprint, &key.Bound, &since); err != nil {
			return err
		}
		key.Since = time.Unix(since, 0).UTC()
		if len(owners) == 0 || owners[len(owners)-1].Name != name {
			owners = append(owners, game.Owner{Name: name})
		}
		owner := &owners[len(owners)-1]
		owner.Keys = append(owner.Keys, key)
		return nil
	}, "SELECT `username`, `fingerprint`, `bound`, "+s.d.Unix(Second, "`since`")+" FROM `clickky_keys` ORDER BY `username`, `fingerprint`")
	return owners, err
}

func (s *Store) saveOwners(ctx context.Context, tx *sql.Tx, owners []game.Owner) error {
	name := func(o game.Owner) any { return s.d.Text(o.Name) }
	return replaceRows(ctx, tx, "clickky_keys", owners, name, func(o game.Owner) (values []any, err error) {
		for _, key := range o.Keys {
			values = append(values, name(o), s.d.Text(key.Fingerprint), key.Bound, s.d.Second(key.Since))
		}
		return values, nil
	})
}

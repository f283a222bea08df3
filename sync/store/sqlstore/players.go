package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"slices"
	"time"

	"clickky/sync/game"
	"clickky/sync/store"
)

// userWriter writes players to the table users in a transaction.
type userWriter struct {
	*Store
	tx transaction
}

func (s *Store) users(tx *sql.Tx) *userWriter {
	if s.d.Prepares {
		return &userWriter{s, &preparedTx{tx, map[string]*sql.Stmt{}}}
	}
	return &userWriter{s, tx}
}

// write updates the players that have a row, inserts the others, and writes their days.
func (u *userWriter) write(ctx context.Context, players []game.Player) error {
	for _, p := range players {
		if err := u.d.CheckCount(p.Clicks); err != nil {
			return err
		}
	}
	ids := make(map[string]any, len(players))
	if err := u.addIDs(ctx, players, ids); err != nil {
		return err
	}
	if err := u.writeRows(ctx, players, ids); err != nil {
		return err
	}
	return u.saveDays(ctx, players, ids)
}

// writeRows writes the players' rows, given the IDs of those that exist. It uses the IDs, because in
// MySQL an INSERT without them uses up new ones.
func (u *userWriter) writeRows(ctx context.Context, players []game.Player, ids map[string]any) error {
	var missing []string
	var others []any
	known := make([]any, 0, 4*len(ids))
	for _, p := range players {
		id, ok := ids[p.Name]
		if !ok && p.Stored {
			missing = append(missing, p.Name)
		}
		if ok {
			known = append(known, id, p.Name, p.Clicks, seconds(p.Seen))
		} else {
			others = append(others, p.Name, p.Clicks, seconds(p.Seen))
		}
	}
	if err := u.requireRejected(ctx, missing); err != nil {
		return err
	}
	if err := insertRows(ctx, u.tx, "users", Columns["users"], known, u.d.OnID); err != nil {
		return err
	}
	return insertRows(ctx, u.tx, "users", Columns["users"][1:], others, u.d.OnName)
}

// seconds converts when a player was seen to Unix time within 32 bits. The zero time becomes 0.
func seconds(seen time.Time) int64 { return min(max(seen.Unix(), 0), math.MaxUint32) }

// readIDs adds the row IDs of names that have a row.
func (u *userWriter) readIDs(ctx context.Context, names []any, ids map[string]any) error {
	var id any // the type is up to the driver
	var name string
	return Each(ctx, u.tx, func(row *sql.Rows) error {
		err := row.Scan(&id, &name)
		ids[name] = id
		return err
	}, "SELECT `id`, `username` FROM `users` WHERE `username` IN "+tuple(len(names)), names...)
}

// requireRejected returns store.ErrMissing unless the counts of all these players were rejected.
func (u *userWriter) requireRejected(ctx context.Context, names []string) error {
	if len(names) == 0 {
		return nil
	}
	rejected, err := u.rejectedCounts(ctx, u.tx)
	if err != nil {
		return err
	}
	for _, name := range names {
		if _, ok := rejected[name]; !ok {
			return fmt.Errorf("%w: %q is missing", store.ErrMissing, name)
		}
	}
	return nil
}

// removePlayers deletes players, including their days and rejected counts.
func (s *Store) removePlayers(ctx context.Context, tx *sql.Tx, names []string) error {
	for chunk := range slices.Chunk(names, rowsPerStatement) {
		found := make(map[string]any, len(chunk))
		if err := s.users(tx).readIDs(ctx, toAny(chunk, s.d.Lookup), found); err != nil {
			return err
		}
		// A row that matches only by collation belongs to another player.
		var ids []any
		for _, name := range chunk {
			if id, ok := found[name]; ok {
				ids = append(ids, id)
			}
		}
		if err := deleteRows(ctx, tx, "users", "id", ids); err != nil {
			return err
		}
		if err := deleteRows(ctx, tx, "clickky_days", "user_id", ids); err != nil {
			return err
		}
	}
	return deleteRows(ctx, tx, "clickky_rejected", "username", toAny(names, s.d.Text))
}

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

// users writes players to the table users in a transaction.
type users struct {
	*Store
	tx transaction
}

func (s *Store) users(tx *sql.Tx) *users {
	if s.d.Prepares {
		return &users{s, &preparing{tx, map[string]*sql.Stmt{}}}
	}
	return &users{s, tx}
}

// write updates the players that have a row, and inserts the others.
func (u *users) write(ctx context.Context, players []game.Player) error {
	for _, p := range players {
		if err := u.d.CheckCount(p.Clicks); err != nil {
			return err
		}
	}
	if u.d.OnID == "" {
		if complete, err := u.haveRows(ctx, players); err != nil {
			return err
		} else if complete {
			return u.insert(ctx, players)
		}
	}
	return u.writeByID(ctx, players)
}

// haveRows reports whether all players have a row who are to have one.
func (u *users) haveRows(ctx context.Context, players []game.Player) (bool, error) {
	names := make([]any, 0, len(players))
	for _, p := range players {
		if p.Stored {
			names = append(names, p.Name)
		}
	}
	stored, found := len(names), 0
	if stored == 0 {
		return true, nil
	}
	err := Each(ctx, u.tx, func(row *sql.Rows) error { return row.Scan(&found) },
		"SELECT COUNT(*) FROM `users` WHERE `username` IN "+tuple(stored), names...)
	return found == stored, err
}

// writeByID first finds the rows of the players. It names their ids if that keeps an INSERT from
// using up others.
func (u *users) writeByID(ctx context.Context, players []game.Player) error {
	ids, err := u.ids(ctx, anys(players, func(p game.Player) any { return u.d.Lookup(p.Name) }))
	if err != nil {
		return err
	}
	var others []game.Player
	var missing []string
	known := make([]any, 0, 4*len(ids))
	for _, p := range players {
		id, ok := ids[p.Name]
		if !ok && p.Stored {
			missing = append(missing, p.Name)
		}
		if ok && u.d.OnID != "" {
			known = append(known, id, p.Name, p.Clicks, seconds(p.Seen))
		} else {
			others = append(others, p)
		}
	}
	if err := u.requireAside(ctx, missing); err != nil {
		return err
	}
	if err := insert(ctx, u.tx, "users", Columns["users"], known, u.d.OnID); err != nil {
		return err
	}
	return u.insert(ctx, others)
}

func (u *users) insert(ctx context.Context, players []game.Player) error {
	values := make([]any, 0, 3*len(players))
	for _, p := range players {
		values = append(values, p.Name, p.Clicks, seconds(p.Seen))
	}
	return insert(ctx, u.tx, "users", Columns["users"][1:], values, u.d.OnName)
}

// seconds is when a player was seen as databases have it: in seconds of Unix time, from 0, which
// stands for the zero time, to what 32 bits can hold.
func seconds(seen time.Time) int64 { return min(max(seen.Unix(), 0), math.MaxUint32) }

// ids finds the rows of those names that have one.
func (u *users) ids(ctx context.Context, names []any) (map[string]any, error) {
	ids := make(map[string]any, len(names))
	err := Each(ctx, u.tx, func(row *sql.Rows) error {
		var id any // of whatever type the driver has for it
		var name string
		err := row.Scan(&id, &name)
		ids[name] = id
		return err
	}, "SELECT `id`, `username` FROM `users` WHERE `username` IN "+tuple(len(names)), names...)
	return ids, err
}

// requireAside returns store.ErrMissing unless all those players are set aside.
func (u *users) requireAside(ctx context.Context, names []string) error {
	if len(names) == 0 {
		return nil
	}
	aside, err := u.countsAside(ctx, u.tx)
	if err != nil {
		return err
	}
	for _, name := range names {
		if _, ok := aside[name]; !ok {
			return fmt.Errorf("%w: %q is missing", store.ErrMissing, name)
		}
	}
	return nil
}

// removePlayers removes the players who are gone, also from those set aside.
func (s *Store) removePlayers(ctx context.Context, tx *sql.Tx, names []string) error {
	for chunk := range slices.Chunk(names, rowsPerStatement) {
		found, err := s.users(tx).ids(ctx, anys(chunk, s.d.Lookup))
		if err != nil {
			return err
		}
		// A row that matches by its key but not by its very name is another player's.
		var ids []any
		for _, name := range chunk {
			if id, ok := found[name]; ok {
				ids = append(ids, id)
			}
		}
		if err := remove(ctx, tx, "users", "id", ids); err != nil {
			return err
		}
	}
	return remove(ctx, tx, "clickky_rejected", "username", anys(names, s.d.Text))
}

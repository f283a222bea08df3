package sqlstore

import (
	"context"
	"database/sql"
	"slices"
	"strings"
	"time"

	"clickky/sync/game"
	"clickky/sync/store"
)

// Save implements store.Store. It first writes the rows the fast way. If the database rejects any,
// it repeats the transaction in a way that finds them.
func (s *Store) Save(ctx context.Context, batch game.Checkpoint) (rejected []store.Rejected, err error) {
	batch.Players = s.sorted(batch.Players)
	findRejected := false
	err = s.retry(ctx, func() error {
		rejected, err = s.save(ctx, batch, findRejected)
		if s.isRejected(err) {
			findRejected = true
			rejected, err = s.save(ctx, batch, findRejected)
		}
		return err
	})
	return rejected, s.d.Wrap("save counts", err)
}

// sorted returns the players by name, so that concurrent updates of the table lock rows in the same
// order. That doesn't matter if only the whole database is locked.
func (s *Store) sorted(players []game.Player) []game.Player {
	if s.d.ForUpdate == "" {
		return players
	}
	players = slices.Clone(players)
	slices.SortFunc(players, func(a, b game.Player) int { return strings.Compare(a.Name, b.Name) })
	return players
}

func (s *Store) save(ctx context.Context, batch game.Checkpoint, findRejected bool) (rejected []store.Rejected, err error) {
	err = s.write(ctx, func(tx *sql.Tx) error {
		start := time.Now()
		if err := s.movePosition(ctx, tx, batch); err != nil {
			return err
		}
		if rejected, err = s.saveRows(ctx, tx, batch, findRejected); err != nil {
			return err
		}
		return s.extendLease(ctx, tx, start)
	})
	if err != nil {
		return nil, err
	}
	return rejected, nil
}

// saveRows writes everything in the batch except the position.
func (s *Store) saveRows(ctx context.Context, tx *sql.Tx, batch game.Checkpoint, findRejected bool) ([]store.Rejected, error) {
	if err := s.removePlayers(ctx, tx, batch.Removed); err != nil {
		return nil, err
	}
	rejections, err := s.savePlayers(ctx, tx, batch.Players, findRejected)
	if err != nil {
		return nil, err
	}
	rejected, err := s.setAside(ctx, tx, batch.Players, rejections)
	if err != nil {
		return nil, err
	}
	for _, save := range []func() error{
		func() error { return s.deleteOldDays(ctx, tx) },
		func() error { return saveTotal(ctx, tx, batch.Total) },
		func() error { return s.saveOwners(ctx, tx, batch.Owners) },
		func() error { return s.saveBans(ctx, tx, batch.Bans) },
		func() error { return s.saveRecords(ctx, tx, batch.Records) },
		func() error { return s.savePreferences(ctx, tx, batch.Preferences) },
	} {
		if err := save(); err != nil {
			return nil, err
		}
	}
	return rejected, nil
}

func saveTotal(ctx context.Context, tx *sql.Tx, total uint64) error {
	result, err := tx.ExecContext(ctx, "UPDATE `global_count` SET `count` = ? WHERE `id` = 1", total)
	if err != nil {
		return err
	}
	found, err := result.RowsAffected()
	if err != nil || found > 0 {
		return err
	}
	return insertRows(ctx, tx, "global_count", Columns["global_count"], []any{1, total}, "")
}

// savePlayers writes the players. If the database rejects some, it either fails at the first one, or
// finds and returns all of them, which takes longer.
func (s *Store) savePlayers(ctx context.Context, tx *sql.Tx, players []game.Player, findRejected bool) ([]rejection[game.Player], error) {
	write := s.users(tx).write
	if findRejected {
		return saveAccepted(ctx, s, tx, players, write)
	}
	for chunk := range slices.Chunk(players, rowsPerStatement) {
		if err := write(ctx, chunk); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

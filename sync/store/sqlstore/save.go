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

// playerWriter is saveAll or saveAccepted.
type playerWriter func(context.Context, *sql.Tx, []game.Player) ([]rejection[game.Player], error)

// Save implements store.Store. It first writes the rows the fast way. If the database rejects any,
// it repeats the transaction in a way that finds them.
func (s *Store) Save(ctx context.Context, batch game.Checkpoint) (rejected []store.Rejected, err error) {
	batch.Players = s.sorted(batch.Players)
	var write playerWriter = s.saveAll
	err = s.retry(ctx, func() error {
		rejected, err = s.save(ctx, batch, write)
		if s.isRejected(err) {
			write = s.saveAccepted
			rejected, err = s.save(ctx, batch, write)
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

func (s *Store) save(ctx context.Context, batch game.Checkpoint, write playerWriter) (rejected []store.Rejected, err error) {
	err = s.write(ctx, func(tx *sql.Tx) error {
		start := time.Now()
		if err := s.movePosition(ctx, tx, batch); err != nil {
			return err
		}
		if rejected, err = s.saveRows(ctx, tx, batch, write); err != nil {
			return err
		}
		return s.extendLease(ctx, tx, start)
	})
	if err != nil {
		return nil, err
	}
	return rejected, nil
}

func (s *Store) saveRows(ctx context.Context, tx *sql.Tx, batch game.Checkpoint, write playerWriter) ([]store.Rejected, error) {
	if err := s.removePlayers(ctx, tx, batch.Removed); err != nil {
		return nil, err
	}
	rejections, err := write(ctx, tx, batch.Players)
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

// saveAll writes all players, or fails.
func (s *Store) saveAll(ctx context.Context, tx *sql.Tx, players []game.Player) ([]rejection[game.Player], error) {
	users := s.users(tx)
	for chunk := range slices.Chunk(players, rowsPerStatement) {
		if err := users.write(ctx, chunk); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// saveAccepted writes the players that the database accepts, and returns the others.
func (s *Store) saveAccepted(ctx context.Context, tx *sql.Tx, players []game.Player) ([]rejection[game.Player], error) {
	w := writer[game.Player]{tx: tx, write: s.users(tx).write, isRejected: s.isRejected}
	return w.saveAccepted(ctx, players)
}

package mysql

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"clickky/sync/game"
	"clickky/sync/store"
	"clickky/sync/store/internal/rows"
)

// rowsPerStatement keeps a statement far below the server's limits: 65,535
// placeholders, and 1 MB in the smallest packet that is configured anywhere.
const rowsPerStatement = 500

// What becomes of a row that is there. When a player was seen never goes back.
//
// A row that matches by its key but not by its very name is left alone: its
// count is another player's. The cast is there for the one case where the
// column's collation still equates names that differ, by trailing spaces, on
// servers that have nothing better than utf8mb4_bin. A row whose id is known was
// found by its very name.
//
// VALUES(column) is deprecated in MySQL in favour of a row alias, which is a
// syntax error in MariaDB.
const (
	onKnownID = " ON DUPLICATE KEY UPDATE `user_count` = VALUES(`user_count`)," +
		" `clickky_seen` = GREATEST(VALUES(`clickky_seen`), `clickky_seen`)"
	onKnownName = " ON DUPLICATE KEY UPDATE `user_count` = IF(" + sameName + ", VALUES(`user_count`), `user_count`)," +
		" `clickky_seen` = IF(" + sameName + ", GREATEST(VALUES(`clickky_seen`), `clickky_seen`), `clickky_seen`)"
	sameName = "CAST(`username` AS BINARY) = CAST(VALUES(`username`) AS BINARY)"
)

const saveTotal = "INSERT INTO `global_count` (`id`, `count`) VALUES (1, ?)" +
	" ON DUPLICATE KEY UPDATE `count` = VALUES(`count`)"

// Save implements store.Store. The rows are written the quick way first, and
// again in a way that finds the ones at fault if the server refuses any.
func (s *Store) Save(ctx context.Context, batch game.Checkpoint) (rejected []store.Rejected, err error) {
	batch.Players = sorted(batch.Players)
	var write playerWriter = saveAll
	err = retry(ctx, func() error {
		rejected, err = s.save(ctx, batch, write)
		if refused(err) {
			write = saveAccepted
			rejected, err = s.save(ctx, batch, write)
		}
		return err
	})
	return rejected, s.wrap("save counts", err)
}

// sorted returns the players in order, so that a Save and somebody else who updates
// the table lock rows in the same order.
func sorted(players []game.Player) []game.Player {
	return slices.SortedFunc(slices.Values(players), func(a, b game.Player) int { return strings.Compare(a.Name, b.Name) })
}

// save is one try, with one of two ways to write the rows.
func (s *Store) save(ctx context.Context, batch game.Checkpoint, write playerWriter) (rejected []store.Rejected, err error) {
	err = s.write(ctx, func(tx *sql.Tx) error {
		begun := time.Now()
		if err := move(ctx, tx, batch); err != nil {
			return err
		}
		if rejected, err = s.saveRows(ctx, tx, batch, write); err != nil {
			return err
		}
		return stretch(ctx, tx, begun)
	})
	if err != nil {
		return nil, err
	}
	return rejected, nil
}

// playerWriter is saveAll or saveAccepted.
type playerWriter func(context.Context, *sql.Tx, []game.Player) ([]store.Rejected, error)

// saveRows writes the batch, with one of two ways to write the players.
func (s *Store) saveRows(ctx context.Context, tx *sql.Tx, batch game.Checkpoint, write playerWriter) (rejected []store.Rejected, err error) {
	if err := removePlayers(ctx, tx, batch.Removed); err != nil {
		return nil, err
	}
	if rejected, err = write(ctx, tx, batch.Players); err != nil {
		return nil, err
	}
	if err := setAside(ctx, tx, batch.Players, rejected); err != nil {
		return nil, err
	}
	if _, err := tx.ExecContext(ctx, saveTotal, batch.Total); err != nil {
		return nil, err
	}
	if err := saveOwners(ctx, tx, batch.Owners); err != nil {
		return nil, err
	}
	if err := saveActs(ctx, tx, batch); err != nil {
		return nil, err
	}
	choices := rows.ChoiceWriter{Tx: tx, Text: asBytes, Refused: refused, Log: s.log}
	return rejected, choices.Save(ctx, batch.Preferences, rowsPerStatement)
}

// saveAll writes all rows, or fails.
func saveAll(ctx context.Context, tx *sql.Tx, players []game.Player) ([]store.Rejected, error) {
	for chunk := range slices.Chunk(players, rowsPerStatement) {
		if err := saveChunk(ctx, tx, chunk); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// saveAccepted writes the rows that the server takes and returns the others.
func saveAccepted(ctx context.Context, tx *sql.Tx, players []game.Player) ([]store.Rejected, error) {
	writer := rows.Writer[game.Player]{
		Tx:      tx,
		Write:   func(ctx context.Context, players []game.Player) error { return saveChunk(ctx, tx, players) },
		Refused: refused,
	}
	refusals, err := writer.Save(ctx, players, rowsPerStatement)
	return rows.Rejected(refusals), err
}

// saveChunk updates the players that have a row by naming its id, because an
// INSERT without one takes an AUTO_INCREMENT value for each row even where it
// ends as an update, and inserts the others.
func saveChunk(ctx context.Context, tx *sql.Tx, players []game.Player) error {
	ids, err := knownIDs(ctx, tx, players)
	if err != nil {
		return err
	}
	known, added := make([]any, 0, 4*len(ids)), make([]any, 0, 3*(len(players)-len(ids)))
	var missing []string
	for _, p := range players {
		id, ok := ids[p.Name]
		switch {
		case ok:
			known = append(known, id, p.Name, p.Clicks, rows.Seconds(p.Seen))
			continue
		case p.Stored:
			missing = append(missing, p.Name)
		}
		added = append(added, p.Name, p.Clicks, rows.Seconds(p.Seen))
	}
	if err := requireAside(ctx, tx, missing); err != nil {
		return err
	}
	if err := rows.Insert(ctx, tx, "`users` (`id`, `username`, `user_count`, `clickky_seen`)", 4, known, onKnownID); err != nil {
		return err
	}
	return rows.Insert(ctx, tx, "`users` (`username`, `user_count`, `clickky_seen`)", 3, added, onKnownName)
}

// knownIDs finds the rows of those players that have one.
func knownIDs(ctx context.Context, tx *sql.Tx, players []game.Player) (map[string]uint64, error) {
	names := make([]any, len(players))
	for i, p := range players {
		names[i] = p.Name
	}
	//nolint:gosec // G202: what is put together here are constants and question marks
	found, err := tx.QueryContext(ctx, "SELECT `id`, `username` FROM `users` WHERE `username` IN "+rows.Tuple(len(names)), names...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = found.Close() }() // reading to the end or Err tells more
	ids := make(map[string]uint64, len(players))
	for found.Next() {
		var id uint64
		var name string
		if err := found.Scan(&id, &name); err != nil {
			return nil, err
		}
		ids[name] = id
	}
	return ids, found.Err()
}

// requireAside returns store.ErrMissing unless all those players are set aside.
func requireAside(ctx context.Context, tx *sql.Tx, names []string) error {
	if len(names) == 0 {
		return nil
	}
	aside, err := countsAside(ctx, tx)
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

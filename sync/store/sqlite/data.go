package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"slices"

	"clickky/sync/game"
	"clickky/sync/store"
	"clickky/sync/store/internal/rows"
)

// rowsPerStatement keeps a statement below SQLite's 32,766 placeholders; more
// rows do not make it faster.
const rowsPerStatement = 500

// The tables of the first version, and those that later ones have added.
var (
	countTables  = []string{"users", "global_count"}
	ownTables    = []string{"clickky_state", "clickky_rejected"}
	keyTables    = []string{"clickky_keys", "clickky_bindings"}
	actTables    = []string{"clickky_bans", "clickky_audit"}
	choiceTables = []string{"clickky_choices"}
)

// Load implements store.Store. store.ErrNoTables is in the chain of its error
// when there are no tables.
func (s *Store) Load(ctx context.Context, yield func(game.Player) error) (store.Snapshot, error) {
	var snapshot store.Snapshot
	err := transaction(ctx, s.reader, func(tx *sql.Tx) (err error) {
		snapshot, err = load(ctx, tx, yield)
		return err
	})
	if err != nil {
		return store.Snapshot{}, wrap("load counts", err)
	}
	return snapshot, nil
}

// load yields the players and reads the rest.
func load(ctx context.Context, tx *sql.Tx, yield func(game.Player) error) (snapshot store.Snapshot, err error) {
	if err := requireTables(ctx, tx, countTables); err != nil {
		return snapshot, err
	}
	aside, err := readOwn(ctx, tx, &snapshot)
	if err != nil {
		return snapshot, err
	}
	const query = "SELECT COALESCE(MAX(count), 0) FROM global_count WHERE id = 1"
	if err := tx.QueryRowContext(ctx, query).Scan(&snapshot.Total); err != nil {
		return snapshot, err
	}
	players, err := selectPlayers(ctx, tx)
	if err != nil {
		return snapshot, err
	}
	sum, err := rows.Load(ctx, tx, players, aside, yield)
	snapshot.Total = max(snapshot.Total, sum)
	return snapshot, err
}

// selectPlayers returns the query for all players. The first versions do not have
// the column that says when they were seen.
func selectPlayers(ctx context.Context, tx *sql.Tx) (string, error) {
	const query = "SELECT COUNT(*) FROM pragma_table_info('users') WHERE name = 'clickky_seen'"
	var found int
	if err := tx.QueryRowContext(ctx, query).Scan(&found); err != nil {
		return "", err
	}
	if found == 0 {
		return "SELECT username, user_count, 0 FROM users", nil
	}
	return "SELECT username, user_count, clickky_seen FROM users", nil
}

// requireTables returns store.ErrNoTables if one of the tables is missing.
func requireTables(ctx context.Context, tx *sql.Tx, names []string) error {
	const query = "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = ?"
	for _, name := range names {
		var found int
		if err := tx.QueryRowContext(ctx, query, name).Scan(&found); err != nil {
			return err
		}
		if found == 0 {
			return store.ErrNoTables
		}
	}
	return nil
}

// readOwn reads the tables that the first versions do not have, and returns the
// counts that are set aside.
func readOwn(ctx context.Context, tx *sql.Tx, snapshot *store.Snapshot) (aside map[string]uint64, err error) {
	read := func() (err error) {
		if err = requireTables(ctx, tx, ownTables); err != nil {
			return err
		}
		if snapshot.State, err = readState(ctx, tx); err != nil {
			return err
		}
		if aside, err = countsAside(ctx, tx); err != nil {
			return err
		}
		if err = requireTables(ctx, tx, keyTables); err != nil {
			return err
		}
		if snapshot.Owners, err = rows.Owners(ctx, tx, selectKeys); err != nil {
			return err
		}
		if err = requireTables(ctx, tx, actTables); err != nil {
			return err
		}
		if err = readActs(ctx, tx, snapshot); err != nil {
			return err
		}
		if err = requireTables(ctx, tx, choiceTables); err != nil {
			return err
		}
		snapshot.Preferences, err = rows.Choices(ctx, tx)
		return err
	}
	if err := read(); err != nil && !errors.Is(err, store.ErrNoTables) {
		return nil, err
	}
	return aside, nil
}

// Save implements store.Store.
func (s *Store) Save(ctx context.Context, batch game.Checkpoint) (rejected []store.Rejected, err error) {
	err = s.write(ctx, func(tx *sql.Tx) error {
		if err := move(ctx, tx, batch); err != nil {
			return err
		}
		rejected, err = s.saveRows(ctx, tx, batch, saveAccepted)
		return err
	})
	if err != nil {
		return nil, wrap("save counts", err)
	}
	return rejected, nil
}

// saveRows writes the batch, with one of two ways to write the players.
func (s *Store) saveRows(ctx context.Context, tx *sql.Tx, batch game.Checkpoint,
	write func(context.Context, *sql.Tx, []game.Player) ([]store.Rejected, error),
) (rejected []store.Rejected, err error) {
	if err := removePlayers(ctx, tx, batch.Removed); err != nil {
		return nil, err
	}
	if rejected, err = write(ctx, tx, batch.Players); err != nil {
		return nil, err
	}
	if err := setAside(ctx, tx, batch.Players, rejected); err != nil {
		return nil, err
	}
	const query = "INSERT INTO global_count (id, count) VALUES (1, ?)" +
		" ON CONFLICT (id) DO UPDATE SET count = excluded.count"
	if _, err := tx.ExecContext(ctx, query, batch.Total); err != nil {
		return nil, err
	}
	if err := saveOwners(ctx, tx, batch.Owners); err != nil {
		return nil, err
	}
	if err := saveActs(ctx, tx, batch); err != nil {
		return nil, err
	}
	choices := rows.ChoiceWriter{Tx: tx, Text: func(s string) any { return s }, Refused: refused, Log: s.log}
	return rejected, choices.Save(ctx, batch.Preferences, rowsPerStatement)
}

// saveAccepted writes the players whom the database takes and returns the others.
func saveAccepted(ctx context.Context, tx *sql.Tx, players []game.Player) ([]store.Rejected, error) {
	statements := playerWriter{tx: tx}
	writer := rows.Writer[game.Player]{Tx: tx, Write: statements.write, Refused: refused}
	refusals, err := writer.Save(ctx, players, rowsPerStatement)
	return rows.Rejected(refusals), err
}

// saveAll writes all players, or fails.
func saveAll(ctx context.Context, tx *sql.Tx, players []game.Player) ([]store.Rejected, error) {
	statements := playerWriter{tx: tx}
	for chunk := range slices.Chunk(players, rowsPerStatement) {
		if err := statements.write(ctx, chunk); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// playerWriter writes players in a transaction.
type playerWriter struct {
	tx *sql.Tx
	// full writes rowsPerStatement players, once there were so many: preparing it
	// again and again would take a quarter of the time. So does count count their rows.
	full, count *sql.Stmt
}

func (w *playerWriter) write(ctx context.Context, players []game.Player) (err error) {
	const (
		into        = "users (username, user_count, clickky_seen)"
		columns     = 3
		onKnownName = " ON CONFLICT (username) DO UPDATE SET user_count = excluded.user_count," +
			" clickky_seen = max(clickky_seen, excluded.clickky_seen)"
	)
	values := make([]any, 0, columns*len(players))
	for _, p := range players {
		if p.Clicks > math.MaxInt64 {
			return errTooLarge
		}
		values = append(values, p.Name, p.Clicks, rows.Seconds(p.Seen))
	}
	if err := w.requireRows(ctx, players); err != nil {
		return err
	}
	if len(players) < rowsPerStatement {
		return rows.Insert(ctx, w.tx, into, columns, values, onKnownName)
	}
	if w.full == nil {
		statement := rows.Insertion(into, columns, rowsPerStatement, onKnownName)
		if w.full, err = w.tx.PrepareContext(ctx, statement); err != nil {
			return err
		}
	}
	_, err = w.full.ExecContext(ctx, values...)
	return err
}

// requireRows returns store.ErrMissing if a player who is stored has no row, and is not
// set aside.
func (w *playerWriter) requireRows(ctx context.Context, players []game.Player) (err error) {
	var names []any
	for _, p := range players {
		if p.Stored {
			names = append(names, p.Name)
		}
	}
	stored, found := len(names), 0
	const query = "SELECT COUNT(*) FROM users WHERE username IN "
	switch {
	case stored == 0:
		return nil
	case len(players) < rowsPerStatement:
		err = w.tx.QueryRowContext(ctx, query+rows.Tuple(stored), names...).Scan(&found)
	default:
		if w.count == nil {
			if w.count, err = w.tx.PrepareContext(ctx, query+rows.Tuple(rowsPerStatement)); err != nil {
				return err
			}
		}
		for len(names) < rowsPerStatement { // the same name again is not counted again
			names = append(names, names[0])
		}
		err = w.count.QueryRowContext(ctx, names...).Scan(&found)
	}
	if err != nil || found == stored {
		return err
	}
	for _, name := range names[:stored] {
		const query = "SELECT COUNT(*) FROM (SELECT username FROM users UNION ALL SELECT username FROM clickky_rejected) WHERE username = ?"
		if err := w.tx.QueryRowContext(ctx, query, name).Scan(&found); err != nil {
			return err
		}
		if found == 0 {
			return fmt.Errorf("%w: %q is missing", store.ErrMissing, name)
		}
	}
	return nil
}

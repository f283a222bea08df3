package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"clickky/sync/store"
)

// rowsPerStatement keeps a statement below SQLite's 32,766 placeholders; more
// rows do not make it faster.
const rowsPerStatement = 500

// Load reads one consistent snapshot, row by row. store.ErrNoTables is in the
// chain of its error when there are no tables.
func (s *Store) Load(ctx context.Context, yield func(store.Player) error) (uint64, error) {
	var total uint64
	err := transaction(ctx, s.reader, func(tx *sql.Tx) error {
		if err := requireTables(ctx, tx); err != nil {
			return err
		}
		const query = "SELECT COALESCE(MAX(count), 0) FROM global_count WHERE id = 1"
		if err := tx.QueryRowContext(ctx, query).Scan(&total); err != nil {
			return err
		}
		sum, err := loadPlayers(ctx, tx, yield)
		total = max(total, sum)
		return err
	})
	if err != nil {
		return 0, wrap("load counts", err)
	}
	return total, nil
}

func requireTables(ctx context.Context, tx *sql.Tx) error {
	const query = "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name IN ('users', 'global_count')"
	var tables int
	if err := tx.QueryRowContext(ctx, query).Scan(&tables); err != nil {
		return err
	}
	if tables < 2 {
		return store.ErrNoTables
	}
	return nil
}

func loadPlayers(ctx context.Context, tx *sql.Tx, yield func(store.Player) error) (sum uint64, err error) {
	rows, err := tx.QueryContext(ctx, "SELECT username, user_count FROM users")
	if err != nil {
		return 0, err
	}
	defer func() { _ = rows.Close() }() // reading to the end or Err tells more
	for rows.Next() {
		var p store.Player
		if err := rows.Scan(&p.Name, &p.Clicks); err != nil {
			return 0, err
		}
		sum += p.Clicks
		if err := yield(p); err != nil {
			return 0, err
		}
	}
	return sum, rows.Err()
}

// Save writes the batch in one transaction. After an error nothing of it is
// stored, except that the outcome of a failed commit is unknown.
func (s *Store) Save(ctx context.Context, batch store.Batch) error {
	if s.writer == nil {
		return wrap("save counts", errReadOnly)
	}
	err := transaction(ctx, s.writer, func(tx *sql.Tx) error {
		for chunk := range slices.Chunk(batch.Players, rowsPerStatement) {
			if err := savePlayers(ctx, tx, chunk); err != nil {
				return err
			}
		}
		const query = "INSERT INTO global_count (id, count) VALUES (1, ?)" +
			" ON CONFLICT (id) DO UPDATE SET count = excluded.count"
		_, err := tx.ExecContext(ctx, query, batch.Total)
		return err
	})
	return wrap("save counts", err)
}

func savePlayers(ctx context.Context, tx *sql.Tx, players []store.Player) error {
	values := make([]any, 0, 2*len(players))
	for _, p := range players {
		values = append(values, p.Name, p.Clicks)
	}
	//nolint:gosec // G202: what is put together here are constants and question marks
	query := "INSERT INTO users (username, user_count) VALUES (?, ?)" + strings.Repeat(", (?, ?)", len(players)-1) +
		" ON CONFLICT (username) DO UPDATE SET user_count = excluded.user_count"
	_, err := tx.ExecContext(ctx, query, values...)
	return err
}

// transaction runs do in a transaction and commits it, or rolls it back if do
// fails.
func transaction(ctx context.Context, db *sql.DB, do func(*sql.Tx) error) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := do(tx); err != nil {
		if rollbackErr := tx.Rollback(); rollbackErr != nil && ctx.Err() == nil {
			return fmt.Errorf("%w; and rolling back: %w", err, rollbackErr)
		}
		return err
	}
	return tx.Commit()
}

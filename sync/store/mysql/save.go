package mysql

import (
	"context"
	"database/sql"
	"slices"
	"strings"

	"clickky/sync/store"
)

// rowsPerStatement keeps a statement far below the server's limits: 65,535
// placeholders, and 1 MB in the smallest packet that is configured anywhere.
const rowsPerStatement = 500

// A row that matches by its key but not by its very name is left alone: its
// count is another player's. The cast is there for the one case where the
// column's collation still equates names that differ, by trailing spaces, on
// servers that have nothing better than utf8mb4_bin.
//
// VALUES(column) is deprecated in MySQL in favour of a row alias, which is a
// syntax error in MariaDB.
const onKnownName = " ON DUPLICATE KEY UPDATE user_count = " +
	"IF(CAST(username AS BINARY) = CAST(VALUES(username) AS BINARY), VALUES(user_count), user_count)"

const saveTotal = "INSERT INTO global_count (id, `count`) VALUES (1, ?)" +
	" ON DUPLICATE KEY UPDATE `count` = VALUES(`count`)"

// Save writes the batch in one transaction. store.ErrRefused is in the chain of
// its error when the server does not let us in. When the error is about the
// connection the batch may have been stored all the same.
func (s *Store) Save(ctx context.Context, batch store.Batch) error {
	// In order, so that two writers lock rows in the same order and do not
	// block each other crosswise.
	players := slices.SortedFunc(slices.Values(batch.Players), func(a, b store.Player) int {
		return strings.Compare(a.Name, b.Name)
	})
	opts := &sql.TxOptions{Isolation: sql.LevelReadCommitted}
	err := s.transaction(ctx, opts, func(tx *sql.Tx) error {
		for chunk := range slices.Chunk(players, rowsPerStatement) {
			if err := saveChunk(ctx, tx, chunk); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, saveTotal, batch.Total)
		return err
	})
	return wrap("save counts", err)
}

// saveChunk updates the players that have a row by naming its id, because an
// INSERT without one takes an AUTO_INCREMENT value for each row even where it
// ends as an update, and inserts the others.
func saveChunk(ctx context.Context, tx *sql.Tx, players []store.Player) error {
	ids, err := knownIDs(ctx, tx, players)
	if err != nil {
		return err
	}
	var known, added []any
	for _, p := range players {
		if id, ok := ids[p.Name]; ok {
			known = append(known, id, p.Name, p.Clicks)
		} else {
			added = append(added, p.Name, p.Clicks)
		}
	}
	if err := insert(ctx, tx, known, "id", "username", "user_count"); err != nil {
		return err
	}
	return insert(ctx, tx, added, "username", "user_count")
}

// knownIDs finds the rows of those players that have one.
func knownIDs(ctx context.Context, tx *sql.Tx, players []store.Player) (map[string]uint64, error) {
	names := make([]any, len(players))
	for i, p := range players {
		names[i] = p.Name
	}
	//nolint:gosec // G202: what is put together here are constants and question marks
	rows, err := tx.QueryContext(ctx, "SELECT id, username FROM users WHERE username IN "+tuple(len(names)), names...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // reading to the end or Err tells more
	ids := make(map[string]uint64, len(players))
	for rows.Next() {
		var id uint64
		var name string
		if err := rows.Scan(&id, &name); err != nil {
			return nil, err
		}
		ids[name] = id
	}
	return ids, rows.Err()
}

// insert writes rows of users in one statement; values has those of the first
// row in the order of columns, then those of the second, and so on.
func insert(ctx context.Context, tx *sql.Tx, values []any, columns ...string) error {
	if len(values) == 0 {
		return nil
	}
	row := tuple(len(columns))
	rows := strings.Repeat(row+",", len(values)/len(columns)-1) + row
	//nolint:gosec // G202: what is put together here are constants and question marks
	statement := "INSERT INTO users (" + strings.Join(columns, ", ") + ") VALUES " + rows + onKnownName
	_, err := tx.ExecContext(ctx, statement, values...)
	return err
}

// tuple returns n placeholders in parentheses.
func tuple(n int) string {
	return "(" + strings.Repeat("?,", n-1) + "?)"
}

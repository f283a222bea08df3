package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"clickky/sync/store/internal/rows"
)

// Check implements store.Store.
func (s *Store) Check(ctx context.Context) error {
	absent, err := s.absent(ctx)
	if err == nil {
		err = rows.RequireAll(absent)
	}
	return wrap("check the tables", err)
}

// absent returns what the tables of the current version lack.
func (s *Store) absent(ctx context.Context) (absent []string, err error) {
	err = transaction(ctx, s.reader, func(tx *sql.Tx) error {
		absent, err = absentFrom(ctx, tx)
		return err
	})
	return absent, err
}

func absentFrom(ctx context.Context, tx *sql.Tx) ([]string, error) {
	found, err := tx.QueryContext(ctx, "SELECT t.name, c.name FROM sqlite_master t, pragma_table_info(t.name) c WHERE t.type = 'table'")
	if err != nil {
		return nil, err
	}
	defer func() { _ = found.Close() }() // reading to the end or Err tells more
	there := map[string][]string{}
	for found.Next() {
		var table, column string
		if err := found.Scan(&table, &column); err != nil {
			return nil, err
		}
		there[table] = append(there[table], column)
	}
	return rows.Absent(there), found.Err()
}

// complete adds the column again that Clickky has added to users, and checks the rest.
func (s *Store) complete(ctx context.Context) error {
	absent, err := s.absent(ctx)
	if err != nil || !rows.OnlySeen(absent) {
		return errors.Join(err, rows.RequireAll(absent))
	}
	statement, err := migrations.ReadFile("migrations/00006_seen.sql")
	if err == nil {
		_, err = s.writer.ExecContext(ctx, string(statement))
	}
	if err != nil {
		return fmt.Errorf("add %s again: %w", absent[0], err)
	}
	s.log.Warn("a column was missing from the database; added it again, empty", "column", absent[0])
	return nil
}

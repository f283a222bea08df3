package sqlite

import (
	"context"
	"database/sql"

	"clickky/sync/store/sqlstore"
)

// Check implements store.Store.
func (s *Store) Check(ctx context.Context) error {
	return wrap("check the tables", check(ctx, s.reader))
}

func check(ctx context.Context, on sqlstore.Querier) error {
	there := map[string][]string{}
	err := sqlstore.Each(ctx, on, func(row *sql.Rows) error {
		var table, column string
		err := row.Scan(&table, &column)
		there[table] = append(there[table], column)
		return err
	}, "SELECT t.name, c.name FROM sqlite_master t, pragma_table_info(t.name) c WHERE t.type = 'table'")
	if err != nil {
		return err
	}
	return sqlstore.RequireColumns(there)
}

// addSeen adds Clickky's own column to users again.
func (s *Store) addSeen(ctx context.Context) error {
	statement, err := migrations.ReadFile("migrations/00006_seen.sql")
	if err == nil {
		_, err = s.writer.ExecContext(ctx, string(statement))
	}
	return err
}

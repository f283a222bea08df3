package mysql

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"clickky/sync/store/sqlstore"
)

// Check implements store.Store.
func (s *Store) Check(ctx context.Context) error {
	return s.wrap("check the tables", s.check(ctx))
}

func (s *Store) check(ctx context.Context) error {
	there, foreign, err := columns(ctx, s.db)
	if err == nil {
		err = sqlstore.RequireColumns(there)
	}
	if err != nil || len(foreign) == 0 {
		return err
	}
	return s.transaction(ctx, sqlstore.Write, func(tx *sql.Tx) error { return requireDefaults(ctx, tx, foreign) })
}

// foreignColumn is a column that others have added to one of Clickky's tables and that has no
// default.
type foreignColumn struct{ table, name, kind, collation string }

// columns returns the existing columns of Clickky's tables, by table.
func columns(ctx context.Context, on sqlstore.Querier) (there map[string][]string, foreign []foreignColumn, err error) {
	there = map[string][]string{}
	err = sqlstore.Each(ctx, on, func(row *sql.Rows) error {
		var c foreignColumn
		var required bool
		err := row.Scan(&c.table, &c.name, &c.kind, &c.collation, &required)
		there[c.table] = append(there[c.table], c.name)
		if known := sqlstore.Columns[c.table]; required && known != nil && !slices.Contains(known, c.name) {
			foreign = append(foreign, c)
		}
		return err
	}, "SELECT LOWER(`TABLE_NAME`), LOWER(`COLUMN_NAME`), `COLUMN_TYPE`, COALESCE(`COLLATION_NAME`, ''),"+
		" `IS_NULLABLE` = 'NO' AND `COLUMN_DEFAULT` IS NULL AND `EXTRA` NOT LIKE '%auto_increment%' AND `EXTRA` NOT LIKE '%GENERATED%'"+
		" FROM `information_schema`.`COLUMNS`"+
		" WHERE `TABLE_SCHEMA` = DATABASE() AND (`TABLE_NAME` IN ('users', 'global_count') OR `TABLE_NAME` LIKE 'clickky%')")
	return there, foreign, err
}

// requireDefaults returns an error if a row without values for those columns can't be inserted. For
// users it tries an insert, because a trigger may provide the values.
func requireDefaults(ctx context.Context, tx *sql.Tx, foreign []foreignColumn) error {
	const query = "INSERT INTO `users` (`username`, `user_count`, `clickky_seen`) VALUES ('(nobody)', 0, 0)" + onKnownName
	_, refusal := tx.ExecContext(ctx, query)
	if refusal != nil && errorNumber(refusal) != codeNoDefault {
		return refusal
	}
	for _, c := range foreign {
		if c.table == "users" && (refusal == nil || !strings.Contains(strings.ToLower(refusal.Error()), "'"+c.name+"'")) {
			continue
		}
		kind := c.kind
		if c.collation != "" {
			kind += " COLLATE " + c.collation
		}
		return sqlstore.Unfit(fmt.Sprintf("the column %s of %s is required but has no default, so no rows can be added;"+
			" fix it with: ALTER TABLE %s MODIFY %s %s NULL;", c.name, c.table, c.table, quoted(c.name), kind))
	}
	return nil
}

// addSeenAgain adds Clickky's own column to users again.
func (s *Store) addSeenAgain(ctx context.Context) error {
	db, err := s.slowPool()
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	return addSeenColumn(ctx, db)
}

// rehearse does what a Save does, as far as the tables exist, changes no values, and rolls back.
// upToDate reports whether the tables have the current version. It waits one second for a Save in
// progress, and delays others only for the time of its statements.
func (s *Store) rehearse(ctx context.Context, upToDate bool) error {
	statements := []string{"SELECT `id` FROM `global_count` WHERE `id` = 1 FOR UPDATE", "UPDATE `global_count` SET `count` = `count` WHERE `id` = 1"}
	if upToDate {
		statements = append([]string{
			"SELECT `position` FROM `clickky_state` WHERE `id` = 1 FOR UPDATE", "UPDATE `clickky_state` SET `position` = `position` WHERE `id` = 1",
			"INSERT INTO `users` (`username`, `user_count`, `clickky_seen`) SELECT '', 0, 0 FROM `clickky_state` WHERE FALSE" + onKnownName,
		}, statements...)
	}
	cfg := s.cfg.driver.Clone()
	cfg.Params["innodb_lock_wait_timeout"] = "1"
	hasty, err := open(&Config{driver: cfg}, s.log, s.connector)
	if err != nil {
		return err
	}
	defer func() { _ = hasty.db.Close() }()
	err = hasty.transaction(ctx, sqlstore.Write, func(tx *sql.Tx) error {
		for _, statement := range statements {
			if _, err := tx.ExecContext(ctx, statement); err != nil {
				return err
			}
		}
		return nil
	})
	if classify(err).InTheWay() || errorNumber(err) == codeNoTable {
		return nil // a server is saving, or has not made the tables yet
	}
	return err
}

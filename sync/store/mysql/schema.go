package mysql

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"clickky/sync/store"
	"clickky/sync/store/sqlstore"
)

// table is what a migration has to know about an existing table.
type table struct {
	name   string
	exists bool
	// statements are those that still have to be executed.
	statements []string

	engine  string
	isView  bool
	columns map[string]column
	// keys has the columns of each unique key by name. An expression is a column without a name.
	keys map[string][]keyColumn
	// namelessRows reports whether users has rows without a name.
	namelessRows bool
}

type keyColumn struct {
	name   string
	prefix uint64 // number of indexed characters; 0: all
}

type column struct {
	kind          string // with signedness, such as "bigint(20) unsigned"
	nullable      bool
	byDefault     string
	autoIncrement bool
	collation     string
	length        uint64 // in characters, if it holds any
}

// isCount reports whether a column is already a BIGINT UNSIGNED NOT NULL.
func (c column) isCount() bool {
	return strings.HasPrefix(c.kind, "bigint") && strings.Contains(c.kind, "unsigned") && !c.nullable
}

// require returns an error that names a missing column, or another reason why the table can't be
// altered: it is a view, or has a unique key on an expression.
func (t *table) require(columns ...string) error {
	if t.isView {
		return fmt.Errorf("%w: %s is a view, and only tables can be altered; make it a table,"+
			" or give Clickky its own database", store.ErrUnfit, t.name)
	}
	for _, name := range columns {
		if _, ok := t.columns[name]; !ok {
			return fmt.Errorf("%w: the table %s has no column %s, so it isn't Clickky's;"+
				" give Clickky its own database", store.ErrUnfit, t.name, name)
		}
	}
	for key, columns := range t.keys {
		if slices.Contains(columns, keyColumn{}) {
			return fmt.Errorf("%w: the unique key %s.%s is on an expression, which may confuse different rows;"+
				" drop that key and restart", store.ErrUnfit, t.name, key)
		}
	}
	return nil
}

func (t *table) hasPrimaryKey() bool { return t.keys["PRIMARY"] != nil }

// unique reports whether a column has a unique key of its own.
func (t *table) unique(column string) bool {
	for _, columns := range t.keys {
		if len(columns) == 1 && columns[0] == (keyColumn{name: column}) {
			return true
		}
	}
	return false
}

func (t *takeover) inspect(ctx context.Context, name string) (*table, error) {
	found := &table{name: name, columns: map[string]column{}, keys: map[string][]keyColumn{}}
	const query = "SELECT COALESCE(`ENGINE`, ''), `TABLE_TYPE` = 'VIEW' FROM `information_schema`.`TABLES`" +
		" WHERE `TABLE_SCHEMA` = DATABASE() AND `TABLE_NAME` = ?"
	switch err := t.tx.QueryRowContext(ctx, query, name).Scan(&found.engine, &found.isView); err {
	case nil:
		found.exists = true
	case sql.ErrNoRows:
		return found, nil
	default:
		return nil, fmt.Errorf("find the table %s: %w", name, err)
	}
	if err := t.inspectColumns(ctx, found); err != nil {
		return nil, fmt.Errorf("read the columns of %s: %w", name, err)
	}
	if err := t.inspectKeys(ctx, found); err != nil {
		return nil, fmt.Errorf("read the keys of %s: %w", name, err)
	}
	if name == "users" && found.columns["username"].nullable {
		nameless, err := t.number(ctx, "SELECT EXISTS (SELECT 1 FROM `users` WHERE `username` IS NULL)")
		if err != nil {
			return nil, fmt.Errorf("find rows without a name: %w", err)
		}
		found.namelessRows = nameless == 1
	}
	return found, nil
}

func (t *takeover) inspectColumns(ctx context.Context, found *table) error {
	return sqlstore.Each(ctx, t.tx, func(row *sql.Rows) error {
		var name string
		var c column
		err := row.Scan(&name, &c.kind, &c.nullable, &c.byDefault, &c.autoIncrement, &c.collation, &c.length)
		found.columns[name] = c
		return err
	}, "SELECT LOWER(`COLUMN_NAME`), LOWER(`COLUMN_TYPE`), `IS_NULLABLE` = 'YES',"+
		" COALESCE(`COLUMN_DEFAULT`, ''), `EXTRA` LIKE '%auto_increment%', COALESCE(`COLLATION_NAME`, ''),"+
		" COALESCE(`CHARACTER_MAXIMUM_LENGTH`, 0)"+
		" FROM `information_schema`.`COLUMNS` WHERE `TABLE_SCHEMA` = DATABASE() AND `TABLE_NAME` = ?", found.name)
}

func (t *takeover) inspectKeys(ctx context.Context, found *table) error {
	return sqlstore.Each(ctx, t.tx, func(row *sql.Rows) error {
		var key string
		var column keyColumn
		err := row.Scan(&key, &column.name, &column.prefix)
		found.keys[key] = append(found.keys[key], column)
		return err
	}, "SELECT `INDEX_NAME`, LOWER(COALESCE(`COLUMN_NAME`, '')), COALESCE(`SUB_PART`, 0)"+
		" FROM `information_schema`.`STATISTICS`"+
		" WHERE `TABLE_SCHEMA` = DATABASE() AND `TABLE_NAME` = ? AND `NON_UNIQUE` = 0"+
		" ORDER BY `INDEX_NAME`, `SEQ_IN_INDEX`", found.name)
}

// checkForeignKeys returns an error that names a foreign key to the table. The server would reject
// the change, too, but only after other steps.
func (t *takeover) checkForeignKeys(ctx context.Context, name string) error {
	const query = "SELECT `TABLE_NAME`, `CONSTRAINT_NAME`, `REFERENCED_COLUMN_NAME`" +
		" FROM `information_schema`.`KEY_COLUMN_USAGE`" +
		" WHERE `REFERENCED_TABLE_SCHEMA` = DATABASE() AND `REFERENCED_TABLE_NAME` = ? LIMIT 1"
	var from, constraint, column string
	switch err := t.tx.QueryRowContext(ctx, query, name).Scan(&from, &constraint, &column); err {
	case nil:
		return fmt.Errorf("%w: the table %s references %s.%s with the foreign key %s, so that column can't be altered;"+
			" drop that foreign key and restart", store.ErrUnfit, from, name, column, constraint)
	case sql.ErrNoRows:
		return nil
	default:
		return fmt.Errorf("find foreign keys to %s: %w", name, err)
	}
}

package mysql

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"clickky/sync/store"
	"clickky/sync/store/sqlstore"
)

// nameLength is the minimum length of the name column, in characters.
const nameLength = 100

// takenOver is the result of the first migration.
type takenOver struct {
	changed bool // existing tables were altered
	players uint64
	total   uint64
}

// takeover is the first migration: it creates the tables, or converts those of the Node.js version.
// Each statement is complete in itself, and each step checks what is left to do, so an earlier run
// may have ended anywhere.
type takeover struct {
	tx        *sql.Tx
	collation string
	// needsPrimaryKeys reports whether the server only alters tables with a primary key.
	needsPrimaryKeys bool
	changed          bool
}

func runTakeover(ctx context.Context, tx *sql.Tx) (takenOver, error) {
	t := &takeover{tx: tx}
	if err := t.run(ctx); err != nil {
		return takenOver{}, err
	}
	result := takenOver{changed: t.changed}
	var err error
	if result.players, err = t.number(ctx, "SELECT COUNT(*) FROM `users`"); err != nil {
		return takenOver{}, err
	}
	result.total, err = t.number(ctx, "SELECT `count` FROM `global_count` WHERE `id` = 1")
	return result, err
}

func (t *takeover) run(ctx context.Context) error {
	users, global, err := t.plan(ctx)
	if err != nil {
		return err
	}
	if err := t.execAll(ctx, users); err != nil {
		return err
	}
	// Planned again, because an old server may have counted meanwhile.
	if err := t.planGlobal(ctx, global); err != nil {
		return err
	}
	if err := t.execAll(ctx, global); err != nil {
		return err
	}
	// Last, because the sum of all counts may not fit into an old column.
	if err := t.raiseTotal(ctx); err != nil {
		return fmt.Errorf("table global_count: %w", err)
	}
	return nil
}

func (t *takeover) execAll(ctx context.Context, found *table) error {
	for _, statement := range found.statements {
		if err := t.exec(ctx, statement); err != nil {
			return fmt.Errorf("table %s: %w", found.name, err)
		}
	}
	return nil
}

// plan inspects users and global_count and decides what to do, before anything changes. If
// something is in the way, the error has store.ErrUnfit in its chain.
func (t *takeover) plan(ctx context.Context) (users, global *table, err error) {
	if t.collation, err = binaryCollation(ctx, t.tx); err != nil {
		return nil, nil, err
	}
	required, err := variable(ctx, t.tx, "sql_require_primary_key")
	if err != nil {
		return nil, nil, err
	}
	t.needsPrimaryKeys = isOn(required)
	if users, err = t.inspect(ctx, "users"); err != nil {
		return nil, nil, err
	}
	if global, err = t.inspect(ctx, "global_count"); err != nil {
		return nil, nil, err
	}
	if err := t.planUsers(ctx, users); err != nil {
		return users, global, err
	}
	return users, global, t.planGlobal(ctx, global)
}

// binaryCollation returns the best binary collation that the server has. Not all servers have the
// first two, and the last one ignores trailing spaces.
func binaryCollation(ctx context.Context, tx *sql.Tx) (collation string, err error) {
	const query = "SELECT `COLLATION_NAME` FROM `information_schema`.`COLLATIONS`" +
		" WHERE `COLLATION_NAME` IN ('utf8mb4_0900_bin', 'utf8mb4_nopad_bin', 'utf8mb4_bin')" +
		" ORDER BY FIELD(`COLLATION_NAME`, 'utf8mb4_0900_bin', 'utf8mb4_nopad_bin', 'utf8mb4_bin') LIMIT 1"
	if err := tx.QueryRowContext(ctx, query).Scan(&collation); err != nil {
		return "", fmt.Errorf("find a binary collation: %w", err)
	}
	return collation, nil
}

func (t *takeover) planUsers(ctx context.Context, users *table) error {
	if !users.exists {
		users.statements = []string{"CREATE TABLE `users` (" +
			"`id` BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY," +
			"`username` VARCHAR(100) CHARACTER SET utf8mb4 COLLATE " + t.collation + " NOT NULL UNIQUE," +
			"`user_count` BIGINT UNSIGNED NOT NULL DEFAULT 0) ENGINE = InnoDB"}
		return nil
	}
	if err := users.require("id", "username", "user_count"); err != nil {
		return err
	}
	for key, columns := range users.keys {
		if c := columns[0]; len(columns) == 1 && c.name == "username" && c.prefix > 0 && c.prefix < nameLength {
			return fmt.Errorf("%w: the unique key users.%s covers only the first %d characters of username,"+
				" which would confuse different players; drop that key and restart", store.ErrUnfit, key, c.prefix)
		}
	}
	users.statements = t.usersAlterations(users)
	if len(users.statements) == 0 {
		return nil
	}
	if err := t.checkForeignKeys(ctx, "users"); err != nil || users.unique("username") {
		return err
	}
	return t.checkNames(ctx)
}

// checkNames returns an error that names a player with several rows.
func (t *takeover) checkNames(ctx context.Context) error {
	// The collation is one of three constants.
	query := "SELECT `username` FROM `users` WHERE `username` IS NOT NULL" +
		" GROUP BY CONVERT(`username` USING utf8mb4) COLLATE " + t.collation +
		" HAVING COUNT(*) > 1 LIMIT 1"
	var name string
	switch err := t.tx.QueryRowContext(ctx, query).Scan(&name); err {
	case nil:
		return fmt.Errorf("%w: the table users has no unique key on username and has %q more than once;"+
			" merge these rows and restart", store.ErrUnfit, name)
	case sql.ErrNoRows:
		return nil
	default:
		return fmt.Errorf("find duplicate names: %w", err)
	}
}

// usersAlterations returns the remaining statements. The one on the structure comes first: if the
// server rejects it, no row was touched.
func (t *takeover) usersAlterations(users *table) (statements []string) {
	var clauses []string
	if id := users.columns["id"]; !id.isCount() || !id.autoIncrement {
		clauses = append(clauses, "MODIFY `id` BIGINT UNSIGNED NOT NULL AUTO_INCREMENT")
	}
	if name := users.columns["username"]; name.collation != t.collation || name.length < nameLength {
		// Rows without a name stay unchanged, so the column must allow NULL.
		null := "NOT NULL"
		if users.namelessRows {
			null = "NULL"
		}
		clauses = append(clauses, fmt.Sprintf("MODIFY `username` VARCHAR(%d) CHARACTER SET utf8mb4 COLLATE %s %s",
			max(nameLength, name.length), t.collation, null))
	}
	clauses = append(clauses, t.idKeyClauses(users)...)
	if !users.unique("username") {
		clauses = append(clauses, "ADD UNIQUE (`username`)")
	}
	if users.engine != "InnoDB" {
		clauses = append(clauses, "ENGINE = InnoDB")
	}
	if len(clauses) > 0 {
		statements = append(statements, "ALTER TABLE `users` "+strings.Join(clauses, ", "))
	}
	if count := users.columns["user_count"]; !count.isCount() || count.byDefault != "0" {
		statements = append(statements,
			"UPDATE `users` SET `user_count` = 0 WHERE `user_count` IS NULL OR `user_count` < 0",
			"ALTER TABLE `users` MODIFY `user_count` BIGINT UNSIGNED NOT NULL DEFAULT 0")
	}
	return statements
}

// idKeyClauses returns the clause that makes the column id a key, if necessary.
func (t *takeover) idKeyClauses(of *table) []string {
	switch {
	case of.unique("id") && (of.hasPrimaryKey() || !t.needsPrimaryKeys):
		return nil
	case of.hasPrimaryKey():
		return []string{"ADD UNIQUE (`id`)"}
	}
	return []string{"ADD PRIMARY KEY (`id`)"}
}

func (t *takeover) planGlobal(ctx context.Context, global *table) (err error) {
	if !global.exists {
		global.statements = []string{"CREATE TABLE `global_count` (" +
			"`id` INT UNSIGNED NOT NULL PRIMARY KEY," +
			"`count` BIGINT UNSIGNED NOT NULL) ENGINE = InnoDB"}
		return nil
	}
	if err := global.require("id", "count"); err != nil {
		return err
	}
	var clauses []string
	if !global.columns["count"].isCount() {
		clauses = append(clauses, "MODIFY `count` BIGINT UNSIGNED NOT NULL")
	}
	clauses = append(clauses, t.idKeyClauses(global)...)
	if global.engine != "InnoDB" {
		clauses = append(clauses, "ENGINE = InnoDB")
	}
	if len(clauses) == 0 {
		return nil
	}
	if err := t.checkForeignKeys(ctx, "global_count"); err != nil {
		return err
	}
	global.statements = []string{"UPDATE `global_count` SET `count` = 0 WHERE `count` IS NULL OR `count` < 0"}
	if !global.unique("id") {
		if err := t.planSingleTotal(ctx, global); err != nil {
			return err
		}
	}
	// In one statement, because some servers alter no table without a primary key.
	global.statements = append(global.statements, "ALTER TABLE `global_count` "+strings.Join(clauses, ", "))
	return nil
}

// planSingleTotal plans to leave one row with ID 1, so that the column can become a key. The
// remaining row is written before the others are deleted, so there is always one.
func (t *takeover) planSingleTotal(ctx context.Context, global *table) error {
	total, err := t.number(ctx, sqlstore.SelectTotal)
	if err != nil {
		return err
	}
	const query = "SELECT COUNT(*) FROM `global_count` WHERE `id` = 1 AND CASE WHEN `count` > 0 THEN `count` ELSE 0 END = ?"
	rows, err := t.number(ctx, query, total)
	if err != nil {
		return err
	}
	if rows == 0 {
		global.statements = append(global.statements, fmt.Sprintf("INSERT INTO `global_count` (`id`, `count`) VALUES (1, %d)", total))
	}
	global.statements = append(global.statements, fmt.Sprintf("DELETE FROM `global_count` WHERE `id` IS NULL OR (`id` = 1 AND `count` <> %d)", total))
	if rows > 1 {
		global.statements = append(global.statements, fmt.Sprintf("DELETE FROM `global_count` WHERE `id` = 1 LIMIT %d", rows-1))
	}
	return nil
}

// raiseTotal sets the row with ID 1 to what Load returns: the global count, or the sum of all
// counts if that is larger.
func (t *takeover) raiseTotal(ctx context.Context) error {
	total, err := t.number(ctx, sqlstore.SelectTotal)
	if err != nil {
		return err
	}
	sum, err := t.number(ctx, "SELECT COALESCE(SUM(`user_count`), 0) FROM `users` WHERE `username` IS NOT NULL")
	if err != nil {
		return err
	}
	_, err = t.tx.ExecContext(ctx, "INSERT INTO `global_count` (`id`, `count`) VALUES (1, ?)"+
		" ON DUPLICATE KEY UPDATE `count` = GREATEST(`count`, VALUES(`count`))", max(total, sum))
	return err
}

// exec executes a statement that changes an existing table.
func (t *takeover) exec(ctx context.Context, statement string) error {
	result, err := t.tx.ExecContext(ctx, statement)
	if err != nil {
		return err
	}
	affected, err := result.RowsAffected()
	if strings.HasPrefix(statement, "ALTER") || affected > 0 {
		t.changed = true
	}
	return err
}

func (t *takeover) number(ctx context.Context, query string, args ...any) (n uint64, err error) {
	err = t.tx.QueryRowContext(ctx, query, args...).Scan(&n)
	return n, err
}

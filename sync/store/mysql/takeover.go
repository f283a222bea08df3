package mysql

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"clickky/sync/store"
	"clickky/sync/store/sqlstore"
)

// nameLength is how many letters of a name there is room for at least.
const nameLength = 100

// takenOver says what the first migration found.
type takenOver struct {
	changed bool // tables were there, and had to be altered
	players uint64
	total   uint64
}

// takeover runs the first migration: it creates the tables or brings those of
// the Node.js version into the same shape. Each statement is complete in itself
// and each step looks for itself what is left to do, so that it does not matter
// where an earlier run ended.
type takeover struct {
	tx        *sql.Tx
	collation string
	// needsPrimaryKeys tells that the server alters no table without a primary key.
	needsPrimaryKeys bool
	changed          bool
}

func takeOver(ctx context.Context, tx *sql.Tx) (takenOver, error) {
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
	users, global, err := t.look(ctx)
	if err != nil {
		return err
	}
	if err := t.alter(ctx, users); err != nil {
		return err
	}
	// Planned anew, since an old server may have counted on meanwhile.
	if err := t.planGlobal(ctx, global); err != nil {
		return err
	}
	if err := t.alter(ctx, global); err != nil {
		return err
	}
	// Last, because the sum over all players may not fit into an old column.
	if err := t.raiseTotal(ctx); err != nil {
		return fmt.Errorf("table global_count: %w", err)
	}
	return nil
}

// alter does what is left to do with a table.
func (t *takeover) alter(ctx context.Context, found *table) error {
	for _, statement := range found.left {
		if err := t.exec(ctx, statement); err != nil {
			return fmt.Errorf("table %s: %w", found.name, err)
		}
	}
	return nil
}

// look inspects users and global_count, finds out what is left to do, and says what is in the way of
// it, before anything changes. The error has store.ErrUnfit in its chain then.
func (t *takeover) look(ctx context.Context) (users, global *table, err error) {
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

// binaryCollation finds the collation that tells most names apart: the later
// ones ignore trailing spaces, or are missing on some servers.
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
		users.left = []string{"CREATE TABLE `users` (" +
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
	users.left = t.usersAlterations(users)
	if len(users.left) == 0 {
		return nil
	}
	if err := t.checkForeignKeys(ctx, "users"); err != nil || users.unique("username") {
		return err
	}
	return t.checkNames(ctx)
}

// checkNames returns an error that names a player who has several rows.
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

// usersAlterations returns the statements that are left to do. The one on the structure comes first:
// the server may refuse that one, and then no row was touched.
func (t *takeover) usersAlterations(users *table) (statements []string) {
	var clauses []string
	if id := users.columns["id"]; !id.isCount() || !id.autoIncrement {
		clauses = append(clauses, "MODIFY `id` BIGINT UNSIGNED NOT NULL AUTO_INCREMENT")
	}
	if name := users.columns["username"]; name.collation != t.collation || name.length < nameLength {
		// Rows without a name stay what they are, so they need a column that
		// takes them.
		null := "NOT NULL"
		if users.namelessRows {
			null = "NULL"
		}
		clauses = append(clauses, fmt.Sprintf("MODIFY `username` VARCHAR(%d) CHARACTER SET utf8mb4 COLLATE %s %s",
			max(nameLength, name.length), t.collation, null))
	}
	clauses = append(clauses, t.keyOnID(users)...)
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

// keyOnID returns the clause that makes the column id a key, if it has to be one.
func (t *takeover) keyOnID(of *table) []string {
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
		global.left = []string{"CREATE TABLE `global_count` (" +
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
	clauses = append(clauses, t.keyOnID(global)...)
	if global.engine != "InnoDB" {
		clauses = append(clauses, "ENGINE = InnoDB")
	}
	if len(clauses) == 0 {
		return nil
	}
	if err := t.checkForeignKeys(ctx, "global_count"); err != nil {
		return err
	}
	global.left = []string{"UPDATE `global_count` SET `count` = 0 WHERE `count` IS NULL OR `count` < 0"}
	if !global.unique("id") {
		if err := t.foldTotals(ctx, global); err != nil {
			return err
		}
	}
	// In one statement, since a server may alter no table without a primary key.
	global.left = append(global.left, "ALTER TABLE `global_count` "+strings.Join(clauses, ", "))
	return nil
}

// foldTotals leaves one row with id 1, so that the column can become a key. The
// row that is to stay is written before the others go: no moment is without it.
func (t *takeover) foldTotals(ctx context.Context, global *table) error {
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
		global.left = append(global.left, fmt.Sprintf("INSERT INTO `global_count` (`id`, `count`) VALUES (1, %d)", total))
	}
	global.left = append(global.left, fmt.Sprintf("DELETE FROM `global_count` WHERE `id` IS NULL OR (`id` = 1 AND `count` <> %d)", total))
	if rows > 1 {
		global.left = append(global.left, fmt.Sprintf("DELETE FROM `global_count` WHERE `id` = 1 LIMIT %d", rows-1))
	}
	return nil
}

// raiseTotal makes the row with id 1 what Load returns: the global count that
// was there, or the sum over all players where that is more.
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

// exec runs a statement that changes a table somebody else made.
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

package mysql

import (
	"context"
	"database/sql"
	"slices"
	"time"
	"unicode/utf8"

	"clickky/sync/store/sqlstore"
)

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

// dialect returns what MySQL says in its own way. Moments are in UTC, which no session's time zone
// changes, and read as numbers, since the driver would put them into whatever time zone the
// operator's DSN says.
func (s *Store) dialect() *sqlstore.Dialect {
	return &sqlstore.Dialect{
		Now:   "UTC_TIMESTAMP(6)",
		Later: func(moment string) string { return moment + " + INTERVAL ? MICROSECOND" },
		Unix:  since1970,
		// Bytes keep the server from looking for letters in what is compared byte for byte.
		Text:        func(text string) any { return []byte(text) },
		Second:      func(at time.Time) any { return at.UTC().Format(time.DateTime) },
		Lookup:      lookup,
		ForUpdate:   " FOR UPDATE",
		OnID:        onKnownID,
		OnName:      onKnownName,
		CheckCount:  func(uint64) error { return nil },
		Transaction: s.transaction,
		Classify:    classify,
		Wrap:        s.wrap,
	}
}

func since1970(unit sqlstore.Unit, moment string) string {
	return "TIMESTAMPDIFF(" + string(unit) + ", '1970-01-01', " + moment + ")"
}

// lookup is NULL for a name that is no text: no row can have it, and the server must not be asked.
func lookup(name string) any {
	if !utf8.ValidString(name) {
		return nil
	}
	return name
}

// transaction runs do in a transaction, and rolls back what do did not commit.
func (s *Store) transaction(ctx context.Context, access sqlstore.Access, do func(*sql.Tx) error) error {
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }() // back to the pool
	tx, err := begin(ctx, conn, access)
	if err != nil {
		return err
	}
	// After a commit there is nothing to roll back. When this fails otherwise,
	// the connection is broken, and the server rolls back by itself.
	defer func() { _ = tx.Rollback() }()
	return do(tx)
}

// begin begins a transaction. Where the server knows no READ ONLY, which is a precaution,
// it begins an ordinary one, on the same connection: the isolation that was asked for is
// still to come there.
func begin(ctx context.Context, conn *sql.Conn, access sqlstore.Access) (*sql.Tx, error) {
	if access != sqlstore.Snapshot {
		return conn.BeginTx(ctx, nil)
	}
	opts := sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
	tx, err := conn.BeginTx(ctx, &opts)
	if slices.Contains(notSupported, number(err)) {
		opts.ReadOnly = false
		tx, err = conn.BeginTx(ctx, &opts)
	}
	return tx, err
}

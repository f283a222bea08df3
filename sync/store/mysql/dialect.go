package mysql

import (
	"context"
	"database/sql"
	"slices"
	"time"
	"unicode/utf8"

	"clickky/sync/store/sqlstore"
)

// How to update an existing row. The time when a player was seen never goes back.
//
// A row that matches only by collation is left alone: its count belongs to another player. The cast
// is for servers without a better collation than utf8mb4_bin, which ignores trailing spaces. A row
// with a known ID was found by its exact name.
//
// VALUES(column) is deprecated in MySQL in favour of a row alias, which is a syntax error in
// MariaDB.
const (
	onKnownID = " ON DUPLICATE KEY UPDATE `user_count` = VALUES(`user_count`)," +
		" `clickky_seen` = GREATEST(VALUES(`clickky_seen`), `clickky_seen`)"
	onKnownName = " ON DUPLICATE KEY UPDATE `user_count` = IF(" + sameName + ", VALUES(`user_count`), `user_count`)," +
		" `clickky_seen` = IF(" + sameName + ", GREATEST(VALUES(`clickky_seen`), `clickky_seen`), `clickky_seen`)"
	onDay    = " ON DUPLICATE KEY UPDATE `clicks` = VALUES(`clicks`)"
	sameName = "CAST(`username` AS BINARY) = CAST(VALUES(`username`) AS BINARY)"
)

// dialect returns MySQL's dialect. Moments are in UTC, which no session's time zone changes, and
// are read as numbers, because the driver would convert them to the time zone in the operator's
// DSN.
func (s *Store) dialect() *sqlstore.Dialect {
	return &sqlstore.Dialect{
		Now:     "UTC_TIMESTAMP(6)",
		Later:   func(moment string) string { return moment + " + INTERVAL ? MICROSECOND" },
		Unix:    unixExpression,
		DaysAgo: "UTC_DATE() - INTERVAL ? DAY",
		// The server compares bytes as bytes.
		Text:        func(text string) any { return []byte(text) },
		Second:      func(at time.Time) any { return at.UTC().Format(time.DateTime) },
		Lookup:      lookup,
		ForUpdate:   " FOR UPDATE",
		OnID:        onKnownID,
		OnName:      onKnownName,
		OnDay:       onDay,
		CheckCount:  func(uint64) error { return nil },
		Transaction: s.transaction,
		Classify:    classify,
		Wrap:        s.wrap,
	}
}

func unixExpression(unit sqlstore.Unit, moment string) string {
	return "TIMESTAMPDIFF(" + string(unit) + ", '1970-01-01', " + moment + ")"
}

// lookup returns NULL for a name that isn't valid UTF-8: no row can have it, and the server rejects
// it.
func lookup(name string) any {
	if !utf8.ValidString(name) {
		return nil
	}
	return name
}

// transaction runs do in a transaction, and rolls back what do didn't commit.
func (s *Store) transaction(ctx context.Context, access sqlstore.Access, do func(*sql.Tx) error) error {
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }() // returns it to the pool
	tx, err := begin(ctx, conn, access)
	if err != nil {
		return err
	}
	// After a commit there is nothing to roll back. If this fails otherwise, the connection is
	// broken, and the server rolls back by itself.
	defer func() { _ = tx.Rollback() }()
	return do(tx)
}

// begin begins a transaction. READ ONLY is only a precaution. If the server doesn't support it,
// begin retries without it on the same connection, where the requested isolation still applies.
func begin(ctx context.Context, conn *sql.Conn, access sqlstore.Access) (*sql.Tx, error) {
	if access != sqlstore.Snapshot {
		return conn.BeginTx(ctx, nil)
	}
	opts := sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
	tx, err := conn.BeginTx(ctx, &opts)
	if slices.Contains(notSupported, errorNumber(err)) {
		opts.ReadOnly = false
		tx, err = conn.BeginTx(ctx, &opts)
	}
	return tx, err
}

package mysql

import (
	"database/sql"
	sqldriver "database/sql/driver"
	"errors"
	"fmt"

	driver "github.com/go-sql-driver/mysql"

	"clickky/sync/store"
)

// Error numbers of the server that this package tells apart.
const (
	codeDatabaseDenied = 1044
	codeAccessDenied   = 1045
	codeNoDatabase     = 1049
	codeNoColumn       = 1054
	codeNoTable        = 1146
	codeColumnExists   = 1060
	codeNoDefault      = 1364
	codeSocketDenied   = 1698

	codeLockTimeout = 1205 // only the statement was rolled back
	codeDeadlock    = 1213 // the transaction was
)

// refusals are the errors that say something about the values of a row, so that
// the same row would be refused again. An error that is not known here is
// another kind: that costs a retry, while the opposite mistake would set aside a
// count that the database could have had.
var refusals = map[uint16]bool{
	1048: true, // a column cannot be null
	1062: true, // a duplicate, on a key other than the name
	1264: true, // out of range
	1265: true, // data truncated
	1292: true, // incorrect value
	1300: true, // invalid characters
	1366: true, // incorrect value, also invalid characters
	1406: true, // too long
	1452: true, // a foreign key
	1526: true, // no partition for it
	1586: true, // a duplicate, by the key's name
	1644: true, // signalled by a trigger
	1690: true, // out of range in an expression
	3819: true, // a check constraint, in MySQL
	4025: true, // a check constraint, in MariaDB
}

// stateSignalled is the SQLSTATE of a trigger that gives no other.
const stateSignalled = "45000"

// refused tells whether the server refuses a row for good.
func refused(err error) bool {
	refusal, ok := errors.AsType[*driver.MySQLError](err)
	return ok && !errors.Is(err, store.ErrUnknown) && (refusals[refusal.Number] || string(refusal.SQLState[:]) == stateSignalled)
}

// inTheWay tells whether somebody else's locks made a transaction fail, and
// nothing of it is there.
func inTheWay(err error) bool {
	return (number(err) == codeDeadlock || number(err) == codeLockTimeout) && !errors.Is(err, store.ErrUnknown)
}

// certain tells whether nothing was committed, given the error of a COMMIT. The
// driver says ErrBadConn when it has sent nothing and when the server refused
// because it is read-only, database/sql says ErrTxDone when it has sent nothing,
// and a deadlock that a cluster finds only now rolls back. Everything else
// leaves it open.
func certain(err error) bool {
	return errors.Is(err, sqldriver.ErrBadConn) || errors.Is(err, sql.ErrTxDone) || number(err) == codeDeadlock
}

// number is that of a server's error, or 0.
func number(err error) uint16 {
	if refusal, ok := errors.AsType[*driver.MySQLError](err); ok {
		return refusal.Number
	}
	return 0
}

// wrap says what failed and puts the sentinel of package store that belongs to
// the server's answer into the chain. It returns nil for nil.
func wrap(doing string, err error) error {
	switch number(err) {
	case codeDatabaseDenied, codeAccessDenied, codeNoDatabase, codeSocketDenied:
		return fmt.Errorf("%s: %w: %w", doing, store.ErrRefused, err)
	case codeNoTable:
		return fmt.Errorf("%s: %w: %w", doing, store.ErrNoTables, err)
	}
	if distrust := wrapTLS(doing, err); distrust != nil {
		return distrust
	}
	if errors.Is(err, sqldriver.ErrBadConn) {
		// The driver says no more, not even when the server did.
		return fmt.Errorf("%s: the server is gone, or cannot be written to: %w", doing, err)
	}
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", doing, err)
}

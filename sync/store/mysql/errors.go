package mysql

import (
	sqldriver "database/sql/driver"
	"errors"
	"fmt"
	"slices"

	driver "github.com/go-sql-driver/mysql"

	"clickky/sync/store"
	"clickky/sync/store/sqlstore"
)

// Error numbers of the server that this package tells apart.
const (
	codeDatabaseDenied = 1044
	codeAccessDenied   = 1045
	codeNoCluster      = 1047
	codeNoDatabase     = 1049
	codeNoColumn       = 1054
	codeNoTable        = 1146
	codeColumnExists   = 1060
	codeNoDefault      = 1364
	codeSocketDenied   = 1698

	codeLockTimeout = 1205 // only the statement was rolled back
	codeDeadlock    = 1213 // the transaction was

	codeIsView = 1347 // a view is where a table is needed
)

// notSupported are the errors of a server that lacks a function or a kind of statement.
var notSupported = []uint16{
	1064, // a syntax error
	1105, // not named, as with Percona's cluster in its strict mode
	1235, // not supported yet
	1305, // no such function
}

// outdated are the errors after which only a new connection can do better. A server
// judges a connection by the privileges that the user had when it began, and one that
// takes no changes may have a successor at the same address.
var outdated = []uint16{
	codeDatabaseDenied, 1142, 1143, 1227, // a privilege is missing
	1290, 1792, 1836, // the server is read-only
}

// mends say what to do about errors of a server that answers and lets nobody work.
var mends = map[uint16]string{
	codeDatabaseDenied: "grant the privileges that clickky doctor prints, or use another database in --db",
	codeAccessDenied:   "fix the user and password in --db",
	codeNoDatabase:     "create the database, or use another one in --db",
	codeSocketDenied:   "give the user a password and put it in --db",
	codeNoCluster:      "bring the node back into its cluster, or use the address of another node in --db",

	1040: "wait for others to disconnect, or raise max_connections on the server",
	1129: "run FLUSH HOSTS on the server",
	1130: "create the user with this machine as its host",
	1142: "grant the privileges that clickky doctor prints",
	1143: "grant the privileges that clickky doctor prints",
	1203: "raise max_user_connections on the server",
	1226: "raise the user's limits on the server",
	1227: "grant the privileges that clickky doctor prints",
	1251: "give the user another authentication plugin",
	1290: "use a writable server in --db, or turn read_only off",
	1524: "give the user an authentication plugin that the server supports",
	1820: "set a new password with ALTER USER and put it in --db",
	1836: "use a writable server in --db, or turn read_only off",
	1862: "set a new password with ALTER USER and put it in --db",
	3032: "run SET GLOBAL offline_mode = OFF on the server",
	3118: "unlock the account with ALTER USER … ACCOUNT UNLOCK",
	3159: "add tls=true to the URL in --db, or set --db-ca to the server's certificate authority",
	3955: "unlock the account with ALTER USER … ACCOUNT UNLOCK",
	4151: "unlock the account with ALTER USER … ACCOUNT UNLOCK",
}

// mayPass are those of mends that pass by themselves, or with a GRANT.
var mayPass = []uint16{codeNoCluster, 1040, 1129, 1142, 1143, 1203, 1226, 1227, 1290, 1836, 3032}

// maybeTLS is added for a connection without TLS: the server says no more to a user
// who has to use it than to one with a wrong password.
const maybeTLS = "; if the user requires TLS, add tls=true to the URL in --db, or set --db-ca"

// unfit are the errors of statements that alter tables which say that these tables
// cannot be altered like that, now or later.
var unfit = map[uint16]bool{
	1062: true,                                     // a duplicate
	1071: true,                                     // a key that is too long
	1075: true,                                     // another column counts by itself
	1118: true,                                     // a row that is too long
	1138: true,                                     // NULL, where there must be a value
	1264: true, 1265: true, 1366: true, 1406: true, // a value that the new type has no room for
	codeIsView: true,
	1832:       true, 1833: true, // a foreign key
	1845: true, 1846: true, // this kind of table
	3750: true, // no primary key, and the server needs one
	3780: true, // a foreign key
	3837: true, // a functional index
	8200: true, // a column in a key, on TiDB
}

// wrapUnfit says of an error of a migration that the tables cannot be taken over, and
// the way around them.
func wrapUnfit(err error) error {
	if !unfit[number(err)] || errors.Is(err, store.ErrUnfit) {
		return err
	}
	return fmt.Errorf("%w: %w; fix the table, or give Clickky an empty database and import the counts"+
		" with clickky import --from", store.ErrUnfit, err)
}

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

// conflicts are the errors about somebody else's locks or changes that made a statement fail.
var conflicts = []uint16{
	codeLockTimeout,
	1020, // a row changed since it was read, as MariaDB says where reads are repeatable
}

// classify says what an error means for the rows and the transaction. After the error of a COMMIT,
// nothing is there if the server is read-only, or if a cluster finds a deadlock only then; all
// others leave it open.
func classify(err error) sqlstore.Fault {
	refusal, ok := errors.AsType[*driver.MySQLError](err)
	switch {
	case !ok:
		return sqlstore.Other
	case refusals[refusal.Number], string(refusal.SQLState[:]) == stateSignalled:
		return sqlstore.Refused
	case refusal.Number == codeDeadlock:
		return sqlstore.Undone
	case slices.Contains(conflicts, refusal.Number):
		return sqlstore.Blocked
	case slices.Contains(outdated, refusal.Number):
		return sqlstore.Forbidden
	case refusal.Number == codeNoTable:
		return sqlstore.NoTable
	case refusal.Number == codeNoColumn:
		return sqlstore.NoColumn
	}
	return sqlstore.Other
}

// number is that of a server's error, or 0.
func number(err error) uint16 {
	if refusal, ok := errors.AsType[*driver.MySQLError](err); ok {
		return refusal.Number
	}
	return 0
}

// wrap says what failed and puts the sentinel of package store that belongs to
// the server's answer into the chain. It returns nil for nil. After an error that a new
// connection may not have, it closes the old ones.
func (s *Store) wrap(doing string, err error) error {
	n := number(err)
	if slices.Contains(outdated, n) || n == codeNoCluster {
		s.closeIdle()
	}
	mend := mends[n]
	switch {
	case n == codeAccessDenied && s.cfg.driver.TLS == nil && s.cfg.driver.TLSConfig == "":
		mend += maybeTLS
		fallthrough
	case mend != "" && !slices.Contains(mayPass, n):
		return fmt.Errorf("%s: %w: %w; %s", doing, store.ErrRefused, err, mend)
	case mend != "":
		return fmt.Errorf("%s: %w: %w; %s", doing, store.ErrAnswered, err, mend)
	case n == codeNoTable:
		return fmt.Errorf("%s: %w: %w", doing, store.ErrNoTables, err)
	case n != 0:
		return fmt.Errorf("%s: %w: %w", doing, store.ErrAnswered, err)
	}
	if refusal := wrapLogin(doing, err); refusal != nil {
		return refusal
	}
	if errors.Is(err, sqldriver.ErrBadConn) {
		return fmt.Errorf("%s: the server closed the connection: %w", doing, err) // the driver says no more
	}
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", doing, err)
}

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

// Error numbers of the server.
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

// staleConnErrors are the errors that only a new connection can avoid. A connection keeps the
// privileges that the user had when it was opened, and a read-only server may have a successor at
// its address.
var staleConnErrors = []uint16{
	codeDatabaseDenied, 1142, 1143, 1227, // a privilege is missing
	1290, 1792, 1836, // the server is read-only
}

// fixes say how to fix errors of a server that answers but rejects all work.
var fixes = map[uint16]string{
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

// temporary are those of fixes that may go away by themselves, or with a GRANT.
var temporary = []uint16{codeNoCluster, 1040, 1129, 1142, 1143, 1203, 1226, 1227, 1290, 1836, 3032}

// maybeTLS is added for a connection without TLS: the server reports the same error to a user who
// must use TLS as to one with a wrong password.
const maybeTLS = "; if the user requires TLS, add tls=true to the URL in --db, or set --db-ca"

// schemaErrors are the errors of statements that alter tables, if the tables can't be altered like
// that, now or later.
var schemaErrors = map[uint16]bool{
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

// wrapSchemaError adds to a migration's error that the tables can't be taken over, and what to do.
func wrapSchemaError(err error) error {
	if !schemaErrors[errorNumber(err)] || errors.Is(err, store.ErrUnfit) {
		return err
	}
	return fmt.Errorf("%w: %w; fix the table, or give Clickky an empty database and import the counts"+
		" with clickky import --from", store.ErrUnfit, err)
}

// rowErrors are the errors about a row's values: the same row would be rejected again. Unknown
// errors count as another kind, which costs a retry; the opposite mistake would set aside a good
// count.
var rowErrors = map[uint16]bool{
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

// stateSignalled is the default SQLSTATE of a trigger's error.
const stateSignalled = "45000"

// conflicts are the errors of a statement that conflicted with somebody else's locks or changes.
var conflicts = []uint16{
	codeLockTimeout,
	1020, // a row changed since it was read, as MariaDB says where reads are repeatable
}

// classify returns what an error means for the rows and the transaction. After a failed COMMIT,
// nothing was written if the server is read-only, or if a cluster reports a deadlock; other errors
// leave it open.
func classify(err error) sqlstore.Fault {
	refusal, ok := errors.AsType[*driver.MySQLError](err)
	switch {
	case !ok:
		return sqlstore.Other
	case rowErrors[refusal.Number], string(refusal.SQLState[:]) == stateSignalled:
		return sqlstore.Refused
	case refusal.Number == codeDeadlock:
		return sqlstore.Undone
	case slices.Contains(conflicts, refusal.Number):
		return sqlstore.Blocked
	case slices.Contains(staleConnErrors, refusal.Number):
		return sqlstore.Forbidden
	case refusal.Number == codeNoTable:
		return sqlstore.NoTable
	case refusal.Number == codeNoColumn:
		return sqlstore.NoColumn
	}
	return sqlstore.Other
}

// errorNumber returns the number of a server's error, or 0.
func errorNumber(err error) uint16 {
	if refusal, ok := errors.AsType[*driver.MySQLError](err); ok {
		return refusal.Number
	}
	return 0
}

// wrap adds what failed, and the error of package store that fits the server's. It returns nil for
// nil. After an error that a new connection may avoid, it closes the idle ones.
func (s *Store) wrap(doing string, err error) error {
	n := errorNumber(err)
	if slices.Contains(staleConnErrors, n) || n == codeNoCluster {
		s.closeIdle()
	}
	fix := fixes[n]
	switch {
	case n == codeAccessDenied && s.cfg.driver.TLS == nil && s.cfg.driver.TLSConfig == "":
		fix += maybeTLS
		fallthrough
	case fix != "" && !slices.Contains(temporary, n):
		return fmt.Errorf("%s: %w: %w; %s", doing, store.ErrRefused, err, fix)
	case fix != "":
		return fmt.Errorf("%s: %w: %w; %s", doing, store.ErrAnswered, err, fix)
	case n == codeNoTable:
		return fmt.Errorf("%s: %w: %w", doing, store.ErrNoTables, err)
	case n != 0:
		return fmt.Errorf("%s: %w: %w", doing, store.ErrAnswered, err)
	}
	if refusal := wrapLoginError(doing, err); refusal != nil {
		return refusal
	}
	if errors.Is(err, sqldriver.ErrBadConn) {
		return fmt.Errorf("%s: the server closed the connection: %w", doing, err) // the driver has no details
	}
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", doing, err)
}

package sqlstore

import (
	"context"
	"database/sql"
	"time"
)

// Dialect is what differs between databases.
type Dialect struct {
	// Now is the expression for the database's clock. Later returns the expression for a moment
	// plus a parameter in microseconds. Unix returns the expression for a moment as units since
	// 1970. DaysAgo is the expression for the date a parameter of days ago.
	Now     string
	Later   func(moment string) string
	Unix    func(unit Unit, moment string) string
	DaysAgo string

	// Text converts a name, key or target that is compared byte for byte, and Second a moment.
	// Lookup converts the name of a row in users; nil if no row can have the name.
	Text   func(string) any
	Second func(time.Time) any
	Lookup func(string) any

	// ForUpdate ends a query that locks its row until the transaction ends.
	ForUpdate string
	// OnName ends the INSERT of players without IDs, OnID the one of players with IDs, and OnDay the
	// one of their days. They say how to update an existing row.
	OnName, OnID, OnDay string
	// CheckCount returns an error that Classify reports as Refused if a count is too large.
	CheckCount func(uint64) error
	// Prepares reports whether preparing makes repeated statements faster.
	Prepares bool

	// Transaction runs do in a transaction, and rolls back what do didn't commit.
	Transaction func(ctx context.Context, access Access, do func(*sql.Tx) error) error
	// Classify returns the kind of a statement's error.
	Classify func(error) Fault
	// Wrap adds what failed, and the errors of package store to the chain. It returns nil for nil.
	Wrap func(doing string, err error) error
}

// Unit is a unit of time for columns and Dialect.Unix.
type Unit string

// The units of time.
const (
	Second      Unit = "SECOND"
	Microsecond Unit = "MICROSECOND"
)

// Access is what a transaction is for.
type Access int

const (
	// Snapshot reads what was committed before the transaction began.
	Snapshot Access = iota
	// Settle reads after all transactions that write.
	Settle
	// Write reads and writes. Transactions that write run one after the other.
	Write
)

// Fault is the kind of an error.
type Fault int

const (
	// Other errors say nothing about other statements.
	Other Fault = iota
	// Refused means that a row's values are rejected. They always would be, but other rows may not.
	Refused
	// Blocked means that a statement conflicted with somebody else's locks or changes.
	Blocked
	// Undone means the same, and that the database rolled the transaction back, even at a COMMIT.
	Undone
	// Forbidden means that nobody, or not this user, may write now. A COMMIT did nothing.
	Forbidden
	// NoTable means that a table doesn't exist.
	NoTable
	// NoColumn means that a column doesn't exist.
	NoColumn
)

// InTheWay reports whether a retry may succeed soon, because of a conflict with somebody else.
func (f Fault) InTheWay() bool { return f == Blocked || f == Undone }

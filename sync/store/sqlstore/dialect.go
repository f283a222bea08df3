package sqlstore

import (
	"context"
	"database/sql"
	"time"
)

// Dialect is what each kind of database says or does in its own way.
type Dialect struct {
	// Now is the expression for the database's clock, and Later for a moment after another
	// one, by a parameter that counts microseconds. Unix reads a moment as a number of units
	// since 1970.
	Now   string
	Later func(moment string) string
	Unix  func(unit Unit, moment string) string

	// Text is what the database is given for a name, key or target that it compares byte for
	// byte, and Second for a moment. Lookup is what users is searched for by name; nil if no row
	// can have that name.
	Text   func(string) any
	Second func(time.Time) any
	Lookup func(string) any

	// ForUpdate ends a query that locks the row it reads until its transaction ends.
	ForUpdate string
	// OnName ends the INSERT of players without an id, and says what becomes of a row that is
	// there. OnID does so for an INSERT with the ids of rows, which is used where one without them
	// would use up ids although it ends as an update; empty elsewhere.
	OnName, OnID string
	// CheckCount returns an error that Classify takes for Refused if a count is too large.
	CheckCount func(uint64) error
	// Prepares tells that a statement used again and again is quicker if it is prepared.
	Prepares bool

	// Transaction runs do in a transaction, and rolls back what do did not commit.
	Transaction func(ctx context.Context, access Access, do func(*sql.Tx) error) error
	// Classify says what kind of error a statement has returned.
	Classify func(error) Fault
	// Wrap says what failed, with the sentinels of package store in the chain. It returns nil for
	// nil.
	Wrap func(doing string, err error) error
}

// Unit is what a column counts, or a dialect's Unix.
type Unit string

// The units of moments.
const (
	Second      Unit = "SECOND"
	Microsecond Unit = "MICROSECOND"
)

// Access is what a transaction is for.
type Access int

const (
	// Snapshot reads what was committed when the transaction began.
	Snapshot Access = iota
	// Settle reads after all transactions that write.
	Settle
	// Write reads and writes; transactions that write come one after the other.
	Write
)

// Fault is the kind of an error.
type Fault int

const (
	// Other errors say nothing about what else may succeed.
	Other Fault = iota
	// Refused means that the values of a row are at fault: the same row would be refused again,
	// and others need not be.
	Refused
	// Blocked means that somebody else's locks or changes were in the way of a statement.
	Blocked
	// Undone means that they were in the way, and that the database has undone the whole
	// transaction, even if the statement was a COMMIT.
	Undone
	// Forbidden means that nobody may write just now, or that this user may not. A COMMIT has
	// done nothing.
	Forbidden
	// NoTable means that a table is not there.
	NoTable
	// NoColumn means that a column is not there.
	NoColumn
)

// InTheWay reports whether the same may succeed soon, because somebody else's locks or changes
// were at fault.
func (f Fault) InTheWay() bool { return f == Blocked || f == Undone }

// Package store defines what Clickky needs of a database: to be brought to
// the current tables, to be read once at start, and to take counts, when players
// were last seen, the keys that own names, what players have chosen, bans, and the
// audit log of what admins did. The database is a snapshot of a journal at one position. It also hands the
// server what the operator asks for with another command, and lets the operator amend
// it while no server has it.
//
// Every implementation guarantees that a Save is all or nothing; that the
// position moves in the same transaction as everything else, forwards only, and only
// from where the writer believes it to be, so that no event of the journal is ever counted
// twice or left out; that a count which the database refuses is set aside in that
// transaction too, and not lost; that a choice which it refuses holds nothing back;
// that a name which is not in a batch is left alone; that when a player was seen
// never goes back; and that names and keys are compared byte for byte.
package store

import (
	"context"
	"errors"
	"time"

	"clickky/sync/game"
)

// ErrRefused is in the chain of an error, of any method, that trying again will
// not mend: the database rejects the user or the password, does not exist, or
// is a file that holds something else.
var ErrRefused = errors.New("the database rejects this server")

// ErrAnswered is in the chain of an error, of any method, that the database itself
// returned: it can be reached, and another time the same may succeed. Answered reports
// whether this or another error says so.
var ErrAnswered = errors.New("the database returned an error")

// Answered reports whether an error says that the database can be reached.
func Answered(err error) bool { return errors.Is(err, ErrAnswered) || errors.Is(err, ErrRefused) }

// ErrUnfit is in the chain of the error that Migrate returns when tables are
// there which it cannot bring to the current version, and of that of Check when they
// are not of it any more. The error says what is in the way; somebody has to mend it.
var ErrUnfit = errors.New("these tables can't be used")

// ErrLeased is in the chain of the error of Lease when another journal's lease
// lasts: another server is writing to the database; and of the error of Amend when
// any does.
var ErrLeased = errors.New("another server holds the database lease")

// ErrMoved is in the chain of the error of Save when the database is not where
// the batch begins: it belongs to another journal by now, or somebody has saved.
var ErrMoved = errors.New("the database has moved on")

// ErrMissing is in the chain of the error of Save when players have no row any more who
// had one, as when somebody empties the table. Nothing is written.
var ErrMissing = errors.New("players are missing from the database")

// ErrUnknown is in the chain of the error of a method that writes when the
// database was told to commit and its answer never came: either everything is
// there now or nothing is. After any other error nothing is there.
var ErrUnknown = errors.New("the outcome is unknown")

// ErrNoTables is in the chain of the error of a method that reads, or that is
// about bindings or the audit log, when the database has no Clickky tables yet, or none of the
// version that the method needs.
var ErrNoTables = errors.New("the database has no Clickky tables")

// Binding is a key to which the operator wants to give a name, as the server
// that runs the game is to carry it out.
type Binding struct {
	// ID is what RequestBinding returned. It is never used again, and a binding
	// that can be read before another one has the smaller ID.
	ID uint64
	// Name is the login name, and Fingerprint the key.
	Name, Fingerprint string
	// Sole tells that all other keys are to lose the name.
	Sole bool
}

// State is which journal a database belongs to, and how far into it the counts
// reach. The zero State is that of a database that no journal has taken yet.
type State struct {
	// Journal identifies the journal; empty: none. Between an Amend and the next
	// Lease it is a name that no journal has.
	Journal string
	// Position is the sequence number of the last event of the journal that
	// is in the counts.
	Position uint64
	// LeaseLeft is how long the lease of the journal still lasts by the
	// database's own clock; 0: it has run out.
	LeaseLeft time.Duration
	// Amended tells, in what Lease returns, that the counts are not those which the
	// journal left there: whoever knows older ones has to load them anew.
	Amended bool
}

// Snapshot is what Load found, without the Players.
type Snapshot struct {
	State
	// Contents has a Total that is never less than the sum over all players. In tables of a
	// version that does not keep them there are no owners, preferences, bans or records.
	game.Contents
}

// Rejected is a player whose count the database refused for good. When the player
// was seen is not set aside with it.
type Rejected struct {
	game.Player

	// Reason is the database's error.
	Reason string
	// At is when, by the database's clock.
	At time.Time
}

// Store is a database that keeps the counts. Its methods are safe for
// concurrent use.
type Store interface {
	// Migrate brings the tables to the current version, under a lock, and
	// takes over those of the Node.js version in place. Running it again
	// changes nothing; after an error or a crash, running it again completes
	// the work. A column that Clickky has added to users, and that somebody has
	// dropped, it adds again, and then it does what Check does.
	Migrate(ctx context.Context) error

	// Check returns an error with ErrUnfit in its chain when the tables, of the current
	// version as far as the database knows, cannot take what Save writes, since somebody
	// has altered them.
	Check(ctx context.Context) error

	// Load calls yield once for each player, in no order, and returns the
	// rest of the same consistent snapshot. The count of a player who is set
	// aside is the one that was set aside. In tables of a version that does not
	// keep it nobody was ever seen. It writes nothing, and reads tables
	// that were never migrated too. An error of yield ends it and is in the
	// chain of the one that is returned; yield must not call the store.
	Load(ctx context.Context, yield func(game.Player) error) (Snapshot, error)

	// State reads which journal the database belongs to, and its position. It
	// is how a Save whose outcome is unknown is settled: it waits for one that
	// is still being decided, so what it returns is final.
	State(ctx context.Context) (State, error)

	// Lease takes the lease for the journal, or renews it, for the given
	// time by the database's own clock, and returns the state afterwards. A
	// database that belongs to no journal, or whose lease has run out, then
	// belongs to this journal; if it belonged to another one, its position
	// becomes the given one. While another journal's lease lasts, nothing is
	// changed, and the error has ErrLeased in its chain; the state is
	// returned with it. After an error with ErrUnknown in its chain, calling it
	// again is safe.
	Lease(ctx context.Context, journal string, position uint64, d time.Duration) (State, error)

	// Release ends the lease of the journal, so that another need not wait.
	// It changes nothing if the database belongs to another one.
	Release(ctx context.Context, journal string) error

	// Save writes the batch in one transaction, inserting players that the
	// database does not know, and moves the position. If the database does
	// not belong to the batch's journal or is not at its From, nothing is
	// written, and ErrMoved is in the chain of the error; nor if its To is less
	// than its From, with ErrBackwards; nor if a player who is Stored has no row and is
	// not set aside, with ErrMissing. After an error with
	// ErrUnknown in its chain State tells whether the batch is there; after any
	// other error nothing of it is. A player whom the database refuses for good
	// does not hold back the others: the count is set aside, and returned. The
	// keys of that name are written all the same.
	Save(ctx context.Context, batch game.Checkpoint) (rejected []Rejected, err error)

	// Rejected returns all players that are set aside. A later count of such
	// a player that the database takes removes it, and so does removing the player.
	Rejected(ctx context.Context) ([]Rejected, error)

	// RequestBinding asks the server of the game for a binding, and returns the
	// ID that it got. It needs no lease. After an error with ErrUnknown in its
	// chain it may have been asked for; asking twice does no harm.
	RequestBinding(ctx context.Context, b Binding) (id uint64, err error)

	// Bindings returns the bindings that were asked for and not removed, in
	// the order of their IDs.
	Bindings(ctx context.Context) ([]Binding, error)

	// TakeBindings calls carryOut with the bindings, in the order of their IDs, and
	// removes those whose IDs it returns, in one transaction. Whoever else takes
	// bindings waits, so servers that share a database do not carry a binding out
	// twice, which would take the name from keys that have got it since. Whoever saves
	// waits too: carryOut must be quick, and must not call the store. It may be
	// called again, and after an error the bindings may still be there, so it has to
	// know what it has carried out. IDs that are not there are no error.
	TakeBindings(ctx context.Context, carryOut func([]Binding) (done []uint64)) error

	// Audit returns at most so many entries of the audit log, newest first, of
	// those with an ID below before; 0 means from the newest.
	Audit(ctx context.Context, limit int, before uint64) ([]game.AuditRecord, error)

	// Amend changes what the database has while no server uses it. In one
	// transaction it yields all players as Load does, has amend make a batch out of
	// the rest, and writes that; Journal, From and To of the batch are of no account,
	// for the position stays where it is. While anybody's lease lasts nothing is read,
	// and ErrLeased is in the chain of the error, which says for how long. Whoever asks
	// for the lease meanwhile waits, or fails and may try again.
	//
	// It is all or nothing: a player whom the database refuses is an error. A server
	// that had the lease before, and did not end but was frozen, cannot save any
	// more. One that starts with the same journal goes on from the position; a
	// database that belonged to no journal is to the next one like another's. After an
	// error with ErrUnknown in its chain everything may be there. yield and amend must
	// not call the store; their errors end it and are in the chain of its error.
	Amend(ctx context.Context, yield func(game.Player) error, amend func(Snapshot) (game.Checkpoint, error)) error

	// Close releases the connections. No other method may be called after it.
	Close() error
}

// Package store defines what Clickky needs of a database, which is a snapshot of a journal at one
// position. It also passes key bindings from the operator to the server.
//
//   - A Save is all or nothing. It moves the position in the same transaction, from where the
//     writer expects it, so no event is counted twice or left out.
//   - A count that the database rejects is set aside, not lost. A rejected preference delays
//     nothing.
//   - Other rows don't change, and the time when a player was seen never goes back.
//   - The clicks of a player by day have the same position as the count. They are kept for
//     game.KeptDays, by the database's clock.
//   - Names and keys are compared byte for byte.
package store

import (
	"context"
	"errors"
	"time"

	"clickky/sync/game"
)

// ErrRefused is in the chain of an error of any method if retrying won't help: the database rejects
// the user or the password, doesn't exist, or is a file with other contents.
var ErrRefused = errors.New("the database rejects this server")

// ErrAnswered is in the chain of an error of any method if the database itself returned it: it can
// be reached, and a retry may succeed. See Answered.
var ErrAnswered = errors.New("the database returned an error")

// Answered reports whether an error proves that the database can be reached.
func Answered(err error) bool { return errors.Is(err, ErrAnswered) || errors.Is(err, ErrRefused) }

// ErrUnfit is in the chain of the error of Migrate if it can't bring existing tables to the current
// version, and of Check if somebody has altered them. The error says what has to be repaired.
var ErrUnfit = errors.New("these tables can't be used")

// ErrLeased is in the chain of the error of Lease while another journal holds the lease: another
// server is writing to the database. Amend returns it while any journal does.
var ErrLeased = errors.New("another server holds the database lease")

// ErrMoved is in the chain of the error of Save if the database isn't at the batch's start: it
// belongs to another journal, or another server has saved.
var ErrMoved = errors.New("the database has moved on")

// ErrMissing is in the chain of the error of Save if players have lost their row, for example
// because somebody emptied the table. Nothing is written.
var ErrMissing = errors.New("players are missing from the database")

// ErrUnknown is in the chain of the error of a writing method if the answer to its COMMIT was lost:
// either everything was written or nothing. After any other error nothing was.
var ErrUnknown = errors.New("the outcome is unknown")

// ErrNoTables is in the chain of the error of a method that reads, or that concerns bindings, if the
// database lacks the tables it needs.
var ErrNoTables = errors.New("the database has no Clickky tables")

// Binding is the operator's request to give a name to a key, to be applied by the running server.
type Binding struct {
	// ID is what RequestBinding returned. It is never reused. Bindings become visible in the order
	// of IDs.
	ID uint64
	// Name is the login name, and Fingerprint the key.
	Name, Fingerprint string
	// Sole reports whether all other keys lose the name.
	Sole bool
}

// State says which journal a database belongs to, and its position. The zero State belongs to a
// database that no journal has used yet.
type State struct {
	// Journal is the ID of the journal; empty if there is none. Between an Amend and the next Lease
	// it is an ID that no journal has.
	Journal string
	// Position is the sequence number of the last event in the counts.
	Position uint64
	// LeaseLeft is how long the lease lasts by the database's clock; 0 if it has run out.
	LeaseLeft time.Duration
	// Amended is set by Lease. It reports whether Amend has changed the counts: a server that knows
	// older ones must load them again.
	Amended bool
}

// Snapshot is the result of Load, without the Players.
type Snapshot struct {
	State
	// Contents has a Total that is at least the sum of all counts. Tables of older versions may
	// have no owners, preferences, bans or records.
	game.Contents
}

// Rejected is a player whose count the database permanently rejects. The time when the player was
// seen and the days aren't set aside with it.
type Rejected struct {
	game.Player

	// Reason is the database's error.
	Reason string
	// At is the time by the database's clock.
	At time.Time
}

// Store is a database with the game's counts. Its methods are safe for concurrent use.
type Store interface {
	// Migrate brings the tables to the current version, under a lock, and takes over those of the
	// Node.js version in place. Calling it again changes nothing, or completes an interrupted call.
	// If somebody dropped the column that Clickky added to users, it adds it again. Finally it does
	// what Check does.
	Migrate(ctx context.Context) error

	// Check returns an error with ErrUnfit in its chain if tables of the current version can't take
	// what Save writes, because somebody altered them.
	Check(ctx context.Context) error

	// Load calls yield for each player, in any order, and returns the rest of the same consistent
	// snapshot. A count that was set aside takes precedence. Tables that don't record them have no
	// days, and no times when players were seen. It writes nothing, and also reads tables that were
	// never migrated. An error of yield ends it and is in the chain of its error; yield must not
	// call the store.
	Load(ctx context.Context, yield func(game.Player) error) (Snapshot, error)

	// State reads the journal's ID and the position. It resolves a Save with an unknown outcome: it
	// waits for one that is still undecided, so its result is final.
	State(ctx context.Context) (State, error)

	// Lease takes or renews the lease for a journal, for a time by the database's clock, and
	// returns the state afterwards. A database without a journal, or whose lease has run out, then
	// belongs to this journal; if it belonged to another one, its position becomes the given one.
	// While another journal holds the lease, nothing changes, and the error has ErrLeased in its
	// chain; the state is returned, too. After ErrUnknown, calling it again is safe.
	Lease(ctx context.Context, journal string, position uint64, d time.Duration) (State, error)

	// Release ends the journal's lease, so that another one need not wait. It does nothing if the
	// database belongs to another journal.
	Release(ctx context.Context, journal string) error

	// Save writes a batch and moves the position in one transaction, inserting new players. Nothing
	// is written if the database doesn't belong to the batch's journal or isn't at its From
	// (ErrMoved), if To is less than From (ErrBackwards), or if a player who is Stored has no row
	// and isn't set aside (ErrMissing). After ErrUnknown, State shows whether the batch was
	// written; after any other error it wasn't. A rejected count delays no other player: it is set
	// aside and returned. The keys of its name are still written, but its days aren't: days that no
	// later batch has are lost. A player who isn't Stored has the days in the batch and no others.
	Save(ctx context.Context, batch game.Checkpoint) (rejected []Rejected, err error)

	// Rejected returns all counts that are set aside. A later count that the database accepts
	// removes one, and so does removing the player.
	Rejected(ctx context.Context) ([]Rejected, error)

	// RequestBinding asks the running server for a binding, and returns its ID. It needs no lease.
	// After ErrUnknown it may have succeeded; asking twice does no harm.
	RequestBinding(ctx context.Context, b Binding) (id uint64, err error)

	// Bindings returns the requested bindings that weren't removed, ordered by ID.
	Bindings(ctx context.Context) ([]Binding, error)

	// TakeBindings calls carryOut with the bindings, ordered by ID, and removes those whose IDs it
	// returns, in one transaction. Other calls wait, so that servers that share a database don't
	// apply a binding twice, which would take the name from keys that got it since. Save waits,
	// too, so carryOut must be quick, and it must not call the store. carryOut may be called again,
	// and after an error the bindings may still be there, so it must remember what it has applied.
	// Unknown IDs are no error.
	TakeBindings(ctx context.Context, carryOut func([]Binding) (done []uint64)) error

	// Amend changes the database while no server uses it. In one transaction it yields all players
	// as Load does, calls amend with the rest, and writes the returned batch; the batch's Journal,
	// From and To are ignored, because the position stays. While any journal holds the lease, it
	// reads nothing, and the error, with ErrLeased in its chain, says for how long. Calls of Lease
	// wait meanwhile, or fail and can be retried.
	//
	// It is all or nothing: a player whom the database rejects is an error. A server that was
	// frozen since it had the lease can no longer save. One that starts with the same journal
	// continues at the position; a database without a journal looks to the next server like another
	// journal's. After ErrUnknown everything may have been written. yield and amend must not call
	// the store; their errors end it and are in the chain of its error.
	Amend(ctx context.Context, yield func(game.Player) error, amend func(Snapshot) (game.Checkpoint, error)) error

	// Close releases the connections. No other method may be called after it.
	Close() error
}

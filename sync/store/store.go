// Package store defines what Clickky needs of a database: to be brought to
// the current tables, to be read once at start, and to take counts.
//
// Every implementation guarantees that a Save is all or nothing, that saving
// the same batch twice is the same as saving it once (counts are absolute,
// never differences), and that a row which is not named in a batch is left
// alone.
package store

import (
	"context"
	"errors"
)

// ErrRefused is in the chain of an error, of any method, that trying again will
// not mend: the database rejects the user or the password, does not exist, or
// is a file that holds something else.
var ErrRefused = errors.New("the database refuses this server")

// ErrUnfit is in the chain of the error that Migrate returns when tables are
// there which it cannot bring to the current version. The error says what is in
// the way; somebody has to mend it.
var ErrUnfit = errors.New("the tables cannot be taken over")

// ErrNoTables is in the chain of the error that Load returns when the database
// has no Clickky tables yet.
var ErrNoTables = errors.New("the database has no Clickky tables")

// Player is the count of one player.
type Player struct {
	Name   string
	Clicks uint64
}

// Batch is what one Save writes.
type Batch struct {
	// Players are the players that changed, each name once.
	Players []Player
	// Total is the global count.
	Total uint64
}

// Store is a database that keeps the counts. Its methods are safe for
// concurrent use.
type Store interface {
	// Migrate brings the tables to the current version, under a lock, and
	// takes over those of the Node.js version in place. Running it again
	// changes nothing; after an error or a crash it completes the work.
	Migrate(ctx context.Context) error

	// Load calls yield once for each player, in no order, and returns the
	// global count, which is never less than the sum over all players. It
	// writes nothing. An error of yield ends it and is in the chain of the one
	// that is returned. yield must not call the store.
	Load(ctx context.Context, yield func(Player) error) (total uint64, err error)

	// Save writes the batch in one transaction, inserting players that the
	// database does not know. After an error the outcome may be unknown; the
	// same or a newer batch can safely be saved again.
	Save(ctx context.Context, batch Batch) error

	// Close releases the connections. No other method may be called after it.
	Close() error
}

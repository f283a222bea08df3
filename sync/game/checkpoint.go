package game

import (
	"errors"
	"fmt"
)

// ErrBackwards is in the chain of the error if a Checkpoint ends before the position where it
// begins: its server knows less than the database. Nothing is written.
var ErrBackwards = errors.New("the batch ends before it starts")

// Contents is everything in a database. Only the records are ordered.
type Contents struct {
	Players []Player
	// Total is the global count, and Position the position in the log of all values.
	Total, Position uint64
	Owners          []Owner
	// Preferences have each name once.
	Preferences []Preference
	Bans        []Ban
	// Records are the newest KeptRecords, in the order of their numbers.
	Records []AuditRecord
}

// Checkpoint is what a database lacks: absolute values at a position of the log, so that saving
// them twice does no harm.
type Checkpoint struct {
	// Journal is the ID of the log.
	Journal string
	// From is the database's position, To the position of the values. If To is less than From,
	// other servers have saved more than this one has applied, and the checkpoint must not be
	// written.
	From, To uint64
	// Players are those whose count changed or who disconnected. Their Seen is current, not as of
	// To, because the log doesn't record it.
	Players []Player
	Total   uint64
	// Owners are the names whose keys changed, with all their current keys; none if the name is
	// free.
	Owners []Owner
	// Preferences are those that changed; an empty text removes one.
	Preferences []Preference
	// Removed are the names that no longer have a player.
	Removed []string
	// Bans are those that changed; a zero time removes one.
	Bans []Ban
	// Records are those that are new or were undone, in the order of their numbers.
	Records []AuditRecord
}

// Validate returns ErrBackwards if the checkpoint must not be written.
func (c *Checkpoint) Validate() error {
	if c.To < c.From {
		return fmt.Errorf("%w: it is from %d to %d", ErrBackwards, c.From, c.To)
	}
	return nil
}

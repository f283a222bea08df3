package game

import (
	"errors"
	"fmt"
)

// ErrBackwards is in the chain of the error of saving a Checkpoint that ends before the position
// where it begins: its server knows less than the database has. Nothing is written.
var ErrBackwards = errors.New("the batch ends before it starts")

// Contents is what a database has, with everything in any order but the records.
type Contents struct {
	Players []Player
	// Total is the global count. Position is the position in the log that all of it reaches.
	Total, Position uint64
	Owners          []Owner
	// Preferences have each name once.
	Preferences []Preference
	Bans        []Ban
	// Records are the newest, in the order of their numbers: KeptRecords of them, or all.
	Records []AuditRecord
}

// Checkpoint is what a database lacks: absolute values at a position of the log, so that saving
// them twice does no harm.
type Checkpoint struct {
	// Journal is the ID of the log.
	Journal string
	// From is the position that the database has, To the position of the values. If To is less,
	// other servers have saved more than this one has applied, and the checkpoint must not be
	// written.
	From, To uint64
	// Players are those whose count changed or who have left. When they were last seen is as of
	// now, not of To, since the log does not say.
	Players []Player
	Total   uint64
	// Owners are the names whose keys changed, with all keys they have now; none if they are free.
	Owners []Owner
	// Preferences are those that changed; without a text if there is none now.
	Preferences []Preference
	// Removed are the names that no longer have a player.
	Removed []string
	// Bans are those that changed; without a time if they are over.
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

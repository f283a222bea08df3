package game

import "time"

// Limits of one Event. With names of up to MaxName characters an event within them fits into a
// message of the log.
const (
	MaxEventPlayers     = 10_000
	MaxEventKeyChanges  = 1000
	MaxEventActions     = 100
	MaxEventPreferences = 100
)

// Event is an entry of the log: what happened on one server since its previous event. Its JSON
// form is the log's format, which other versions read.
type Event struct {
	// At is when the event was written, by its server's clock.
	At time.Time `json:"at"`
	// LastAction is the number of the last admin action that the server had applied when it wrote
	// the event. All names are those of that moment: Apply follows players who have been renamed
	// since.
	LastAction uint64 `json:"seen,omitempty"`
	// KeyChanges take effect first, then Actions, Preferences and Clicks.
	KeyChanges []KeyChange   `json:"changes,omitempty"`
	Actions    []AdminAction `json:"acts,omitempty"`
	// Preferences are the texts that players have chosen, by name.
	Preferences map[string]string `json:"choices,omitempty"`
	// Clicks is how often each player clicked. Clicks under the empty name belong to nobody and
	// count only for everybody.
	Clicks map[string]uint64 `json:"clicks,omitempty"`
}

// Empty reports whether the event changes nothing.
func (e *Event) Empty() bool {
	return len(e.KeyChanges) == 0 && len(e.Actions) == 0 && len(e.Preferences) == 0 && len(e.Clicks) == 0
}

package game

import (
	"slices"
	"time"
)

// Limits of one Event. Within them, and with names of up to MaxName characters, an event fits into
// one message of the log.
const (
	MaxEventPlayers     = 10_000
	MaxEventKeyChanges  = 1000
	MaxEventActions     = 100
	MaxEventPreferences = 100
)

// Event is an entry of the log: what happened on one server since its previous event. Its JSON form
// is the log's format, which other versions read.
type Event struct {
	// At is the time of writing, by the server's clock.
	At time.Time `json:"at"`
	// LastAction is the number of the last admin action that the server had applied before it wrote
	// the event. All names are as of that action: Apply follows players who were renamed since.
	LastAction uint64 `json:"seen,omitempty"`
	// KeyChanges take effect first, then Actions, Preferences and Clicks.
	KeyChanges []KeyChange   `json:"changes,omitempty"`
	Actions    []AdminAction `json:"acts,omitempty"`
	// Preferences are the texts that players chose, by name.
	Preferences map[string]string `json:"choices,omitempty"`
	// Clicks is the number of clicks by name. Clicks under the empty name belong to deleted players
	// and only count towards the global count.
	Clicks map[string]uint64 `json:"clicks,omitempty"`
}

// FormatVersion returns the oldest version of the log's format that has everything in the event, so
// that older servers can read as many events as possible: 1 has clicks, 2 key changes, 3 admin
// actions, 4 preferences, 5 notes. If a kind of action or key change is unknown, it returns that
// kind.
func (e *Event) FormatVersion() (version int, unknown string) {
	version = 1
	for _, c := range e.KeyChanges {
		if !slices.Contains([]string{KeyClaim, KeyAdd, KeyRemove, KeyBind}, c.Kind) {
			return 0, c.Kind
		}
		version = max(version, 2)
	}
	for _, a := range e.Actions {
		kind, ok := findKind(a.Kind)
		if !ok {
			return 0, a.Kind
		}
		version = max(version, kind.version)
	}
	if len(e.Preferences) > 0 {
		version = max(version, 4)
	}
	return version, ""
}

// Empty reports whether the event changes nothing.
func (e *Event) Empty() bool {
	return len(e.KeyChanges) == 0 && len(e.Actions) == 0 && len(e.Preferences) == 0 && len(e.Clicks) == 0
}

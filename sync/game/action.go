package game

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// Kinds of an AdminAction.
const (
	// ActionSetCount sets the count of the player Target to Clicks. The global count stays as it
	// is, unless the players' counts would add up to more.
	ActionSetCount = "count"
	// ActionRename gives the player Target, with keys and sessions, the free name To.
	ActionRename = "rename"
	// ActionDelete deletes the player Target and frees the name.
	ActionDelete = "delete"
	// ActionRelease takes the name Target from its keys.
	ActionRelease = "release"
	// ActionBan rejects Target, a key or a prefix of addresses, until a time.
	ActionBan = "ban"
	// ActionUnban ends the ban of Target.
	ActionUnban = "unban"
	// ActionKick ends the sessions of the player Target. Like ActionMessage it changes nothing in
	// the State. Servers act on its record.
	ActionKick = "kick"
	// ActionMessage shows Text to the player Target, or to everybody if there is no Target.
	ActionMessage = "message"
	// ActionNote keeps Text about the player Target, for admins to read.
	ActionNote = "note"
	// ActionUndo reverts the action with the number Number.
	ActionUndo = "undo"
)

// FormatVersion is the newest version of the log's format. Readers reject events of a later
// version, because they would misread them.
const FormatVersion = 5

// actionKind implements one kind of AdminAction. Each kind has a file of its own.
type actionKind struct {
	// version is the oldest version of the log's format that has the kind.
	version int
	// targetsPlayer reports whether the target is a player's name; apply then gets the player's
	// current name. A targetless kind needs no target.
	targetsPlayer, targetless bool
	// validate returns an error if the action is impossible in every state. It is nil if nothing
	// but the length of the texts has to be checked.
	validate func(AdminAction) error
	// apply carries out the action and notes in the record what changed.
	apply func(*State, AdminAction, *AuditRecord) error
	// undo reverts the action recorded in undone, and notes in r what changed; nil if the kind
	// can't be undone. name is the player's current name, if the kind targets a player.
	undo func(s *State, undone, r *AuditRecord, name string) error
}

// actionKinds are all kinds except ActionUndo, which needs them.
var actionKinds = map[string]actionKind{
	ActionSetCount: setCount,
	ActionRename:   rename,
	ActionDelete:   deletePlayer,
	ActionRelease:  release,
	ActionBan:      ban,
	ActionUnban:    unban,
	ActionKick:     kick,
	ActionMessage:  message,
	ActionNote:     note,
}

// findKind returns the implementation of a kind; false if the kind is unknown.
func findKind(kind string) (k actionKind, ok bool) {
	if kind == ActionUndo {
		return actionKind{version: 3, targetless: true, apply: applyUndo}, true
	}
	k, ok = actionKinds[kind]
	return k, ok
}

const (
	// MaxCount is the largest count that an admin can set. A typo could otherwise raise the global
	// count, which never goes down, to its limit.
	MaxCount = 1_000_000_000_000
	// MaxName is the maximum length of a name, a key or a ban's target, in characters.
	MaxName = 100
	// MaxText is the maximum length of an action's reason and text, in characters.
	MaxText = 500
	// KeptRecords is how many audit records a State keeps. Older actions can't be undone, and older
	// renames aren't followed.
	KeptRecords = 10_000
)

// AdminAction is something that an admin does. Like a KeyChange it is part of an Event and takes
// effect in the order of the log. If it is no longer possible by then, it does nothing.
type AdminAction struct {
	// Kind is one of the constants above.
	Kind string `json:"do"`
	// Admin is the admin's name, and Key the fingerprint of the admin's key.
	Admin  string `json:"who"`
	Key    string `json:"key,omitempty"`
	Reason string `json:"why,omitempty"`
	// Target is the player's name as shown on the leaderboard, or what is banned.
	Target string `json:"target,omitempty"`

	To     string    `json:"to,omitempty"`     // ActionRename
	Clicks uint64    `json:"clicks,omitempty"` // ActionSetCount
	Until  time.Time `json:"until,omitzero"`   // ActionBan
	Text   string    `json:"text,omitempty"`   // ActionMessage, ActionKick and ActionNote
	Number uint64    `json:"number,omitempty"` // ActionUndo
}

// ErrImpossible is in the chain of the error if an action is impossible, or no longer was possible
// in the order of the log. The error tells the admin why.
var ErrImpossible = errors.New("not possible")

func impossible(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrImpossible, fmt.Sprintf(format, args...))
}

// Normalize returns the action in the log's form: valid Unicode, whole seconds, and the canonical
// target of a ban.
func (a AdminAction) Normalize() AdminAction {
	a.Reason = strings.TrimSpace(strings.ToValidUTF8(a.Reason, "\uFFFD"))
	a.Text = strings.TrimSpace(strings.ToValidUTF8(a.Text, "\uFFFD"))
	if a.Kind == ActionBan || a.Kind == ActionUnban {
		if prefix, ok := parsePrefix(a.Target); ok {
			a.Target = prefix.String()
		}
	}
	a.Until = a.Until.UTC().Truncate(time.Second)
	return a
}

// Validate returns an error with ErrImpossible in its chain if the action is impossible in every
// state. It bounds all texts to what log and database can hold.
func (a AdminAction) Validate() error {
	for _, s := range []string{a.Admin, a.Key, a.Target, a.To} {
		if utf8.RuneCountInString(s) > MaxName || !utf8.ValidString(s) {
			return impossible("%.20q… is too long", s)
		}
	}
	for _, s := range []string{a.Reason, a.Text} {
		if utf8.RuneCountInString(s) > MaxText || !utf8.ValidString(s) {
			return impossible("the text is longer than %d characters", MaxText)
		}
	}
	kind, ok := findKind(a.Kind)
	switch {
	case !ok:
		return impossible("unknown action %q", a.Kind)
	case a.Target == "" && !kind.targetless:
		return impossible("the player is missing")
	case kind.validate != nil:
		return kind.validate(a)
	}
	return nil
}

// TargetsPlayer reports whether the target is a player's name.
func (a AdminAction) TargetsPlayer() bool {
	kind, _ := findKind(a.Kind)
	return kind.targetsPlayer && a.Target != ""
}

// CanUndo reports whether actions of a kind can be undone.
func CanUndo(kind string) bool {
	k, _ := findKind(kind)
	return k.undo != nil
}

// applyAction applies an action. If its player was renamed since lastAction, it follows the player.
func (s *State) applyAction(a AdminAction, lastAction uint64, at time.Time) (AuditRecord, error) {
	if err := a.Validate(); err != nil {
		return AuditRecord{}, err
	}
	if a.TargetsPlayer() {
		name, ok := s.resolveName(a.Target, lastAction)
		if !ok {
			return AuditRecord{}, impossible("%s was deleted", a.Target)
		}
		a.Target = name
	}
	r := AuditRecord{
		Number: s.last + 1, At: at, Kind: a.Kind, Admin: a.Admin, Key: a.Key, Reason: a.Reason, Target: a.Target,
	}
	s.pruneBans(at)
	kind, _ := findKind(a.Kind)
	if err := kind.apply(s, a, &r); err != nil {
		return AuditRecord{}, err
	}
	s.addRecord(r)
	s.addChange(RecordChanged{r.Number})
	if undone := s.Record(r.After.Undone); undone != nil {
		undone.UndoneBy = r.Number
		s.addChange(RecordChanged{undone.Number})
	}
	return r, nil
}

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

// FormatVersion is the newest version of the log's format. A reader refuses events of a later one,
// because it would get them wrong.
const FormatVersion = 5

// actionKind is how one kind of AdminAction works. Each kind stands in a file of its own, with its
// undo.
type actionKind struct {
	// version is the oldest version of the log's events that has the kind.
	version int
	// aboutPlayer reports whether the target is a player's name, which apply then gets as it is
	// after renames. targetless kinds need no target.
	aboutPlayer, targetless bool
	// validate returns an error if no state makes the action possible; nil: there is nothing to
	// check but the length of its texts.
	validate func(AdminAction) error
	// apply does what the action says and writes what that changed into its record.
	apply func(*State, AdminAction, *AuditRecord) error
	// undo reverts the action with the record undone, and writes that into its own record; nil:
	// the kind cannot be undone. now is the name that the player has by now, if it is about one.
	undo func(s *State, undone, r *AuditRecord, now string) error
}

// actionKindOf returns how a kind works; false if there is no such kind.
func actionKindOf(kind string) (actionKind, bool) {
	switch kind {
	case ActionSetCount:
		return setCount, true
	case ActionRename:
		return rename, true
	case ActionDelete:
		return deletePlayer, true
	case ActionRelease:
		return release, true
	case ActionBan:
		return ban, true
	case ActionUnban:
		return unban, true
	case ActionKick:
		return kick, true
	case ActionMessage:
		return message, true
	case ActionNote:
		return note, true
	case ActionUndo:
		return actionKind{version: 3, targetless: true, apply: applyUndo}, true
	}
	return actionKind{}, false
}

const (
	// MaxCount is the largest count that an admin can set. It keeps a typing error from raising
	// the global count, which never goes down, to its limit.
	MaxCount = 1_000_000_000_000
	// MaxName is how many characters a name, a key or a ban's target can have.
	MaxName = 100
	// MaxText is how many characters the reason and the text of an action can have.
	MaxText = 500
	// KeptRecords is how many records of the audit log a State keeps. Older actions cannot be
	// undone, and older renames are not followed.
	KeptRecords = 10_000
)

// AdminAction is what an admin does. Like a KeyChange it is part of an Event and takes effect in
// the order of the log. An action that is no longer possible by then does nothing.
type AdminAction struct {
	// Kind is one of the constants above.
	Kind string `json:"do"`
	// Admin is the name of the admin, Key the fingerprint of the admin's key.
	Admin  string `json:"who"`
	Key    string `json:"key,omitempty"`
	Reason string `json:"why,omitempty"`
	// Target is the player's name as the leaderboard has it, or what is banned.
	Target string `json:"target,omitempty"`

	To     string    `json:"to,omitempty"`     // ActionRename
	Clicks uint64    `json:"clicks,omitempty"` // ActionSetCount
	Until  time.Time `json:"until,omitzero"`   // ActionBan
	Text   string    `json:"text,omitempty"`   // ActionMessage, ActionKick and ActionNote
	Number uint64    `json:"number,omitempty"` // ActionUndo
}

// ErrImpossible is in the chain of the error when an action is not possible, or no longer was when
// the log had it. The error says why, for the admin.
var ErrImpossible = errors.New("not possible")

func impossible(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrImpossible, fmt.Sprintf(format, args...))
}

// Normalize returns the action as the log keeps it: with valid Unicode, whole seconds, and the
// target of a ban in its one spelling.
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

// Validate returns an error with ErrImpossible in its chain if no state of the game makes the
// action possible. It bounds all texts, so that log and database have room for them.
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
	kind, ok := actionKindOf(a.Kind)
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
	kind, _ := actionKindOf(a.Kind)
	return kind.aboutPlayer && a.Target != ""
}

// CanUndo reports whether actions of a kind can be undone.
func CanUndo(kind string) bool {
	k, _ := actionKindOf(kind)
	return k.undo != nil
}

// applyAction follows a player who was renamed since the last action that the admin's server knew.
func (s *State) applyAction(a AdminAction, lastAction uint64, at time.Time) (AuditRecord, error) {
	if err := a.Validate(); err != nil {
		return AuditRecord{}, err
	}
	if a.TargetsPlayer() {
		now, ok := s.audit.follow(a.Target, lastAction)
		if !ok {
			return AuditRecord{}, impossible("%s was deleted", a.Target)
		}
		a.Target = now
	}
	r := AuditRecord{
		Number: s.audit.last + 1, At: at, Kind: a.Kind, Admin: a.Admin, Key: a.Key, Reason: a.Reason, Target: a.Target,
	}
	s.pruneBans(at)
	kind, _ := actionKindOf(a.Kind)
	if err := kind.apply(s, a, &r); err != nil {
		return AuditRecord{}, err
	}
	s.audit.append(r)
	s.changed(RecordChanged{r.Number})
	if undone := s.audit.find(r.After.Undone); undone != nil {
		undone.UndoneBy = r.Number
		s.changed(RecordChanged{undone.Number})
	}
	return r, nil
}

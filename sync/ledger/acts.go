package ledger

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// What an Act can do.
const (
	// SetCount gives the player Target so many Clicks. The global count stays,
	// unless all players together would have more.
	SetCount = "count"
	// Rename gives the player Target, with the name's keys and sessions, the
	// name To, which nobody may have.
	Rename = "rename"
	// Delete removes the player Target and frees the name of its keys.
	Delete = "delete"
	// Release frees the name Target of its keys.
	Release = "release"
	// Ban keeps Target, a key or an address or a prefix of addresses, out
	// until a time.
	Ban = "ban"
	// Unban ends a ban of Target.
	Unban = "unban"
	// Kick ends the sessions of the player Target. Like Message it changes
	// nothing in the ledger: Acts tells whoever has sessions.
	Kick = "kick"
	// Message shows Text to the player Target, or to everybody without one.
	Message = "message"
	// Undo brings back what the act with the number Number has changed.
	Undo = "undo"
)

var deeds = []string{SetCount, Rename, Delete, Release, Ban, Unban, Kick, Message, Undo}

const (
	// MaxActs is how many acts Take puts into an entry.
	MaxActs = 100
	// MaxCount is the largest count that an act can give. It keeps a slip of
	// the finger from raising the global count, which never goes down, beyond
	// what fits; nobody clicks as often.
	MaxCount = 1_000_000_000_000
	// KeptRecords is how many records of acts the ledger keeps: what it has
	// forgotten cannot be undone.
	KeptRecords = 10_000
	// maxLetters bounds each text of an act, and maxName names and keys, in
	// letters.
	maxLetters = 500
	maxName    = 100
)

// ErrRefused is in the chain of the error when an act is not possible, or was
// not any more when the journal had it. The error says why, for the admin.
var ErrRefused = errors.New("not possible")

func refuse(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrRefused, fmt.Sprintf(format, args...))
}

// Act is a deed of an admin. Like a Change each becomes an event of the journal
// and takes effect in its order; one that is not possible by then does nothing.
type Act struct {
	// Do is what it does: one of the constants above.
	Do string
	// Who is the name of the admin, Key the fingerprint of the admin's key, and
	// Why the reason.
	Who, Key, Why string
	// Target is whom it is about: a player's name exactly as the leaderboard
	// has it, or what is banned.
	Target string

	To     string    // of Rename
	Clicks uint64    // of SetCount
	Until  time.Time // of Ban
	Text   string    // of Message, and of Kick: what the player is told
	Number uint64    // of Undo
}

// Record is an act that took effect, as the audit log has it.
type Record struct {
	// Number counts the acts that took effect from 1, without gaps, in the
	// order of the journal.
	Number uint64
	// At is when, in UTC and whole seconds, by the clock of the admin's server.
	At time.Time
	// What, by whom and why, as in Act. The Target is whom it was about in the end.
	Do, Who, Key, Why, Target string
	// Before and After are what it changed.
	Before, After State
	// UndoneBy is the number of the act that has undone it; 0: none.
	UndoneBy uint64
}

// State is what acts change, of one target. What does not concern the act is zero.
type State struct {
	// Name is the player's; empty when there is none, or it is about no player.
	Name string `json:"name,omitempty"`
	// Player tells that the name has a player, with so many Clicks.
	Player bool   `json:"player,omitempty"`
	Clicks uint64 `json:"clicks,omitempty"`
	// Keys are those of the name.
	Keys []Key `json:"keys,omitempty"`
	// Until is when a ban ends; zero: there is none.
	Until time.Time `json:"until,omitzero"`
	// Text is what players were told.
	Text string `json:"text,omitempty"`
	// Undone is the number of the act that was undone.
	Undone uint64 `json:"undone,omitempty"`
}

// Act carries out an act and returns its record, once the journal has it.
// ErrRefused is in the chain of the error when it did nothing. When ctx ends
// before, Act returns the context's error, and the act may still take effect
// later.
func (l *Ledger) Act(ctx context.Context, a Act) (Record, error) {
	records, refused, err := l.ActAll(ctx, []Act{a})
	switch {
	case err != nil:
		return Record{}, err
	case len(refused) > 0:
		return Record{}, refused[0]
	}
	return records[0], nil
}

// ActAll is Act for several acts, which take effect in their order, with others in
// between maybe. It returns the records of those that took effect and why the others
// did not; when ctx ends, any of them may still take effect later.
func (l *Ledger) ActAll(ctx context.Context, acts []Act) (records []Record, refused []error, err error) {
	proposed := make([]*proposedAct, 0, len(acts))
	for _, a := range acts {
		a = a.clean()
		if err := a.check(); err != nil {
			refused = append(refused, err)
			continue
		}
		proposed = append(proposed, &proposedAct{a, make(chan outcome, 1)})
	}
	l.mu.Lock()
	l.acts.pending = append(l.acts.pending, proposed...)
	l.isDue()
	l.mu.Unlock()
	for _, p := range proposed {
		select {
		case o := <-p.done:
			if o.err != nil {
				refused = append(refused, o.err)
			} else {
				records = append(records, o.record)
			}
		case <-ctx.Done():
			return nil, nil, context.Cause(ctx)
		}
	}
	return records, refused, nil
}

// clean writes an act as it is kept: texts as Unicode, targets of bans in one way.
func (a Act) clean() Act {
	a.Why = strings.TrimSpace(strings.ToValidUTF8(a.Why, "\uFFFD"))
	a.Text = strings.TrimSpace(strings.ToValidUTF8(a.Text, "\uFFFD"))
	if a.Do == Ban || a.Do == Unban {
		if prefix, ok := prefixOf(a.Target); ok {
			a.Target = prefix.String()
		}
	}
	a.Until = a.Until.UTC().Truncate(time.Second)
	return a
}

// prefixOf reads an address or a prefix of addresses.
func prefixOf(s string) (netip.Prefix, bool) {
	if addr, err := netip.ParseAddr(s); err == nil {
		addr = addr.Unmap().WithZone("")
		return netip.PrefixFrom(addr, addr.BitLen()), true
	}
	prefix, err := netip.ParsePrefix(s)
	return prefix.Masked(), err == nil && !prefix.Addr().Is4In6()
}

// check tells what no state of the game makes possible. It bounds all texts, so
// that journal and store have room for them.
func (a Act) check() error {
	for _, s := range []string{a.Who, a.Key, a.Target, a.To} {
		if utf8.RuneCountInString(s) > maxName || !utf8.ValidString(s) {
			return refuse("%.20q… is too long", s)
		}
	}
	for _, s := range []string{a.Why, a.Text} {
		if utf8.RuneCountInString(s) > maxLetters || !utf8.ValidString(s) {
			return refuse("the text is longer than %d characters", maxLetters)
		}
	}
	switch {
	case !slices.Contains(deeds, a.Do):
		return refuse("unknown action %q", a.Do)
	case a.Target == "" && a.Do != Message && a.Do != Undo:
		return refuse("the player is missing")
	case a.Do == SetCount && a.Clicks > MaxCount:
		return refuse("a count can be at most %d", uint64(MaxCount))
	case a.Do == Rename && (a.To == "" || a.To != strings.ToLower(a.To)):
		return refuse("%q isn't a valid name", a.To)
	case a.Do == Ban || a.Do == Unban:
		return a.checkBan()
	case a.Do == Message && a.Text == "":
		return refuse("the message is empty")
	}
	return nil
}

func (a Act) checkBan() error {
	prefix, ok := prefixOf(a.Target)
	switch {
	case ok && prefix.String() == a.Target:
	case !strings.HasPrefix(a.Target, keyPrefix):
		return refuse("%q is neither a key (%s…) nor an address or network", a.Target, keyPrefix)
	}
	if a.Do == Ban && (a.Until.Year() > 9999 || a.Until.Unix() <= 0) {
		return refuse("the end of the ban is missing or out of range")
	}
	return nil
}

// aboutPlayer tells that the target is a player's name, if there is any.
func (a Act) aboutPlayer() bool {
	return a.Do != Ban && a.Do != Unban && a.Do != Undo && a.Target != ""
}

// Acts returns the records of acts after a number, oldest first, as soon as there
// are any. Whoever calls it again and again with the number of the last one
// learns of all acts, of all servers, in the order of the journal, if not more
// than KeptRecords behind. When ctx ends, it returns the context's error.
func (l *Ledger) Acts(ctx context.Context, after uint64) ([]Record, error) {
	for {
		l.mu.Lock()
		newer, grown := slices.Clone(l.acts.after(after)), l.acts.grown
		l.mu.Unlock()
		if len(newer) > 0 {
			return newer, nil
		}
		select {
		case <-grown:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// LastAct is the number of the last act that took effect.
func (l *Ledger) LastAct() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.acts.last
}

// Audit returns at most so many records that the ledger has kept, newest first,
// of those before a number; 0 means from the newest.
func (l *Ledger) Audit(limit int, before uint64) []Record {
	l.mu.Lock()
	defer l.mu.Unlock()
	records := l.acts.records
	if before > 0 && before <= l.acts.last {
		records = records[:len(records)-len(l.acts.after(before-1))]
	}
	records = slices.Clone(records[max(0, len(records)-limit):])
	slices.Reverse(records)
	return records
}

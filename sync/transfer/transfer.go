// Package transfer exports a game from a database as JSON lines, which have everything, or as CSV,
// and prepares an import: its result is a game.Checkpoint for the Amend of a store.Store.
//
//   - An export is of one moment and says at its end that it is complete. It needs memory only for
//     the players' days.
//   - Replacing an empty database with an export yields the same export again.
//   - Input is limited line by line and validated as a whole before anything is written.
//   - A merge never lowers the global count or makes one that no database can hold. Only Replace
//     takes a name from a key.
package transfer

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"clickky/sync/game"
)

const (
	// MaxTotal is the maximum global count after an import, and so the maximum count: half of the
	// smaller database's maximum, so that there is room for more clicks.
	MaxTotal = 1 << 62
	// maxLine is the maximum length of a line, in bytes.
	maxLine = 1 << 20
	// maxRejections is how many rejections are kept; more are only counted.
	maxRejections = 20
)

// Input is a game, or a part of one, to be imported.
type Input struct {
	// Total is the global count, at least the sum of all counts.
	Total uint64
	// Rejected are the first invalid lines, and More counts the others. If there are any, nothing
	// should be imported.
	Rejected []Rejection
	More     int

	players []player
	index   map[string]int // of players, by name
	// capitals has, by lower-case name, the player among those with capitals who plays under that
	// name.
	capitals    map[string]int
	sum         uint64
	hasDays     bool // some player has days
	owners      []game.Owner
	preferences []game.Preference
	bans        []game.Ban
	records     []game.AuditRecord
	seen        map[string]struct{} // owners, preferences and bans that were added, by kind and name
}

type player struct {
	game.Player

	line int // 0: not from a file
}

// Rejection is an invalid line.
type Rejection struct {
	// Line counts from 1; 0 for a row of a database.
	Line int
	// Name is the name in the line, if known.
	Name string
	// Why is the rest of a sentence that starts with line and name.
	Why string
}

func newInput() *Input {
	return &Input{index: map[string]int{}, capitals: map[string]int{}, seen: map[string]struct{}{}}
}

// Players returns the number of players.
func (in *Input) Players() int { return len(in.players) }

// Reject adds an invalid line.
func (in *Input) Reject(line int, name, why string) {
	if len(in.Rejected) == maxRejections {
		in.More++
		return
	}
	in.Rejected = append(in.Rejected, Rejection{line, name, why})
}

var (
	errNoName   = errors.New("has no name")
	errLongName = fmt.Errorf("has a name longer than %d characters", game.MaxName)
	errNoText   = errors.New("has a name that isn't valid UTF-8")
	errTooMany  = fmt.Errorf("has too many clicks: the limit for all players together is %d", uint64(MaxTotal))
	errNoTime   = errors.New("has a time outside 1970 to 9999")
	errNoKey    = errors.New("has a key that isn't a SHA256 fingerprint, or the same key twice")
)

// checkName returns an error if no database can hold the name. All other names are valid, because
// the Node.js version allowed any.
func checkName(name string) error {
	switch {
	case name == "":
		return errNoName
	case !utf8.ValidString(name):
		return errNoText
	case utf8.RuneCountInString(name) > game.MaxName:
		return errLongName
	}
	return nil
}

// addPlayer adds a player, or rejects the line.
func (in *Input) addPlayer(line int, p game.Player) {
	if err := in.checkPlayer(p); err != nil {
		in.Reject(line, p.Name, err.Error())
		return
	}
	if i, twice := in.index[p.Name]; twice {
		where := ""
		if line := in.players[i].line; line > 0 {
			where = fmt.Sprintf(", first on line %d", line)
		}
		in.Reject(line, p.Name, "appears twice"+where)
		return
	}
	i := len(in.players)
	in.players = append(in.players, player{p, line})
	in.index[p.Name] = i
	in.sum += p.Clicks
	in.hasDays = in.hasDays || len(p.Days) > 0
	if low := strings.ToLower(p.Name); low != p.Name {
		if other, found := in.capitals[low]; !found || isPreferred(p, in.players[other].Player, low) {
			in.capitals[low] = i
		}
	}
}

// find returns the player with a name, or else the one who plays under it.
func (in *Input) find(name string) (i int, exact, found bool) {
	if i, found = in.index[name]; found {
		return i, true, true
	}
	low := strings.ToLower(name)
	if i, found = in.index[low]; !found {
		i, found = in.capitals[low]
	}
	return i, false, found
}

// isPreferred reports whether a, rather than b, plays under a lower-case name, as in the ledger.
func isPreferred(a, b game.Player, low string) bool {
	switch {
	case a.Name == low || b.Name == low:
		return a.Name == low
	case a.Clicks != b.Clicks:
		return a.Clicks > b.Clicks
	}
	return a.Name < b.Name
}

func (in *Input) checkPlayer(p game.Player) error {
	if err := checkName(p.Name); err != nil {
		return err
	}
	if p.Clicks > MaxTotal || in.sum+p.Clicks > MaxTotal || exceedsDay(p.Days) {
		return errTooMany
	}
	return checkTime(p.Seen)
}

// exceedsDay reports whether a day has more clicks than a database can hold.
func exceedsDay(days game.Days) bool {
	return slices.ContainsFunc(days, func(d game.DayClicks) bool { return d.Clicks > MaxTotal })
}

func checkTime(at time.Time) error {
	if !at.IsZero() && (at.Unix() < 0 || at.Year() > 9999) {
		return errNoTime
	}
	return nil
}

// isFirst rejects the second entry of a kind for a name.
func (in *Input) isFirst(line int, kind, name string) bool {
	key := kind + " " + name
	if _, twice := in.seen[key]; twice {
		in.Reject(line, name, "has a second entry of the same kind")
		return false
	}
	in.seen[key] = struct{}{}
	return true
}

func (in *Input) addOwner(line int, o game.Owner) {
	err := checkName(o.Name)
	seen := map[string]bool{}
	for _, k := range o.Keys {
		if err == nil && (!isFingerprint(k.Fingerprint) || seen[k.Fingerprint]) {
			err = errNoKey
		}
		if err == nil {
			err = checkTime(k.Since)
		}
		seen[k.Fingerprint] = true
	}
	switch {
	case err != nil:
		in.Reject(line, o.Name, err.Error())
	case in.isFirst(line, "owner", o.Name):
		in.owners = append(in.owners, o)
	}
}

// isFingerprint reports whether a text is a fingerprint as printed by ssh-keygen -l.
func isFingerprint(s string) bool {
	hash, ok := strings.CutPrefix(s, "SHA256:")
	sum, err := base64.RawStdEncoding.Strict().DecodeString(hash)
	return ok && err == nil && len(sum) == 32
}

func (in *Input) addPreference(line int, c game.Preference) {
	switch err := checkName(c.Name); {
	case err != nil:
		in.Reject(line, c.Name, err.Error())
	case !game.ValidPreference(c.Text):
		in.Reject(line, c.Name, "has invalid preferences")
	case in.isFirst(line, "choice", c.Name):
		in.preferences = append(in.preferences, c)
	}
}

func (in *Input) addBan(line int, b game.Ban) {
	prefix, err := netip.ParsePrefix(b.Target)
	switch {
	case !isFingerprint(b.Target) && (err != nil || prefix.Masked().String() != b.Target):
		in.Reject(line, b.Target, "is neither a key nor a network")
	case b.Until.IsZero() || checkTime(b.Until) != nil:
		in.Reject(line, b.Target, errNoTime.Error())
	case in.isFirst(line, "ban", b.Target):
		in.bans = append(in.bans, b)
	}
}

// addRecord adds a record of the audit log. Records must be in order. An incomplete one lacks the
// state before or after.
func (in *Input) addRecord(line int, r game.AuditRecord, complete bool) {
	last := uint64(0)
	if len(in.records) > 0 {
		last = in.records[len(in.records)-1].Number
	}
	switch {
	case r.Number <= last:
		in.Reject(line, r.Target, fmt.Sprintf("has number %d, which doesn't come after %d", r.Number, last))
	case r.At.IsZero() || checkTime(r.At) != nil:
		in.Reject(line, r.Target, errNoTime.Error())
	case !complete:
		in.Reject(line, r.Target, fmt.Sprintf("has action #%d without a valid before and after", r.Number))
	default:
		in.records = append(in.records, r)
	}
}

// setTotal must be called last.
func (in *Input) setTotal(line int, total uint64) {
	if total > MaxTotal {
		in.Reject(line, "", errTooMany.Error())
		return
	}
	in.Total = max(in.sum, total)
}

// Package transfer carries the counts of a game out of a database and into another
// one: as JSON lines, which have everything, or as CSV, which has names and counts.
//
// It guarantees that
//   - an export is of one moment, needs memory for the keys, choices, bans and the
//     audit log but not for the players, and tells at its end that it is whole;
//   - an export that is merged by Replace into an empty database makes the same
//     export again, name for name;
//   - what is read is bounded line by line and looked at as a whole before anything
//     is made of it: names, counts, sums, keys, and that no name comes twice;
//   - a merge never lowers the global count, never makes one that a database cannot
//     hold, and takes a name from no key but by Replace.
//
// It writes nothing into a database itself: what is to be written is a game.Checkpoint
// for store.Store's Amend.
package transfer

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"
	"unicode/utf8"

	"clickky/sync/game"
)

const (
	// MaxTotal is the largest global count that an import makes, and so the largest
	// count: half of what the smaller of the two databases can hold, so that there is
	// room to click on.
	MaxTotal = 1 << 62
	// maxLine is how many bytes a line may have.
	maxLine = 1 << 20
	// maxTold is how many refusals are kept; the others are counted.
	maxTold = 20
)

// Input is what is to be imported: a whole game, or a part of one.
type Input struct {
	// Total is the global count, never less than the sum over all players.
	Total uint64
	// Refused are the first lines that cannot be imported, and More says how many
	// there are besides. While there are any nothing should be.
	Refused []Refusal
	More    int

	players []player
	index   map[string]int // of players, by their names
	// capitals are, by the name in small letters, which of those plays under it whose
	// names have capitals.
	capitals map[string]int
	sum      uint64
	owners   []game.Owner
	choices  []game.Preference
	bans     []game.Ban
	audit    []game.AuditRecord
	twice    map[string]struct{} // owners, choices and bans that were there, by kind and name
}

// player is one of an Input.
type player struct {
	game.Player

	line int // 0: it is not from a file
}

// Refusal is a line that cannot be imported.
type Refusal struct {
	// Line counts from 1; 0: it is a row of a database.
	Line int
	// Name is whom it is about, as it stands there, if that is known.
	Name string
	// Why is the rest of a sentence that begins with line and name.
	Why string
}

func newInput() *Input {
	return &Input{index: map[string]int{}, capitals: map[string]int{}, twice: map[string]struct{}{}}
}

// Players is how many players there are.
func (in *Input) Players() int { return len(in.players) }

// Refuse adds a line to those that cannot be imported.
func (in *Input) Refuse(line int, name, why string) {
	if len(in.Refused) == maxTold {
		in.More++
		return
	}
	in.Refused = append(in.Refused, Refusal{line, name, why})
}

var (
	errNoName   = errors.New("has no name")
	errLongName = fmt.Errorf("has a name longer than %d characters", game.MaxName)
	errNoText   = errors.New("has a name that isn't valid UTF-8")
	errTooMany  = fmt.Errorf("has too many clicks: the limit for all players together is %d", uint64(MaxTotal))
	errNoTime   = errors.New("has a time outside 1970 to 9999")
	errNoKey    = errors.New("has a key that isn't a SHA256 fingerprint, or the same key twice")
)

// checkName tells what no database can hold. Everything else may be a name: the
// Node.js version let people choose any.
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

// addPlayer takes a player in, or refuses.
func (in *Input) addPlayer(line int, p game.Player) {
	if err := in.checkPlayer(p); err != nil {
		in.Refuse(line, p.Name, err.Error())
		return
	}
	if i, twice := in.index[p.Name]; twice {
		where := ""
		if line := in.players[i].line; line > 0 {
			where = fmt.Sprintf(", first on line %d", line)
		}
		in.Refuse(line, p.Name, "appears twice"+where)
		return
	}
	i := len(in.players)
	in.players = append(in.players, player{p, line})
	in.index[p.Name] = i
	in.sum += p.Clicks
	if low := strings.ToLower(p.Name); low != p.Name {
		if other, found := in.capitals[low]; !found || better(p, in.players[other].Player, low) {
			in.capitals[low] = i
		}
	}
}

// find returns the player of a name, or else the one who plays under it.
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

// better tells which of two players is meant by a name in small letters, as the
// ledger does.
func better(a, b game.Player, low string) bool {
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
	if p.Clicks > MaxTotal || in.sum+p.Clicks > MaxTotal {
		return errTooMany
	}
	return checkTime(p.Seen)
}

func checkTime(at time.Time) error {
	if !at.IsZero() && (at.Unix() < 0 || at.Year() > 9999) {
		return errNoTime
	}
	return nil
}

// once refuses what comes a second time.
func (in *Input) once(line int, kind, name string) bool {
	key := kind + " " + name
	if _, twice := in.twice[key]; twice {
		in.Refuse(line, name, "has a second entry of the same kind")
		return false
	}
	in.twice[key] = struct{}{}
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
		in.Refuse(line, o.Name, err.Error())
	case in.once(line, "owner", o.Name):
		in.owners = append(in.owners, o)
	}
}

// isFingerprint tells whether a text is what ssh-keygen -l prints of a key.
func isFingerprint(s string) bool {
	hash, ok := strings.CutPrefix(s, "SHA256:")
	sum, err := base64.RawStdEncoding.Strict().DecodeString(hash)
	return ok && err == nil && len(sum) == 32
}

func (in *Input) addChoice(line int, c game.Preference) {
	switch err := checkName(c.Name); {
	case err != nil:
		in.Refuse(line, c.Name, err.Error())
	case !game.ValidPreference(c.Text):
		in.Refuse(line, c.Name, "has invalid preferences")
	case in.once(line, "choice", c.Name):
		in.choices = append(in.choices, c)
	}
}

func (in *Input) addBan(line int, b game.Ban) {
	prefix, err := netip.ParsePrefix(b.Target)
	switch {
	case !isFingerprint(b.Target) && (err != nil || prefix.Masked().String() != b.Target):
		in.Refuse(line, b.Target, "is neither a key nor a network")
	case b.Until.IsZero() || checkTime(b.Until) != nil:
		in.Refuse(line, b.Target, errNoTime.Error())
	case in.once(line, "ban", b.Target):
		in.bans = append(in.bans, b)
	}
}

// addAct takes in an entry of the audit log. They have to come in their order.
// One that is not complete does not say what was before and after.
func (in *Input) addAct(line int, r game.AuditRecord, complete bool) {
	last := uint64(0)
	if len(in.audit) > 0 {
		last = in.audit[len(in.audit)-1].Number
	}
	switch {
	case r.Number <= last:
		in.Refuse(line, r.Target, fmt.Sprintf("has number %d, which doesn't come after %d", r.Number, last))
	case r.At.IsZero() || checkTime(r.At) != nil:
		in.Refuse(line, r.Target, errNoTime.Error())
	case !complete:
		in.Refuse(line, r.Target, fmt.Sprintf("has action #%d without a valid before and after", r.Number))
	default:
		in.audit = append(in.audit, r)
	}
}

// setTotal is called last.
func (in *Input) setTotal(line int, total uint64) {
	if total > MaxTotal {
		in.Refuse(line, "", errTooMany.Error())
		return
	}
	in.Total = max(in.sum, total)
}

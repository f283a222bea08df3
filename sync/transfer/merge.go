package transfer

import (
	"errors"
	"fmt"
	"math/bits"
	"slices"
	"strings"

	"clickky/sync/game"
	"clickky/sync/store"
)

// Rule says what to do with players who exist in both.
type Rule string

// The rules of a merge.
const (
	// Keep leaves counts and days as they are, and only adds new players.
	Keep Rule = "keep"
	// Add adds the counts, those of each day, and the global counts.
	Add Rule = "add"
	// Replace uses the imported counts, days, keys and preferences. Players who aren't imported
	// stay.
	Replace Rule = "replace"
)

// Report is what a merge changes.
type Report struct {
	// New, Changed and Unchanged count the players of the input.
	New, Changed, Unchanged int
	// NamesGiven is how many names get keys. NamesKept are the names that keep their keys although
	// the input has others.
	NamesGiven int
	NamesKept  []string
	// Preferences, Bans and Records are how many are imported. RecordsLeft is how many records
	// aren't, because the database has had a journal, which numbers them.
	Preferences, Bans, Records, RecordsLeft int
	// Before and After are the global counts.
	Before, After uint64
}

// ErrTooMany is in the chain of the error of Batch if counts would exceed the maximum.
var ErrTooMany = errors.New("too many clicks")

// Merge merges an input into a database. Use one Merge for one reading of a database: call Player
// for each player and then Batch.
//
// Players match as at login, where capitals don't count: the player with exactly that name, or else
// the one who plays under it in lower case. If several names in the input differ only in capitals,
// the lower-case one plays, or the one with the most clicks; the others match only their exact
// name.
type Merge struct {
	input   *Input
	rule    Rule
	matches []match // by index in input.players
	sum     uint64  // of the counts in the database
}

// match is the player in the database that matches a player of the input.
type match struct {
	game.Player // no name: no match

	exact bool
}

// NewMerge starts a merge. It doesn't change the input.
func NewMerge(in *Input, rule Rule) *Merge {
	return &Merge{input: in, rule: rule, matches: make([]match, len(in.players))}
}

// Player adds a player of the database.
func (m *Merge) Player(p game.Player) error {
	sum, over := bits.Add64(m.sum, p.Clicks, 0)
	if over > 0 {
		return fmt.Errorf("%w: the database's counts overflow 64 bits", ErrTooMany)
	}
	m.sum = sum
	i, exact, found := m.input.find(p.Name)
	if !found {
		return nil
	}
	if at := &m.matches[i]; exact || at.Name == "" || !at.exact && isPreferred(p, at.Player, strings.ToLower(p.Name)) {
		*at = match{p, exact}
	}
	return nil
}

// Batch returns what to write to a database with the content there, and a report of the changes.
func (m *Merge) Batch(there store.Snapshot) (game.Checkpoint, Report, error) {
	report := Report{Before: there.Total}
	batch, err := m.mergePlayers(&report)
	if err != nil {
		return game.Checkpoint{}, Report{}, err
	}
	batch.Total = max(there.Total, m.input.Total, m.sum)
	if m.rule == Add {
		total, over := bits.Add64(there.Total, m.input.Total, 0)
		if over > 0 {
			total = MaxTotal + 1
		}
		batch.Total = total
	}
	if batch.Total > MaxTotal {
		return game.Checkpoint{}, Report{}, fmt.Errorf("%w: the global count would exceed %d", ErrTooMany, uint64(MaxTotal))
	}
	report.After = batch.Total
	m.mergeOwners(&batch, &report, there)
	m.mergeBans(&batch, &report, there)
	if there.Journal == "" && len(there.Records) == 0 {
		batch.Records, report.Records = m.input.records, len(m.input.records)
	} else {
		report.RecordsLeft = len(m.input.records)
	}
	return batch, report, nil
}

// mergePlayers adds new and changed players to a batch. m.sum becomes the sum of all counts.
func (m *Merge) mergePlayers(report *Report) (batch game.Checkpoint, err error) {
	tooMany := fmt.Errorf("%w: all players together would exceed %d", ErrTooMany, uint64(MaxTotal))
	if m.sum > MaxTotal {
		return batch, tooMany
	}
	for i := range m.input.players {
		p, at := m.input.players[i].Player, &m.matches[i]
		if at.Name == "" {
			report.New++
			m.sum += p.Clicks
			batch.Players = append(batch.Players, p)
			continue
		}
		clicks, days := m.mergeCount(at.Clicks, p.Clicks), m.mergeDays(at.Days, p.Days)
		if exceedsDay(days) {
			return batch, tooMany
		}
		same := clicks == at.Clicks && slices.Equal(days, at.Days)
		if same {
			report.Unchanged++
		} else {
			report.Changed++
		}
		m.sum += clicks - at.Clicks
		if seen := p.Seen.After(at.Seen) && m.rule != Keep; seen || !same {
			batch.Players = append(batch.Players, game.Player{Name: at.Name, Clicks: clicks, Seen: p.Seen, Days: days})
		}
	}
	if m.sum > MaxTotal {
		return batch, tooMany
	}
	return batch, nil
}

// mergeCount returns the new count of a player who is in both. Neither count exceeds MaxTotal.
func (m *Merge) mergeCount(there, imported uint64) uint64 {
	switch m.rule {
	case Add:
		return there + imported
	case Replace:
		return imported
	default:
		return there
	}
}

// mergeDays returns the new days of a player who is in both. An input without any days, such as CSV,
// leaves them as they are.
func (m *Merge) mergeDays(there, imported game.Days) game.Days {
	switch {
	case !m.input.hasDays || m.rule == Keep:
		return there
	case m.rule == Replace:
		return imported
	}
	sum := slices.Clone(there)
	for _, d := range imported {
		sum = sum.Add(d.Date, d.Clicks)
	}
	return sum
}

// mergeOwners adds keys and preferences to a batch. A preference goes with the keys, because it is
// for nobody else.
func (m *Merge) mergeOwners(batch *game.Checkpoint, report *Report, there store.Snapshot) {
	keys := make(map[string][]game.Key, len(there.Owners))
	for _, o := range there.Owners {
		keys[o.Name] = o.Keys
	}
	same := make(map[string]bool, len(m.input.owners)) // names with the same keys as in the input
	for _, o := range m.input.owners {
		switch own := keys[o.Name]; {
		case len(o.Keys) == 0 || sameKeys(own, o.Keys):
			same[o.Name] = len(o.Keys) > 0
		case len(own) == 0 || m.rule == Replace:
			report.NamesGiven++
			same[o.Name] = true
			batch.Owners = append(batch.Owners, o)
		default:
			same[o.Name] = containsAll(own, o.Keys)
			if !same[o.Name] {
				report.NamesKept = append(report.NamesKept, o.Name)
			}
		}
	}
	slices.Sort(report.NamesKept)
	chosen := make(map[string]string, len(there.Preferences))
	for _, c := range there.Preferences {
		chosen[c.Name] = c.Text
	}
	for _, c := range m.input.preferences {
		before, found := chosen[c.Name]
		if same[c.Name] && before != c.Text && (!found || m.rule == Replace) {
			report.Preferences++
			batch.Preferences = append(batch.Preferences, c)
		}
	}
}

// containsAll reports whether keys contain all of some.
func containsAll(keys, some []game.Key) bool {
	lacks := func(k game.Key) bool { return !game.HasKey(keys, k.Fingerprint) }
	return !slices.ContainsFunc(some, lacks)
}

func sameKeys(a, b []game.Key) bool {
	missing := func(k game.Key) bool {
		return !slices.ContainsFunc(b, func(other game.Key) bool {
			return other.Fingerprint == k.Fingerprint && other.Bound == k.Bound && other.Since.Equal(k.Since)
		})
	}
	return len(a) == len(b) && !slices.ContainsFunc(a, missing)
}

// mergeBans adds bans to a batch that are new, or that the rule replaces.
func (m *Merge) mergeBans(batch *game.Checkpoint, report *Report, there store.Snapshot) {
	until := make(map[string]game.Ban, len(there.Bans))
	for _, b := range there.Bans {
		until[b.Target] = b
	}
	for _, b := range m.input.bans {
		if own, found := until[b.Target]; !found || m.rule == Replace && !own.Until.Equal(b.Until) {
			report.Bans++
			batch.Bans = append(batch.Bans, b)
		}
	}
}

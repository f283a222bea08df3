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

// Rule is what becomes of players whom both have.
type Rule string

// The rules.
const (
	// Keep leaves counts as they are; only players who are new come in.
	Keep Rule = "keep"
	// Add adds the counts, and the global counts.
	Add Rule = "add"
	// Replace has the count that is imported win, and keys and choices likewise.
	// Players who are not imported stay.
	Replace Rule = "replace"
)

// Report is what a merge does.
type Report struct {
	// New, Changed and Unchanged are how many players of the input are which.
	New, Changed, Unchanged int
	// Given is how many names get keys, and Kept are those that keep their own
	// although the input has other keys for them.
	Given int
	Kept  []string
	// Choices, Bans and Acts are how many come in, and ActsLeft how many acts do not,
	// because the database has had a journal, which numbers them.
	Choices, Bans, Acts, ActsLeft int
	// Before and After are the global counts.
	Before, After uint64
}

// ErrTooMany is in the chain of the error of Batch when counts would become more than
// there can be.
var ErrTooMany = errors.New("too many clicks")

// Merge makes what is there and an input one. One Merge is for one reading of a
// database: Player for each player and then Batch.
//
// Who of the input is who follows from how people log in, where capitals do not count:
// somebody is the player of that very name, or else the one who plays under it in small
// letters. Of several in the input whose names differ by capitals only, the one in small
// letters, or with the most clicks, is the one who plays; the others are nobody but
// themselves.
type Merge struct {
	in      *Input
	rule    Rule
	matches []match // as in.players
	sum     uint64  // of those who are there
}

// match is who a player of the input is.
type match struct {
	game.Player // without a name: nobody

	exact bool
}

// NewMerge begins a merge. The input is not changed.
func NewMerge(in *Input, rule Rule) *Merge {
	return &Merge{in: in, rule: rule, matches: make([]match, len(in.players))}
}

// Player takes in somebody who is there.
func (m *Merge) Player(p game.Player) error {
	sum, over := bits.Add64(m.sum, p.Clicks, 0)
	if over > 0 {
		return fmt.Errorf("%w: the database's counts overflow 64 bits", ErrTooMany)
	}
	m.sum = sum
	i, exact, found := m.in.find(p.Name)
	if !found {
		return nil
	}
	if at := &m.matches[i]; exact || at.Name == "" || !at.exact && better(p, at.Player, strings.ToLower(p.Name)) {
		*at = match{p, exact}
	}
	return nil
}

// Batch is what is to be written into the database that was read, and what it comes to.
func (m *Merge) Batch(there store.Snapshot) (game.Checkpoint, Report, error) {
	report := Report{Before: there.Total}
	batch, err := m.players(&report)
	if err != nil {
		return game.Checkpoint{}, Report{}, err
	}
	batch.Total = max(there.Total, m.in.Total, m.sum)
	if m.rule == Add {
		total, over := bits.Add64(there.Total, m.in.Total, 0)
		if over > 0 {
			total = MaxTotal + 1
		}
		batch.Total = total
	}
	if batch.Total > MaxTotal {
		return game.Checkpoint{}, Report{}, fmt.Errorf("%w: the global count would exceed %d", ErrTooMany, uint64(MaxTotal))
	}
	report.After = batch.Total
	m.owners(&batch, &report, there)
	m.bans(&batch, &report, there)
	if there.Journal == "" && len(there.Records) == 0 {
		batch.Records, report.Acts = m.in.audit, len(m.in.audit)
	} else {
		report.ActsLeft = len(m.in.audit)
	}
	return batch, report, nil
}

// players puts those into a batch who are new or change. m.sum becomes that of all.
func (m *Merge) players(report *Report) (batch game.Checkpoint, err error) {
	tooMany := fmt.Errorf("%w: all players together would exceed %d", ErrTooMany, uint64(MaxTotal))
	if m.sum > MaxTotal {
		return batch, tooMany
	}
	for i := range m.in.players {
		p, at := m.in.players[i].Player, &m.matches[i]
		if at.Name == "" {
			report.New++
			m.sum += p.Clicks
			batch.Players = append(batch.Players, p)
			continue
		}
		clicks := m.count(at.Clicks, p.Clicks)
		if clicks == at.Clicks {
			report.Unchanged++
		} else {
			report.Changed++
		}
		m.sum += clicks - at.Clicks
		if seen := p.Seen.After(at.Seen) && m.rule != Keep; seen || clicks != at.Clicks {
			batch.Players = append(batch.Players, game.Player{Name: at.Name, Clicks: clicks, Seen: p.Seen})
		}
	}
	if m.sum > MaxTotal {
		return batch, tooMany
	}
	return batch, nil
}

// count is what somebody has afterwards whom both have. Neither count is more than
// MaxTotal.
func (m *Merge) count(there, imported uint64) uint64 {
	switch m.rule {
	case Add:
		return there + imported
	case Replace:
		return imported
	default:
		return there
	}
}

// owners puts keys and choices into a batch. What somebody has chosen goes with the
// keys: it is for nobody else.
func (m *Merge) owners(batch *game.Checkpoint, report *Report, there store.Snapshot) {
	keys := make(map[string][]game.Key, len(there.Owners))
	for _, o := range there.Owners {
		keys[o.Name] = o.Keys
	}
	same := make(map[string]bool, len(m.in.owners)) // the names whose keys are those of the input
	for _, o := range m.in.owners {
		switch own := keys[o.Name]; {
		case len(o.Keys) == 0 || sameKeys(own, o.Keys):
			same[o.Name] = len(o.Keys) > 0
		case len(own) == 0 || m.rule == Replace:
			report.Given++
			same[o.Name] = true
			batch.Owners = append(batch.Owners, o)
		default:
			same[o.Name] = hasAll(own, o.Keys)
			if !same[o.Name] {
				report.Kept = append(report.Kept, o.Name)
			}
		}
	}
	slices.Sort(report.Kept)
	chosen := make(map[string]string, len(there.Preferences))
	for _, c := range there.Preferences {
		chosen[c.Name] = c.Text
	}
	for _, c := range m.in.choices {
		before, found := chosen[c.Name]
		if same[c.Name] && before != c.Text && (!found || m.rule == Replace) {
			report.Choices++
			batch.Preferences = append(batch.Preferences, c)
		}
	}
}

// hasAll tells whether all of some keys are among those of a name.
func hasAll(keys, some []game.Key) bool {
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

// bans puts those into a batch that are new, or that the rule has win.
func (m *Merge) bans(batch *game.Checkpoint, report *Report, there store.Snapshot) {
	until := make(map[string]game.Ban, len(there.Bans))
	for _, b := range there.Bans {
		until[b.Target] = b
	}
	for _, b := range m.in.bans {
		if own, found := until[b.Target]; !found || m.rule == Replace && !own.Until.Equal(b.Until) {
			report.Bans++
			batch.Bans = append(batch.Bans, b)
		}
	}
}

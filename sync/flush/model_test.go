package flush_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"clickky/sync/ledger"
	"clickky/sync/store"
)

// truth is what every player must have: what is on the disk of the journal,
// added up. Its clicks come from nowhere else.
func truth(d *disk) (clicks map[string]uint64, total uint64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	clicks = map[string]uint64{}
	for _, e := range d.events {
		for name, n := range e.Clicks {
			clicks[name] += n
			total += n
		}
	}
	return clicks, total
}

// ownersOf is who owns which name: what the journal's changes come to, one after
// the other. A bound key is marked.
func ownersOf(d *disk) map[string][]string {
	d.mu.Lock()
	defer d.mu.Unlock()
	owners := map[string][]string{}
	for _, e := range d.events {
		for _, c := range e.Changes {
			keys := owners[c.Name]
			switch {
			case c.Do == ledger.Claim && len(keys) > 0:
			case c.Do == ledger.Claim:
				owners[c.Name] = []string{c.Key}
			case c.Sole:
				owners[c.Name] = []string{c.Key + "!"}
			default:
				keys = slices.DeleteFunc(keys, func(k string) bool { return strings.TrimSuffix(k, "!") == c.Key })
				owners[c.Name] = append(keys, c.Key+"!")
			}
		}
	}
	return owners
}

func words(keys []ledger.Key) []string {
	var words []string
	for _, k := range keys {
		if k.Bound {
			k.Fingerprint += "!"
		}
		words = append(words, k.Fingerprint)
	}
	slices.Sort(words)
	return words
}

// model plays at random: clicks, claims, bindings, time, faults of the journal and the store,
// lost answers, and restarts, with and without an end in good order.
type model struct {
	t     *testing.T
	rng   *rand.Rand
	db    *database
	disk  *disk
	game  *game
	shown map[string]uint64 // what players were shown
	total uint64
}

func (m *model) step() {
	switch m.rng.IntN(20) {
	case 0:
		m.game.set(func() { m.game.fail = errDown })
	case 1:
		m.game.set(func() { m.game.fail, m.game.hang = nil, false })
	case 2:
		m.game.set(func() { m.game.hang = true })
	case 3:
		m.game.set(func() { m.game.lost = m.rng.IntN(3) })
	case 4:
		m.game.book.set(func() { m.game.book.fail = errDown })
	case 5:
		m.game.book.set(func() { m.game.book.fail = nil })
	case 6:
		m.game.book.set(func() { m.game.book.lost = m.rng.IntN(3) })
	case 7, 8, 9:
		after(time.Duration(m.rng.IntN(5000)) * time.Millisecond)
	case 10:
		m.restart()
	case 11, 12:
		m.claim()
	case 13:
		b := store.Binding{Name: m.name(), Fingerprint: m.key(), Sole: m.rng.IntN(2) == 0}
		_, _ = m.game.RequestBinding(m.t.Context(), b) // fails where the database does
	default:
		m.click()
	}
}

func (m *model) name() string { return fmt.Sprintf("k%d", m.rng.IntN(4)) }
func (m *model) key() string  { return fmt.Sprintf("SHA256:%d", m.rng.IntN(4)) }

// claim has somebody with a key click once. Nobody but a key that owns the name
// scores.
func (m *model) claim() {
	name, key := m.name(), m.key()
	owners := m.game.Keys(name)
	mine := len(owners) == 0 || slices.ContainsFunc(owners, func(k ledger.Key) bool { return k.Fingerprint == key })
	seat := m.game.JoinWith(name, ledger.Pass{Key: key, Claims: true})
	defer seat.Leave()
	if score := seat.Click(); score.Refused == mine {
		m.t.Fatalf("%s of %v with key %s: %+v", name, owners, key, score)
	}
	if mine {
		m.shown[name]++
		m.total++
	}
}

// checkOwners compares a view of who owns which name with the journal.
func (m *model) checkOwners(who string, keysOf func(name string) []ledger.Key) {
	m.t.Helper()
	for name, want := range ownersOf(m.disk) {
		slices.Sort(want)
		if got := words(keysOf(name)); !slices.Equal(got, want) {
			m.t.Fatalf("%s: %s belongs to %v, want %v", who, name, got, want)
		}
	}
}

// click checks that no number that a player is shown ever goes back.
func (m *model) click() {
	name := fmt.Sprintf("p%d", m.rng.IntN(7))
	score := m.game.Join(name).Click()
	m.shown[name]++
	m.total++
	if score.Clicks != m.shown[name] || score.Total != m.total {
		m.t.Fatalf("%s is shown %d of %d, want %d of %d", name, score.Clicks, score.Total, m.shown[name], m.total)
	}
}

// restart ends the server, in good order or as kill -9 does, and starts it
// again. What the journal could not be told is lost then, and nothing else.
func (m *model) restart() {
	healthy := m.rng.IntN(2) == 0
	if healthy {
		m.heal()
		after(250 * time.Millisecond) // that much may be lost
	}
	if err := m.game.stop(); err != nil {
		m.t.Fatalf("Run = %v", err)
	}
	if m.rng.IntN(2) == 0 {
		ctx, cancel := context.WithTimeout(m.t.Context(), 10*time.Second)
		_ = m.game.flusher.Final(ctx) // fails where the journal does
		cancel()
	}
	clicks, total := truth(m.disk)
	if healthy && (!maps.Equal(clicks, m.shown) || total != m.total) {
		m.t.Fatalf("the journal has %v, players were shown %v", clicks, m.shown)
	}
	m.shown, m.total = clicks, total
	m.game = start(m.t, 3*time.Second, m.db, m.disk, nil)
	<-m.game.Loaded()
	m.checkOwners("after a restart", m.game.Keys)
	for name, n := range m.shown {
		if got := m.game.Standing(name).Clicks; got != n {
			m.t.Fatalf("after a restart %s has %d, want %d", name, got, n)
		}
	}
}

func (m *model) heal() {
	m.game.book.set(func() { m.game.book.fail, m.game.book.lost = nil, 0 })
	m.game.set(func() { m.game.fail, m.game.hang, m.game.lost = nil, false, 0 })
}

// TestTheDatabaseEqualsWhatWasClicked compares ledger, journal and store with
// plain addition, whatever happens to them.
func TestTheDatabaseEqualsWhatWasClicked(t *testing.T) {
	for range 40 {
		seed := rand.Uint64() //nolint:gosec // a test's choice
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := &model{
					t: t, rng: rand.New(rand.NewPCG(seed, 0)), //nolint:gosec // a test's choice
					db: newDatabase(), disk: newDisk("journal"), shown: map[string]uint64{},
				}
				m.game = start(t, 3*time.Second, m.db, m.disk, nil)
				for range 400 {
					m.step()
				}
				m.heal()
				after(2 * time.Minute)
				if !maps.Equal(m.db.rows, m.shown) || m.db.total != m.total {
					t.Errorf("the database has %v of %d, players were shown %v of %d", m.db.rows, m.db.total, m.shown, m.total)
				}
				m.checkOwners("the ledger", m.game.Keys)
				m.checkOwners("the database", func(name string) (keys []ledger.Key) {
					for _, k := range m.db.owners[name] {
						keys = append(keys, ledger.Key(k))
					}
					return keys
				})
				if len(m.db.bindings) > 0 {
					t.Errorf("bindings are left: %v", m.db.bindings)
				}
				if s := m.game.Latest(); s.Unsaved != 0 || s.StoreDown || s.JournalDown {
					t.Errorf("after all is well again: %+v", s)
				}
				_ = m.game.stop()
			})
		})
	}
}

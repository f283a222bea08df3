package flush_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"clickky/sync/store"
)

// crowd is servers that play one game at random, as model does with one: they start, stop, are
// killed, frozen and cut off, lose answers, and find a database that was restored.
type crowd struct {
	model

	every   time.Duration
	servers []*member
	gone    []*member
}

// member is a server of a crowd.
type member struct {
	*model

	clicked map[string]uint64 // by the players p0, p1 … on this server
	killed  bool              // so that some of its clicks may be lost
}

func (c *crowd) join() {
	g := joinServer(c.t, c.every, c.db, c.disk, nil)
	m := &member{clicked: map[string]uint64{}, model: &model{t: c.t, rng: c.rng, db: c.db, disk: c.disk, game: g}}
	c.servers = append(c.servers, m)
	<-g.Loaded()
}

// stop ends a server, cleanly or like kill -9.
func (c *crowd) stop(i int) {
	m := c.servers[i]
	c.servers = slices.Delete(c.servers, i, i+1)
	c.gone = append(c.gone, m)
	if m.killed = c.rng.IntN(2) == 0; !m.killed {
		m.repair()
		advance(3 * time.Second) // for events in flight
	}
	if err := m.game.stop(); err != nil {
		c.t.Fatalf("Run = %v", err)
	}
	if m.killed {
		return
	}
	ctx, cancel := context.WithTimeout(c.t.Context(), 10*time.Second)
	defer cancel()
	if err := m.game.flusher.Final(ctx); err != nil {
		c.t.Fatalf("Final = %v", err)
	}
}

// repair ends all faults of a server.
func (m *member) repair() {
	m.heal()
	m.game.journal.setCutOff(false)
}

func (m *member) click() {
	name := fmt.Sprint("p", m.rng.IntN(5))
	synctest.Wait() // clicks of other servers may be in flight
	before := m.game.Standing(name).Clicks
	if after := m.game.Join(name).Click(); after.Clicks != before+1 {
		m.t.Fatalf("a click leads from %d to %d", before, after.Clicks)
	}
	m.clicked[name]++
}

func (c *crowd) step() {
	m := c.servers[c.rng.IntN(len(c.servers))]
	switch c.rng.IntN(31) {
	case 0:
		if len(c.servers) < 4 {
			c.join()
		}
	case 1:
		if len(c.servers) > 1 {
			c.stop(c.rng.IntN(len(c.servers)))
		}
	case 2: // frozen, as seen by others
		m.game.journal.setCutOff(true)
		m.game.set(func() { m.game.fail = errDown })
	case 3:
		m.game.journal.setCutOff(true)
	case 4, 5, 6:
		m.repair()
	case 7:
		m.game.set(func() { m.game.loseAnswers = c.rng.IntN(3) })
	case 8:
		m.game.journal.set(func() { m.game.journal.loseAnswers = c.rng.IntN(3) })
	case 9:
		m.game.set(func() { m.game.hang = true })
	case 10:
		c.backUpOrRestore()
	case 21:
		b := store.Binding{Name: c.name(), Fingerprint: c.key(), Sole: c.rng.IntN(2) == 0}
		_, _ = m.game.RequestBinding(c.t.Context(), b) // fails where the database does
	case 11:
		last, _ := m.game.journal.Last(c.t.Context())
		m.game.flusher.OthersSaved(c.rng.Uint64N(last + 2))
	case 12, 13:
		m.proposeAction()
	case 14:
		m.clickInSession()
	case 15:
		m.setPreference()
	case 16:
		if len(m.sessions) > 0 {
			m.sessions[0].Leave()
			m.sessions = m.sessions[1:]
		}
	case 30:
		for _, other := range c.servers {
			other.repair()
		}
		m.shown = m.clicked
		m.emptyTables() // several servers may notice it at once
	case 17, 18, 19, 20:
		advance(time.Duration(c.rng.IntN(4000)) * time.Millisecond)
	default:
		m.click()
	}
	c.checkDatabase()
}

// checkDatabase checks that the database has exactly the result of the journal up to its position,
// no matter which server saved it.
func (c *crowd) checkDatabase() {
	c.db.mu.Lock()
	defer c.db.mu.Unlock()
	c.checkStore(interpretTo(c.disk, int(c.db.state.Position)))
}

// journaled returns the clicks of one run in the journal, by the names at that time.
func (c *crowd) journaled(run string) map[string]uint64 {
	clicks := map[string]uint64{}
	for _, e := range c.disk.events {
		for name, n := range e.Clicks {
			if e.Server == run && name != "" && name[0] == 'p' {
				clicks[name] += n
			}
		}
	}
	return clicks
}

// checkClicks compares the clicks on each server with those in the journal.
func (c *crowd) checkClicks() {
	for _, m := range slices.Concat(c.servers, c.gone) {
		has := c.journaled(m.game.journal.Run())
		if !m.killed && !maps.Equal(has, m.clicked) {
			c.t.Errorf("the journal has %v of a server, clicked were %v", has, m.clicked)
		}
		for name, n := range has {
			if n > m.clicked[name] {
				c.t.Errorf("the journal has %d clicks of %s on a server, made were %d", n, name, m.clicked[name])
			}
		}
	}
}

// TestServersConvergeAmongRandomFaults compares all ledgers and the database with a plain
// account of the journal.
func TestServersConvergeAmongRandomFaults(t *testing.T) {
	for range 25 {
		seed := rand.Uint64()
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := &crowd{every: 3 * time.Second}
				c.model = model{t: t, rng: rand.New(rand.NewPCG(seed, 1)), db: newDatabase(), disk: newDisk("journal")}
				for range 3 {
					c.join()
				}
				for range 400 {
					c.step()
				}
				for _, m := range c.servers {
					m.repair()
				}
				advance(3 * time.Minute)
				w := interpret(c.disk)
				c.checkClicks()
				c.checkStore(w)
				if len(c.db.bindings) > 0 {
					t.Errorf("bindings are left: %v", c.db.bindings)
				}
				for i, m := range c.servers {
					m.checkLedger(w)
					if s := m.game.Status(); s.Unsaved != 0 || s.StoreDown || s.JournalDown {
						t.Errorf("server %d, after all is well again: %+v", i, s)
					}
				}
				c.join()
				c.servers[len(c.servers)-1].checkLedger(w)
				for len(c.servers) > 0 {
					c.stop(0)
				}
			})
		})
	}
}

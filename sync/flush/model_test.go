package flush_test

import (
	"context"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"clickky/sync/game"
	"clickky/sync/game/gametest"
	"clickky/sync/ledger"
	"clickky/sync/store"
)

func words(keys []game.Key) []string {
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

// model plays at random: clicks, claims, preferences, bindings, admin actions, time, faults of the
// journal and the store, lost answers, a restored database, and restarts with and without a clean
// end. Admins don't touch the players p0, p1 and so on.
type model struct {
	t        *testing.T
	rng      *rand.Rand
	db       *database
	disk     *disk
	game     *fixture
	shown    map[string]uint64 // the counts shown to those players
	clicks   uint64            // of everybody
	total    uint64            // the minimum to be shown
	copy     *database
	emptied  int // number of times
	sessions []*ledger.Session
	chosen   int
}

func (m *model) step() {
	switch m.rng.IntN(29) {
	case 0:
		m.game.set(func() { m.game.fail = errDown })
	case 1:
		m.game.set(func() { m.game.fail, m.game.hang = nil, false })
	case 2:
		m.game.set(func() { m.game.hang = true })
	case 3:
		m.game.set(func() { m.game.loseAnswers = m.rng.IntN(3) })
	case 4:
		m.game.journal.set(func() { m.game.journal.fail = errDown })
	case 5:
		m.game.journal.set(func() { m.game.journal.fail = nil })
	case 6:
		m.game.journal.set(func() { m.game.journal.loseAnswers = m.rng.IntN(3) })
	case 7:
		if m.rng.IntN(60) == 0 {
			// Without a journal, ten attempts a second would take most of the test's time.
			m.game.journal.set(func() { m.game.journal.fail = nil })
			advance(time.Duration(m.rng.IntN(30)) * time.Hour)
		}
	case 8, 9:
		advance(time.Duration(m.rng.IntN(5000)) * time.Millisecond)
	case 10:
		m.restart()
	case 11, 12:
		m.claim()
	case 13:
		b := store.Binding{Name: m.name(), Fingerprint: m.key(), Sole: m.rng.IntN(2) == 0}
		_, _ = m.game.RequestBinding(m.t.Context(), b) // fails where the database does
	case 14, 15, 16:
		m.proposeAction()
	case 17, 18, 19:
		m.clickInSession()
	case 20:
		m.backUpOrRestore()
	case 21, 22:
		m.setPreference()
	case 28:
		m.heal()
		m.emptyTables()
	default:
		m.click()
	}
}

func (m *model) name() string { return fmt.Sprintf("k%d", m.rng.IntN(4)) }
func (m *model) key() string  { return fmt.Sprintf("SHA256:%d", m.rng.IntN(4)) }

// claim makes a player with a key click once. It must count unless another key owns the name.
func (m *model) claim() {
	name, key := m.name(), m.key()
	owners := m.game.Keys(name)
	mine := len(owners) == 0 || slices.ContainsFunc(owners, func(k game.Key) bool { return k.Fingerprint == key })
	session := m.game.JoinWith(name, ledger.Credentials{Key: key, Claims: true})
	defer session.Leave()
	if score := session.Click(); score.Rejected == mine {
		m.t.Fatalf("%s of %v with key %s: %+v", name, owners, key, score)
	}
	if mine {
		m.clicks++
	}
}

// clickInSession clicks in sessions that stay, whatever happens to their players.
func (m *model) clickInSession() {
	if len(m.sessions) > 4 {
		m.sessions[0].Leave()
		m.sessions = m.sessions[1:]
	}
	m.sessions = append(m.sessions, m.game.JoinWith(m.name(), ledger.Credentials{Key: m.key(), Claims: m.rng.IntN(2) == 0}))
	for _, s := range m.sessions {
		if !s.Click().Rejected {
			m.clicks++
		}
	}
}

// setPreference sets a unique preference in a session with a key.
func (m *model) setPreference() {
	session := m.game.JoinWith(m.name(), ledger.Credentials{Key: m.key(), Claims: true})
	defer session.Leave()
	m.chosen++
	session.SetPreference(fmt.Sprint("choice ", m.chosen))
}

// proposeAction proposes an admin action and doesn't wait for it.
func (m *model) proposeAction() {
	until := time.Now().Add(time.Duration(m.rng.IntN(100)) * time.Second)
	a := gametest.RandomAction(m.rng, m.name, m.game.Status().LastAction, until)
	ctx, cancel := context.WithCancel(m.t.Context())
	cancel()
	_, _, _ = m.game.SubmitActions(ctx, a)
}

// backUpOrRestore copies the database, or restores the copy.
func (m *model) backUpOrRestore() {
	m.db.mu.Lock()
	defer m.db.mu.Unlock()
	if m.copy == nil {
		m.copy = &database{
			rows: maps.Clone(m.db.rows), days: maps.Clone(m.db.days), seen: maps.Clone(m.db.seen), owners: maps.Clone(m.db.owners),
			bans: maps.Clone(m.db.bans), audit: maps.Clone(m.db.audit), choices: maps.Clone(m.db.choices), total: m.db.total, state: m.db.state,
		}
		return
	}
	c := m.copy
	m.copy = nil
	m.db.rows, m.db.owners, m.db.bans, m.db.audit, m.db.total = c.rows, c.owners, c.bans, c.audit, c.total
	m.db.days, m.db.seen, m.db.choices = c.days, c.seen, c.choices
	m.db.state.Position = c.state.Position
}

// emptyTables removes the players from a database that is up to date, and makes one of them click,
// which reveals it. All servers must be working.
func (m *model) emptyTables() {
	const name = "p0"
	click := func() {
		m.clicks++
		m.shown[name]++
		m.total = m.game.Join(name).Click().Total
		advance(2 * time.Minute) // until everything is saved
	}
	click()
	m.db.mu.Lock()
	clear(m.db.rows)
	clear(m.db.days)
	clear(m.db.seen)
	if m.rng.IntN(2) == 0 {
		clear(m.db.owners)
		clear(m.db.choices)
		clear(m.db.bans)
		clear(m.db.audit)
	}
	missed := m.db.missed
	m.db.mu.Unlock()
	click()
	m.checkStore(interpret(m.disk))
	if m.emptied++; m.db.missed == missed {
		m.t.Fatal("nobody has found that rows are gone")
	}
}

// check compares a value with the result of the journal.
func (m *model) check(who string, got, want any) {
	m.t.Helper()
	if !reflect.DeepEqual(got, want) {
		m.t.Fatalf("%s\n%v, the journal\n%v", who, got, want)
	}
}

// checkLedger compares the ledger with the journal, up to its end.
func (m *model) checkLedger(w *gametest.World) {
	m.t.Helper()
	counts, keys := w.Counts(), w.Keys()
	got, owned := map[string]uint64{}, map[string][]string{}
	board := m.game.screens.Leaderboard()
	for i := range board.Len() {
		row := board.At(i)
		got[row.Name] = row.Clicks
	}
	for name := range w.Names() {
		if k := words(m.game.Keys(name)); len(k) > 0 {
			owned[name] = k
		}
	}
	m.check("the ledger has the counts", got, counts)
	m.check("the ledger has the days", m.days(w), w.Days(""))
	m.checkToday(w)
	m.check("the ledger has the keys", owned, keys)
	chosen := map[string]string{}
	for name := range w.Names() {
		session := m.game.JoinWith(name, ledger.Credentials{Key: "SHA256:looks"})
		if text := session.Preference(); text != "" {
			chosen[name] = text
		}
		session.Leave()
	}
	m.check("the ledger has the choices", chosen, w.Preferences())
	bans := map[string]time.Time{}
	for _, b := range m.game.Bans(time.Time{}) {
		bans[b.Target] = b.Until
	}
	m.check("the ledger has the bans", bans, w.Bans)
	var deeds []string
	for _, r := range m.game.Ledger.Audit(10_000, 0) {
		deeds = append(deeds, fmt.Sprint(r.Number, " ", r.Kind, " ", r.UndoneBy))
	}
	slices.Reverse(deeds)
	m.check("the ledger has the acts", deeds, w.Actions())
	m.check("the ledger has the global count", m.game.Status().Total, w.Total)
}

// checkToday compares the leaderboards of the last days, and the players' places, with the journal.
func (m *model) checkToday(w *gametest.World) {
	m.t.Helper()
	today := game.DateOf(time.Now())
	for _, days := range []int{1, 2, 30} {
		got, want := map[string]uint64{}, map[string]uint64{}
		for _, line := range m.game.DayLines(days) {
			got[line.Name] = line.Clicks
		}
		for name, d := range w.Days("") {
			if n := d.Between(today-game.Date(days)+1, today); n > 0 {
				want[name] = n
			}
		}
		m.check(fmt.Sprintf("on the last %d days the ledger has", days), got, want)
	}
	all := w.Days("")
	for name := range w.Counts() {
		want := game.DayStanding{Place: game.Place{Clicks: all[name].On(today), Rank: 1}, Streak: all[name].Streak(today)}
		for _, d := range all {
			if d.On(today) > 0 {
				want.Of++
			}
			if n := d.On(today); n > 0 && n == want.Clicks {
				want.Ties++
			}
			if n := d.On(today); n > want.Clicks {
				want.Rank++
				if want.Gap == 0 || n-want.Clicks < want.Gap {
					want.Gap = n - want.Clicks
				}
			}
		}
		want.Ties = max(want.Ties-1, 0) // without the player
		if want.Gap > 0 {
			want.Ahead = 1
			for _, d := range all {
				if d.On(today) > want.Clicks+want.Gap {
					want.Ahead++
				}
			}
		}
		m.check(name+" has the place", m.game.Standing(name).Today, want)
	}
}

// days returns the days of all players in the ledger.
func (m *model) days(w *gametest.World) map[string]game.Days {
	all := map[string]game.Days{}
	for name := range w.Counts() {
		if days := m.game.Days(name); len(days) > 0 {
			all[name] = days
		}
	}
	return all
}

// checkStore compares the database with the journal.
func (m *model) checkStore(w *gametest.World) {
	m.t.Helper()
	owned := map[string][]string{}
	for name, rows := range m.db.owners {
		var keys []game.Key
		for _, k := range rows {
			keys = append(keys, game.Key(k))
		}
		owned[name] = words(keys)
	}
	var deeds []string
	for id := uint64(1); id <= uint64(len(m.db.audit)); id++ {
		deeds = append(deeds, fmt.Sprint(id, " ", m.db.audit[id].Kind, " ", m.db.audit[id].UndoneBy))
	}
	m.check("the database has the counts", m.db.rows, w.Counts())
	m.check("the database has the days", m.db.days, w.Days(""))
	m.check("the database has the keys", owned, w.Keys())
	m.check("the database has the choices", m.db.choices, w.Preferences())
	m.check("the database has the bans", m.db.bans, w.Bans)
	m.check("the database has the acts", deeds, w.Actions())
	m.check("the database has the global count", m.db.total, w.Total)
	for name, clicks := range w.Counts() {
		if at := m.db.seen[name]; clicks > 0 && strings.HasPrefix(name, "p") && (at.IsZero() || at.After(time.Now())) {
			m.t.Fatalf("the database has seen %s at %v", name, at)
		}
	}
}

// click clicks, and checks that no number shown to a player decreases.
func (m *model) click() {
	name := fmt.Sprintf("p%d", m.rng.IntN(7))
	score := m.game.Join(name).Click()
	m.shown[name]++
	m.clicks++
	if score.Clicks != m.shown[name] || score.Total <= m.total || score.Total < m.clicks {
		m.t.Fatalf("%s is shown %d of %d, want %d of more than %d", name, score.Clicks, score.Total, m.shown[name], m.total)
	}
	m.total = score.Total
}

// restart ends the server, cleanly or like kill -9, and starts it again. Only what isn't in the
// journal is lost.
func (m *model) restart() {
	healthy := m.rng.IntN(2) == 0
	if healthy {
		m.heal()
		advance(250 * time.Millisecond) // the maximum loss
	}
	if err := m.game.stop(); err != nil {
		m.t.Fatalf("Run = %v", err)
	}
	if m.rng.IntN(2) == 0 {
		ctx, cancel := context.WithTimeout(m.t.Context(), 10*time.Second)
		_ = m.game.flusher.Final(ctx) // fails where the journal does
		cancel()
	}
	w := interpret(m.disk)
	if healthy && (!maps.Equal(w.Players("p"), m.shown) || w.Clicks != m.clicks) {
		m.t.Fatalf("the journal has %v of %d, players were shown %v of %d", w.Players("p"), w.Clicks, m.shown, m.clicks)
	}
	m.shown, m.clicks, m.total, m.sessions = w.Players("p"), w.Clicks, w.Total, nil
	m.game = start(m.t, 3*time.Second, m.db, m.disk, nil)
	<-m.game.Loaded()
	for name := range m.shown {
		player, _ := m.game.Player(name)
		if saved, now := m.db.seen[name], player.SeenAt(); now.IsZero() || now.Before(saved) {
			m.t.Fatalf("%s was seen %v, the database says %v", name, now, saved)
		}
	}
	m.checkLedger(interpret(m.disk)) // bindings may have been added
}

func (m *model) heal() {
	m.game.journal.set(func() { m.game.journal.fail, m.game.journal.loseAnswers = nil, 0 })
	m.game.set(func() { m.game.fail, m.game.hang, m.game.loseAnswers = nil, false, 0 })
}

// TestDatabaseEqualsClicksAmongRandomFaults compares ledger, journal and store with a plain
// account of the journal, while all of them fail at random.
func TestDatabaseEqualsClicksAmongRandomFaults(t *testing.T) {
	for range 40 {
		seed := rand.Uint64()
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := &model{
					t: t, rng: rand.New(rand.NewPCG(seed, 0)),
					db: newDatabase(), disk: newDisk("journal"), shown: map[string]uint64{},
				}
				time.Sleep(24*time.Hour - time.Duration(m.rng.Int64N(int64(30*time.Minute)))) // midnight comes among all kinds of faults
				m.game = start(t, 3*time.Second, m.db, m.disk, nil)
				for range 400 {
					m.step()
				}
				m.heal()
				advance(2 * time.Minute)
				w := interpret(m.disk)
				if !maps.Equal(w.Players("p"), m.shown) || w.Clicks != m.clicks {
					t.Errorf("the journal has %v of %d, players were shown %v of %d", w.Players("p"), w.Clicks, m.shown, m.clicks)
				}
				m.checkLedger(w)
				m.checkStore(w)
				if m.db.missed != m.emptied {
					t.Errorf("rows were found missing %d times, and removed %d times", m.db.missed, m.emptied)
				}
				if len(m.db.bindings) > 0 {
					t.Errorf("bindings are left: %v", m.db.bindings)
				}
				if s := m.game.Status(); s.Unsaved != 0 || s.StoreDown || s.JournalDown {
					t.Errorf("after all is well again: %+v", s)
				}
				_ = m.game.stop()
			})
		})
	}
}

// interpret returns the result of a journal.
func interpret(d *disk) *gametest.World { return interpretTo(d, math.MaxInt) }

// interpretTo returns the result of the first n events.
func interpretTo(d *disk, n int) *gametest.World {
	d.mu.Lock()
	defer d.mu.Unlock()
	events := make([]game.Event, min(n, len(d.events)))
	for i := range events {
		events[i] = d.events[i].Event
	}
	return gametest.Interpret(events)
}

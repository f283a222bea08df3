//go:build !race

// The test has no goroutines.

package live_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"clickky/sync/game"
	"clickky/sync/game/gametest"
	"clickky/sync/ledger"
	"clickky/sync/ledger/ledgertest"
)

// server is a ledger with sessions, and how far into a log of all servers it is.
type server struct {
	fixture

	sessions []*ledger.Session
	taken    []game.Event // not in the log yet
	own      map[int]bool // which events of the log are its own
	read     int

	saving *ledger.Batch // under way
}

// cluster is servers that share a log, and a store.
type cluster struct {
	t       *testing.T
	rng     *rand.Rand
	log     []game.Event
	servers []*server
	store   *storeOf
	acts    int
	chosen  int
}

// storeOf is what a store has after some batches.
type storeOf struct {
	counts  map[string]uint64
	days    map[string]game.Days
	owners  map[string][]game.Key
	bans    map[string]time.Time
	records map[uint64]game.AuditRecord
	choices map[string]string
	total   uint64
	at      uint64
}

func newStore() *storeOf {
	return &storeOf{
		counts: map[string]uint64{}, days: map[string]game.Days{}, owners: map[string][]game.Key{}, bans: map[string]time.Time{},
		records: map[uint64]game.AuditRecord{}, choices: map[string]string{},
	}
}

func (s *storeOf) copy() *storeOf {
	return &storeOf{
		maps.Clone(s.counts), maps.Clone(s.days), maps.Clone(s.owners), maps.Clone(s.bans), maps.Clone(s.records), maps.Clone(s.choices),
		s.total, s.at,
	}
}

func (s *storeOf) save(t *testing.T, b ledger.Batch) {
	t.Helper()
	gametest.SaveDays(s.days, b.Checkpoint)
	for _, name := range b.Removed {
		delete(s.counts, name)
	}
	for _, p := range b.Players {
		if slices.Contains(b.Removed, p.Name) {
			t.Fatalf("%s is removed, and is to have %d clicks", p.Name, p.Clicks)
		}
		s.counts[p.Name] = p.Clicks
	}
	for _, o := range b.Owners {
		if s.owners[o.Name] = o.Keys; len(o.Keys) == 0 {
			delete(s.owners, o.Name)
		}
	}
	for _, ban := range b.Bans {
		if s.bans[ban.Target] = ban.Until; ban.Until.IsZero() {
			delete(s.bans, ban.Target)
		}
	}
	for _, r := range b.Records {
		s.records[r.Number] = r
	}
	for _, choice := range b.Preferences {
		if s.choices[choice.Name] = choice.Text; choice.Text == "" {
			delete(s.choices, choice.Name)
		}
	}
	s.total, s.at = b.Total, b.To
}

// load returns a ledger with the contents of the store.
func (s *storeOf) load(t *testing.T) fixture {
	t.Helper()
	c := game.Contents{Total: s.total, Position: s.at}
	for name, clicks := range s.counts {
		c.Players = append(c.Players, game.Player{Name: name, Clicks: clicks, Days: slices.Clone(s.days[name])})
	}
	for name, keys := range s.owners {
		c.Owners = append(c.Owners, game.Owner{Name: name, Keys: keys})
	}
	for target, until := range s.bans {
		c.Bans = append(c.Bans, game.Ban{Target: target, Until: until})
	}
	for name, text := range s.choices {
		c.Preferences = append(c.Preferences, game.Preference{Name: name, Text: text})
	}
	for _, number := range slices.Sorted(maps.Keys(s.records)) {
		c.Records = append(c.Records, s.records[number])
	}
	l := newFixture(ledger.New())
	if err := l.Load(c); err != nil {
		t.Fatal(err)
	}
	l.Open()
	return l
}

func (c *cluster) name() string { return "abcde"[c.rng.IntN(5):][:1] }
func (c *cluster) key() string  { return fmt.Sprint("SHA256:k", c.rng.IntN(3)) }

func (c *cluster) step() {
	s := c.servers[c.rng.IntN(len(c.servers))]
	switch c.rng.IntN(16) {
	case 0:
		pass := ledger.Credentials{}
		if c.rng.IntN(2) == 0 {
			pass = ledger.Credentials{Key: c.key(), Claims: true}
		}
		s.sessions = append(s.sessions, s.JoinWith(c.name(), pass))
	case 1:
		if len(s.sessions) > 8 {
			s.sessions[0].Leave()
			s.sessions = s.sessions[1:]
		}
	case 2, 3, 4, 5:
		if len(s.sessions) > 0 {
			c.click(s.sessions[c.rng.IntN(len(s.sessions))])
		}
	case 6:
		if e := s.Drain(c.rng.IntN(3), c.rng.IntN(4)); !e.Empty() {
			e.At = ledgertest.Noon.Add(time.Duration(len(c.log)) * time.Minute)
			if len(e.Actions) == 0 { // a ban would have ended by then
				e.At = e.At.AddDate(0, 0, len(c.log)/20-c.rng.IntN(2))
			}
			s.taken = append(s.taken, e)
		}
	case 7:
		c.append(s)
	case 8, 9:
		c.fold(s, 1+c.rng.IntN(3))
	case 10:
		c.act(s, c.anAct())
	case 11, 12:
		if len(s.sessions) > 0 {
			c.chosen++
			s.sessions[c.rng.IntN(len(s.sessions))].SetPreference(fmt.Sprint(c.chosen))
		}
	case 13:
		s.ProposeKeyChange(game.KeyChange{Kind: game.KeyBind, Name: c.name(), Key: c.key(), Sole: c.rng.IntN(2) == 0})
	default:
		c.save(s)
	}
}

func (c *cluster) click(s *ledger.Session) {
	before := s.Standing()
	after := s.Click()
	if !after.Rejected && after.Clicks != before.Clicks+1 {
		c.t.Fatalf("a click leads from %+v to %+v", before, after)
	}
}

func (c *cluster) append(s *server) {
	if len(s.taken) > 0 {
		s.own[len(c.log)] = true
		c.log = append(c.log, s.taken[0])
		s.taken = s.taken[1:]
	}
}

// fold has a server apply some events. The global count never decreases.
func (c *cluster) fold(s *server, n int) {
	for ; n > 0 && s.read < len(c.log); n-- {
		total := s.Latest().Total
		s.Apply(uint64(s.read+1), c.log[s.read], s.own[s.read])
		if s.read++; s.Latest().Total < total {
			c.t.Fatalf("the global count goes from %d to %d with %+v", total, s.Latest().Total, c.log[s.read-1])
		}
	}
}

// save lets a server begin a save, or end it, successfully or not, or read the position of the
// shared store. No matter which server saves, the store has exactly the result of the log up to its
// position.
func (c *cluster) save(s *server) {
	if s.saving == nil {
		if c.rng.IntN(4) == 0 {
			s.SetStorePosition(c.store.at, someTime)
		}
		b := s.Unsaved()
		s.saving = &b
		return
	}
	b := *s.saving
	if s.saving = nil; b.From != c.store.at || b.To < b.From {
		s.SetStorePosition(c.store.at, someTime) // others have saved
		return
	}
	if c.rng.IntN(4) == 0 {
		return
	}
	older := c.store.copy()
	c.store.save(c.t, b)
	if want := factsOf(c.t, c.replay(loaded(c.t, 0), b.To)); !reflect.DeepEqual(factsOf(c.t, c.store.load(c.t)), want) {
		c.t.Fatalf("saved from %d to %d, the store has\n%+v, want\n%+v", b.From, b.To, factsOf(c.t, c.store.load(c.t)), want)
	}
	if c.rng.IntN(4) == 0 {
		s.SetStorePosition(b.To, someTime) // the answer was lost
	} else {
		s.Saved(b, ledgertest.Noon)
	}
	if c.rng.IntN(9) == 0 && older.at < c.store.at {
		c.store = older // put back from a copy
	}
}

// replay applies the log to a ledger up to a position.
func (c *cluster) replay(l fixture, to uint64) fixture {
	for i := l.Position(); i < to; i++ {
		l.Apply(i+1, c.log[i], false)
	}
	return l
}

func (c *cluster) anAct() game.AdminAction {
	until := ledgertest.Noon.Add(time.Duration(len(c.log)+c.rng.IntN(200)) * time.Minute)
	return gametest.RandomAction(c.rng, c.name, uint64(c.acts), until)
}

// act proposes an action and does not wait.
func (c *cluster) act(s *server, a game.AdminAction) {
	ctx, cancel := context.WithCancel(c.t.Context())
	cancel()
	_, _, _ = s.SubmitActions(ctx, a)
	c.acts = int(max(s.Status().LastAction, uint64(c.acts)))
}

// facts are all that servers have to agree on.
type facts struct {
	players string
	keys    string
	choices string
	bans    []game.Ban
	audit   []game.AuditRecord
	total   uint64
}

func factsOf(t *testing.T, l fixture) facts {
	t.Helper()
	f := facts{bans: l.Bans(time.Time{}), audit: l.Audit(1_000_000, 0), total: l.Latest().Total}
	board := l.Leaderboard()
	var rows []game.Player
	for i := range board.Len() {
		row := board.At(i)
		rows = append(rows, game.Player{Name: row.Name, Clicks: row.Clicks, Days: l.Days(row.Name)})
		if got := l.Standing(row.Name); got.Rank != row.Rank || got.Clicks != row.Clicks || got.Of != board.Len() {
			t.Errorf("%s stands at %+v, the board says %+v of %d", row.Name, got, row, board.Len())
		}
		f.keys += row.Name + ":" + ledgertest.KeysOf(l.Ledger, row.Name) + " "
	}
	sorted := slices.Clone(rows)
	sort.Slice(sorted, func(i, j int) bool {
		return sorted[i].Clicks > sorted[j].Clicks || sorted[i].Clicks == sorted[j].Clicks && sorted[i].Name < sorted[j].Name
	})
	if !reflect.DeepEqual(rows, sorted) || l.Latest().Players != len(rows) {
		t.Errorf("the board of %d has %v", l.Latest().Players, rows)
	}
	f.players = fmt.Sprint(rows)
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		f.choices += name + ":" + ledgertest.SharedPreference(l.Ledger, name) + " "
	}
	f.keys += strings.Join([]string{ledgertest.KeysOf(l.Ledger, "a"), ledgertest.KeysOf(l.Ledger, "b"), ledgertest.KeysOf(l.Ledger, "c"), ledgertest.KeysOf(l.Ledger, "d"), ledgertest.KeysOf(l.Ledger, "e")}, ",")
	return f
}

// drain delivers everything that is on its way to the log and to all servers. What comes back
// may bring more: preferences that waited for a name.
func (c *cluster) drain() {
	for before := -1; before < len(c.log); {
		before = len(c.log)
		c.drainOnce()
	}
}

func (c *cluster) drainOnce() {
	for _, s := range c.servers {
		for e := s.Drain(10, 10); !e.Empty(); e = s.Drain(10, 10) {
			e.At = ledgertest.Noon.Add(time.Duration(len(c.log)) * time.Minute)
			s.taken = append(s.taken, e)
		}
		for len(s.taken) > 0 {
			c.append(s)
		}
	}
	for _, s := range c.servers {
		c.fold(s, len(c.log))
	}
}

// TestServersConverge has servers play and act at random, each some events late. It compares
// them with each other, with a replay of the whole log, and with a replay that starts from the
// store.
func TestServersConverge(t *testing.T) {
	for range 300 {
		seed := rand.Uint64()
		t.Run(fmt.Sprint(seed), func(t *testing.T) { agree(t, seed) })
	}
}

func agree(t *testing.T, seed uint64) {
	c := &cluster{t: t, rng: rand.New(rand.NewPCG(seed, 5)), store: newStore()}
	for range 3 {
		c.servers = append(c.servers, &server{fixture: loaded(t, 0), own: map[int]bool{}})
	}
	for range 600 {
		c.step()
	}
	kept := c.store.copy()
	c.drain()
	want := factsOf(t, c.servers[0].fixture)
	var clicks uint64
	for _, e := range c.log {
		for _, n := range e.Clicks {
			clicks += n
		}
	}
	if want.total < clicks {
		t.Errorf("the global count is %d after %d clicks", want.total, clicks)
	}
	check := func(who string, l fixture) {
		t.Helper()
		if got := factsOf(t, l); !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\n%+v, want\n%+v", who, got, want)
		}
	}
	check("another server", c.servers[1].fixture)
	check("a third server", c.servers[2].fixture)
	end := uint64(len(c.log))
	check("a replay", c.replay(loaded(t, 0), end))
	check("what was stored, and the rest of the log", c.replay(kept.load(t), end))
	saver := c.servers[c.rng.IntN(3)]
	saver.SetStorePosition(c.store.at, someTime)
	b := saver.Unsaved()
	c.store.save(t, b)
	check("what is stored", c.store.load(t))
	saver.Saved(b, ledgertest.Noon)
	for _, s := range c.servers {
		s.SetStorePosition(end, someTime)
		rest := s.Unsaved()
		// When somebody has left, each server saves itself.
		if s == saver && len(rest.Players) > 0 || len(rest.Owners)+len(rest.Removed)+len(rest.Bans)+len(rest.Records)+len(rest.Preferences) > 0 {
			t.Errorf("saved, and left: %+v", rest)
		}
		if s.HasUnsavedEvents() || s.Latest().Unsaved != 0 {
			t.Errorf("%d clicks are unsaved, though all is saved", s.Latest().Unsaved)
		}
		s.Saved(rest, ledgertest.Noon)
		if s.HasUnsavedPlayers() {
			t.Error("something is left after everything was saved")
		}
	}
}

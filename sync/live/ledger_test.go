package live_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sort"
	"sync"
	"testing"

	"clickky/sync/game"
	"clickky/sync/ledger"
	"clickky/sync/ledger/ledgertest"
	"clickky/sync/live"
)

func TestClickCountsForPlayerAndTotal(t *testing.T) {
	l := loaded(t, 100, game.Player{Name: "alice", Clicks: 7})
	alice, bob := l.Join("alice"), l.Join("bob")
	if got, want := alice.Click(), (game.Score{Clicks: 8, Total: 101}); got != want {
		t.Errorf("alice's click = %+v, want %+v", got, want)
	}
	if got, want := bob.Click(), (game.Score{Clicks: 1, Total: 102}); got != want {
		t.Errorf("bob's click = %+v, want %+v", got, want)
	}
}

func TestSessionsOfPlayerShareCount(t *testing.T) {
	l := loaded(t, 0)
	one, two := l.Join("alice"), l.Join("alice")
	one.Click()
	if got := two.Click(); got.Clicks != 2 {
		t.Errorf("second session's click makes %d, want 2", got.Clicks)
	}
	if got := l.Latest(); got.Online != 1 || got.Players != 1 {
		t.Errorf("online %d, players %d; want 1 and 1", got.Online, got.Players)
	}
	one.Leave()
	one.Leave()
	if got := l.Latest().Online; got != 1 {
		t.Errorf("online %d after one of two sessions left twice, want 1", got)
	}
	two.Leave()
	if got := l.Latest().Online; got != 0 {
		t.Errorf("online %d after both left, want 0", got)
	}
}

func TestLoadRaisesTotalToSum(t *testing.T) {
	l := loaded(t, 3, game.Player{Name: "a", Clicks: 2}, game.Player{Name: "b", Clicks: 5})
	if got := l.Latest(); got.Total != 7 || got.Unsaved != 0 {
		t.Errorf("total %d, unsaved %d; want 7 and 0", got.Total, got.Unsaved)
	}
	if err := l.Load(game.Contents{}); !errors.Is(err, ledger.ErrLoaded) {
		t.Errorf("second Load = %v, want ErrLoaded", err)
	}
}

func TestLoadRejectsDuplicateName(t *testing.T) {
	l := newFixture(ledger.New())
	if err := l.Load(game.Contents{Players: []game.Player{{Name: "a", Clicks: 1}, {Name: "a", Clicks: 1}}, Total: 2}); err == nil {
		t.Fatal("Load took the same name twice")
	}
	select {
	case <-l.Loaded():
		t.Error("the game is open after a failed Load")
	default:
	}
}

func TestLoadFoldsCapitals(t *testing.T) {
	l := loaded(t, 0,
		game.Player{Name: "Alice", Clicks: 10}, game.Player{Name: "ALICE", Clicks: 30},
		game.Player{Name: "Bob", Clicks: 5}, game.Player{Name: "bob", Clicks: 1})
	for login, want := range map[string]game.Player{
		"alice": {Name: "ALICE", Clicks: 31}, // the one with the most clicks
		"bob":   {Name: "bob", Clicks: 2},    // the exact name
	} {
		session := l.Join(login)
		session.Click()
		if s := session.Standing(); s.Name != want.Name || s.Clicks != want.Clicks {
			t.Errorf("%s plays %s with %d clicks, want %+v", login, s.Name, s.Clicks, want)
		}
	}
}

func TestStandingBeforeFirstClickIsLast(t *testing.T) {
	l := loaded(t, 0, game.Player{Name: "a", Clicks: 9}, game.Player{Name: "b", Clicks: 3},
		game.Player{Name: "idle", Clicks: 0})
	want := game.Standing{Name: "new", Place: game.Place{Rank: 3, Of: 4, Ahead: 2, Gap: 3}, Today: game.DayStanding{Place: game.Place{Rank: 1}}}
	if got := l.Join("new").Standing(); got != want {
		t.Errorf("standing = %+v, want %+v", got, want)
	}
	if got := l.Standing("new"); got != want {
		t.Errorf("ledger's standing = %+v, want %+v", got, want)
	}
	if got := l.Latest().Players; got != 3 {
		t.Errorf("players = %d: looking on must not make a player", got)
	}
}

// reference is the ranking in its simplest form.
type reference map[string]uint64

func (r reference) standing(name string) (rank, of int) {
	rank = 1
	for _, c := range r {
		if c > r[name] {
			rank++
		}
	}
	of = len(r)
	if _, ok := r[name]; !ok {
		of++
	}
	return rank, of
}

// place is where a player stands, and how far behind whom.
func (r reference) place(name string) game.Standing {
	s := game.Standing{Name: name, Place: game.Place{Clicks: r[name]}}
	s.Rank, s.Of = r.standing(name)
	for other, clicks := range r {
		if clicks > s.Clicks && (s.Gap == 0 || clicks-s.Clicks < s.Gap) {
			s.Gap = clicks - s.Clicks
			s.Ahead, _ = r.standing(other)
		}
		if _, plays := r[name]; plays && other != name && clicks == s.Clicks {
			s.Ties++
		}
	}
	return s
}

func (r reference) rows() []live.Row {
	rows := make([]live.Row, 0, len(r))
	for name, c := range r {
		rank, _ := r.standing(name)
		rows = append(rows, live.Row{Rank: rank, Name: name, Clicks: c})
	}
	sort.Slice(rows, func(i, j int) bool {
		if rows[i].Clicks != rows[j].Clicks {
			return rows[i].Clicks > rows[j].Clicks
		}
		return rows[i].Name < rows[j].Name
	})
	return rows
}

func TestRankEqualsSimpleReference(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 1))
	ref := reference{}
	var start []game.Player
	for i := range 30 {
		b := game.Player{Name: fmt.Sprintf("p%02d", i), Clicks: rng.Uint64N(12)}
		ref[b.Name] = b.Clicks
		start = append(start, b)
	}
	l := loaded(t, 0, start...)
	for step := range 3000 {
		name := fmt.Sprintf("p%02d", rng.IntN(60))
		l.Join(name).Click()
		ref[name]++
		who := fmt.Sprintf("p%02d", rng.IntN(62))
		got, want := l.Standing(who), ref.place(who)
		if got.Today = want.Today; got != want { // another test compares that
			t.Fatalf("step %d: %+v, want %+v", step, got, want)
		}
	}
	requireBoard(t, l, ref)
}

// requireBoard waits until the board, which may be late, is the reference's.
func requireBoard(t *testing.T, l fixture, ref reference) {
	t.Helper()
	want := ref.rows()
	board := l.Leaderboard()
	for board.Len() != len(want) || place(board.At(0)) != want[0] {
		board = l.Leaderboard()
	}
	for i, row := range want {
		if got := place(board.At(i)); got != row {
			t.Fatalf("line %d of the board = %+v, want %+v", i, got, row)
		}
	}
}

// place is a row without what there is to say of who is here.
func place(row live.Row) live.Row {
	return live.Row{Rank: row.Rank, Name: row.Name, Clicks: row.Clicks}
}

func TestLeaderboardIsImmutable(t *testing.T) {
	l := loaded(t, 0, game.Player{Name: "a", Clicks: 1}, game.Player{Name: "b", Clicks: 1})
	old := l.Leaderboard()
	session := l.Join("b")
	for range 5 {
		session.Click()
	}
	for place(l.Leaderboard().At(0)) == old.At(0) { // late by a twentieth of a core at most
	}
	if got, want := old.At(0), (live.Row{Rank: 1, Name: "a", Clicks: 1}); got != want {
		t.Errorf("old board changed: %+v, want %+v", got, want)
	}
	if got, want := place(l.Leaderboard().At(0)), (live.Row{Rank: 1, Name: "b", Clicks: 6}); got != want {
		t.Errorf("new board: %+v, want %+v", got, want)
	}
}

func TestSnapshotsWithManyWritersAndIdleReader(t *testing.T) {
	const writers, clicks = 16, 2000
	l := loaded(t, 0)
	stuck := l.Subscribe() // nobody takes from it
	defer stuck.Close()
	ctx, stop := testContext(t)
	var running sync.WaitGroup
	running.Go(func() { l.Run(ctx) })
	var writing sync.WaitGroup
	for w := range writers {
		writing.Go(func() {
			session := l.Join(fmt.Sprintf("p%d", w%8)) // two sessions for each player
			defer session.Leave()
			for range clicks {
				session.Click()
				session.Standing()
				if w == 0 {
					l.Leaderboard()
					ledgertest.ApplyOne(l.Ledger)
				}
			}
		})
	}
	writing.Wait()
	if got := l.Latest(); got.Total != writers*clicks || got.Players != 8 || got.Online != 0 {
		t.Errorf("%+v, want %d clicks of 8 players and nobody online", got, writers*clicks)
	}
	ledgertest.ApplyOne(l.Ledger)
	var sum uint64
	for _, b := range l.Unsaved().Players {
		sum += b.Clicks
	}
	if total := l.Unsaved().Total; sum != writers*clicks || total != sum {
		t.Errorf("players sum up to %d of %d, want %d", sum, total, writers*clicks)
	}
	stop()
	running.Wait()
}

package live_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"clickky/sync/game"
	"clickky/sync/ledger"
	"clickky/sync/ledger/ledgertest"
	"clickky/sync/live"
)

var allOrders = []live.SortBy{live.ByRank, live.ByName, live.ByRate, live.BySeen}

// names returns the names of a leaderboard in one line.
func names(s *live.SortedView) string {
	var all []string
	for i := range s.Len() {
		all = append(all, s.At(i).Name)
	}
	return strings.Join(all, " ")
}

func TestSortBy(t *testing.T) {
	balances := func(list string) (all []game.Player) {
		for _, word := range strings.Fields(list) {
			var b game.Player
			if _, err := fmt.Sscanf(strings.Replace(word, "=", " ", 1), "%s %d", &b.Name, &b.Clicks); err != nil {
				t.Fatal(err)
			}
			all = append(all, b)
		}
		return all
	}
	click := func(l fixture, name string, n int) *ledger.Session {
		s := l.Join(name)
		for range n {
			s.Click()
		}
		return s
	}
	for _, tc := range []struct {
		what    string
		players string
		play    func(l fixture)
		want    [4]string // by rank, name, rate, seen
	}{
		{"nobody", "", func(fixture) {}, [4]string{"", "", "", ""}},
		{
			"nobody is here", "c=5 a=5 d=9 b=5", func(fixture) {},
			[4]string{"d a b c", "a b c d", "d a b c", "d a b c"},
		},
		{
			"capitals come before the others", "b=1 B=1 a=2 é=1", func(fixture) {},
			[4]string{"a B b é", "B a b é", "a B b é", "a B b é"},
		},
		{
			"those with the same rate and time are in the order of the board", "a=9 b=9 c=20 d=8 e=30", func(l fixture) {
				one, two, three := click(l, "b", 10), click(l, "a", 10), click(l, "d", 4)
				time.Sleep(time.Second)
				three.Leave()
				two.Leave()
				one.Leave()
			},
			[4]string{"e c a b d", "a b c d e", "a b d e c", "a b d e c"},
		},
		{
			"who is online comes first, also without a click", "a=9 b=9 c=20 d=8 e=30", func(l fixture) {
				l.Join("c").Leave()
				time.Sleep(time.Minute)
				l.Join("a").Leave()
				l.Join("d")
				l.Join("b")
				l.Join("nobody")
			},
			[4]string{"e c a b d", "a b c d e", "e c a b d", "b d a c e"},
		},
		{
			"one of two sessions leaves, and who has left comes back", "a=9 b=8 c=7 d=6", func(l fixture) {
				l.Join("d")
				l.Join("d").Leave()
				l.Join("c").Leave()
				l.Join("c")
				l.Join("b").Leave()
			},
			[4]string{"a b c d", "a b c d", "a b c d", "c d b a"},
		},
		{
			"others' clicks count, and when they were made", "a=9 b=9 c=9", func(l fixture) {
				now := time.Now()
				time.Sleep(3 * time.Second)
				l.Apply(1, game.Event{At: now, Clicks: map[string]uint64{"c": 5}}, false)
				l.Apply(2, game.Event{At: now.Add(time.Second), Clicks: map[string]uint64{"b": 5}}, false)
				l.Apply(3, game.Event{At: now.Add(-time.Hour), Clicks: map[string]uint64{"a": 5}}, false)
			},
			[4]string{"a b c", "a b c", "b c a", "b c a"},
		},
	} {
		t.Run(tc.what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := loaded(t, 0, balances(tc.players)...)
				tc.play(l)
				time.Sleep(time.Second)
				board := l.Leaderboard()
				for i, o := range allOrders {
					if got := names(board.SortedBy(o)); got != tc.want[i] {
						t.Errorf("order %d is %q, want %q", o, got, tc.want[i])
					}
					if once, again := board.SortedBy(o), board.SortedBy(o); once != again {
						t.Errorf("order %d is made twice", o)
					}
				}
			})
		})
	}
}

func TestLeaderboardRowOutOfRangePanics(t *testing.T) {
	l := loaded(t, 0, game.Player{Name: "a", Clicks: 1}, game.Player{Name: "b", Clicks: 1})
	l.Join("b")
	for _, b := range []*live.Leaderboard{{}, l.Leaderboard()} {
		for _, o := range allOrders {
			func() {
				defer func() {
					if recover() == nil {
						t.Errorf("order %d has a line %d", o, b.Len())
					}
				}()
				b.SortedBy(o).At(b.Len())
			}()
		}
	}
}

// TestLeaderboardShowsOnlineAndRate follows one player through an evening.
func TestLeaderboardShowsOnlineAndRate(t *testing.T) {
	running(t, func(t *testing.T, l fixture) {
		start := time.Now()
		row := func() live.Row {
			t.Helper()
			board := l.Leaderboard()
			if got := l.Row("a"); got != board.At(0) {
				t.Errorf("the player's own line is %+v, the board says %+v", got, board.At(0))
			}
			if again := l.Leaderboard(); again != board {
				t.Error("another board, although nothing has changed")
			}
			return board.At(0)
		}
		session := l.Join("a")
		if got := l.Row("a"); got != (live.Row{Rank: 1, Name: "a", Online: true}) {
			t.Errorf("before the first click: %+v", got)
		}
		time.Sleep(50 * time.Millisecond)
		for range 100 { // ten a second
			session.Click()
			time.Sleep(100 * time.Millisecond)
		}
		if got, want := row(), (live.Row{Rank: 1, Name: "a", Clicks: 100, Rate: 10, Online: true}); got != want {
			t.Errorf("while playing: %+v, want %+v", got, want)
		}
		time.Sleep(2500 * time.Millisecond)
		if got := row().Rate; got != 5 {
			t.Errorf("%v clicks a second after two and a half idle seconds, want 5", got)
		}
		time.Sleep(2600 * time.Millisecond)
		if got, want := row(), (live.Row{Rank: 1, Name: "a", Clicks: 100, Online: true}); got != want {
			t.Errorf("while looking on: %+v, want %+v", got, want)
		}
		session.Leave()
		left := start.Add(15 * time.Second).UTC()
		if got, want := row(), (live.Row{Rank: 1, Name: "a", Clicks: 100, Seen: left}); got != want {
			t.Errorf("after leaving: %+v, want %+v", got, want)
		}
		other := l.Join("b")
		other.Click() // a new table
		if got := l.Leaderboard().At(0).Seen; !got.Equal(left) {
			t.Errorf("seen %v after somebody else has come, want %v", got, left)
		}
		l.Join("c").Click() // and another
		if got := l.Leaderboard().At(0).Seen; !got.Equal(left) {
			t.Errorf("seen %v after others have come, want %v", got, left)
		}
		l.Join("a")
		if got := row(); !got.Online || !got.Seen.IsZero() {
			t.Errorf("back again: %+v", got)
		}
	})
}

// TestLeaderboardKeepsOnline changes everything after a leaderboard was made.
func TestLeaderboardKeepsOnline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := loaded(t, 0, game.Player{Name: "a", Clicks: 9}, game.Player{Name: "b", Clicks: 5})
		session := l.Join("b")
		for range 10 {
			session.Click()
		}
		time.Sleep(time.Second)
		board := l.Leaderboard()
		all := func() (rows []live.Row) {
			for _, o := range allOrders {
				for i := range board.Len() {
					rows = append(rows, board.SortedBy(o).At(i))
				}
			}
			return rows
		}
		before := all()
		session.Click()
		session.Leave()
		l.Apply(1, game.Event{At: ledgertest.Noon, Actions: []game.AdminAction{{Kind: game.ActionDelete, Target: "a"}}}, false)
		l.Join("c").Click()
		time.Sleep(time.Hour)
		if l.Leaderboard() == board {
			t.Error("no new board")
		}
		if after := all(); !slices.Equal(before, after) {
			t.Errorf("the board was %+v, and is %+v", before, after)
		}
	})
}

func TestOnlineFollowsRenameOfSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := loaded(t, 0, game.Player{Name: "Alice", Clicks: 3})
		session := l.Join("alice")
		l.Apply(1, game.Event{At: ledgertest.Noon, Actions: []game.AdminAction{{Kind: game.ActionDelete, Target: "Alice"}}}, false)
		session.Click()
		if got := l.Leaderboard().At(0); got.Name != "alice" || !got.Online {
			t.Errorf("%+v, want alice, who is online", got)
		}
		session.Leave()
		if got := l.Leaderboard().At(0); got.Online || got.Seen.IsZero() {
			t.Errorf("%+v, want alice, who has left", got)
		}
		ledgertest.ApplyAll(l.Ledger)
		ledgertest.MustApplyAction(t, l.Ledger, game.AdminAction{Kind: game.ActionDelete, Target: "alice"})
		ledgertest.MustApplyAction(t, l.Ledger, game.AdminAction{Kind: game.ActionUndo, Number: 1}) // Alice is back, and alice's session over
		if got := session.Standing().Name; got != "Alice" || l.Latest().Online != 0 {
			t.Errorf("the session was of %s; %d are online after all have left", got, l.Latest().Online)
		}
	})
}

// TestLeaderboardSortsDuringPlay is for the race detector.
func TestLeaderboardSortsDuringPlay(t *testing.T) {
	l := loaded(t, 0, ledgertest.RandomPlayers(500)...)
	ctx, stop := testContext(t)
	var running, playing sync.WaitGroup
	running.Go(func() { l.Run(ctx) })
	for p := range 4 {
		playing.Go(func() {
			rng := rand.New(rand.NewPCG(uint64(p), 1))
			for range 200 {
				session := l.Join(fmt.Sprintf("player-%07d", rng.IntN(600)))
				for range 5 {
					session.Click()
				}
				session.Leave()
				ledgertest.ApplyOne(l.Ledger)
			}
		})
	}
	for range 4 {
		playing.Go(func() {
			for i := range 300 {
				board := l.Leaderboard()
				listing := board.SortedBy(allOrders[i%4])
				seen := make(map[string]bool, listing.Len())
				for i := range listing.Len() {
					seen[listing.At(i).Name] = true
				}
				if len(seen) != board.Len() {
					t.Errorf("%d of %d players are listed", len(seen), board.Len())
				}
				l.Row(board.At(0).Name)
				l.Last24Hours(board.At(0).Name)
			}
		})
	}
	playing.Wait()
	stop()
	running.Wait()
}

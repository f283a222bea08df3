package live_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"clickky/sync/game"
	"clickky/sync/ledger"
	"clickky/sync/live"
)

// run publishes until stop is called.
func run(t *testing.T, g fixture) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); g.Run(ctx) }()
	return func() { cancel(); <-done }
}

func listed(p *live.People) (list []string) {
	for _, person := range p.List {
		list = append(list, person.Name)
	}
	return list
}

func TestPeopleAreListedByRankOfHalfAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGame(t)
		defer run(t, g)()
		carol, alice := g.Join("carol"), g.JoinWith("alice", ledger.Credentials{Key: "A"})
		defer carol.Leave()
		sub := g.Subscribe()
		defer sub.Close()
		time.Sleep(2 * time.Second)
		first := g.Latest().People
		if got := listed(first); !slices.Equal(got, []string{"alice", "carol"}) {
			t.Fatalf("listed are %q", got)
		}
		if first.List[0].Guest || !first.List[1].Guest || first.List[0].Pulse != 0 {
			t.Errorf("listed are %+v", first.List)
		}
		for range 30 {
			carol.Click()
			time.Sleep(100 * time.Millisecond)
		}
		clicking := g.Latest().People
		if got := listed(clicking); !slices.Equal(got, []string{"alice", "carol"}) || clicking.List[1].Pulse < 3 || clicking.List[0].Pulse != 0 {
			t.Errorf("while carol clicks: %+v", clicking.List)
		}
		bob := g.Join("bob")
		defer bob.Leave()
		time.Sleep(2 * time.Second)
		if got := listed(g.Latest().People); !slices.Equal(got, []string{"alice", "carol", "bob"}) {
			t.Errorf("when bob has come: %q", got)
		}
		time.Sleep(30 * time.Second)
		if got := listed(g.Latest().People); !slices.Equal(got, []string{"carol", "alice", "bob"}) {
			t.Errorf("half a minute later: %q", got)
		}
		alice.Leave()
		time.Sleep(10 * time.Second) // until nobody has a pulse
		quiet := g.Latest().People
		if got := listed(quiet); !slices.Equal(got, []string{"carol", "bob"}) || quiet.List[0].Pulse != 0 {
			t.Errorf("without alice: %+v", quiet.List)
		}
		if time.Sleep(time.Minute); g.Latest().People != quiet {
			t.Error("the list is another one though nothing happened")
		}
	})
}

func TestPeopleHideElsewhereWhileNothingElseHappens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGame(t)
		defer run(t, g)()
		carol := g.Join("carol")
		defer carol.Leave()
		sub := g.Subscribe()
		defer sub.Close()
		g.UpdatePresence("east", []string{"alice"}, nil)
		time.Sleep(time.Minute)
		if got := listed(g.Latest().People); !slices.Equal(got, []string{"alice", "carol"}) {
			t.Fatalf("listed are %q", got)
		}
		g.Apply(g.Position()+1, game.Event{At: time.Now(), Preferences: map[string]string{"alice": "theme=auto,hidden"}}, false)
		time.Sleep(2 * time.Second)
		if got := listed(g.Latest().People); !slices.Equal(got, []string{"carol"}) {
			t.Errorf("after alice has hidden on the other server: %q", got)
		}
	})
}

func TestPeopleWhoLeftWhileNobodyWatchedAreNotListed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGame(t)
		defer run(t, g)()
		alice, sub := g.JoinWith("alice", ledger.Credentials{Key: "A"}), g.Subscribe()
		time.Sleep(2 * time.Second)
		sub.Close()
		alice.Leave()
		time.Sleep(time.Hour)
		carol := g.Join("carol")
		defer carol.Leave()
		sub = g.Subscribe()
		defer sub.Close()
		if got := listed(sub.Take().People); !slices.Equal(got, []string{"carol"}) {
			t.Errorf("on carol's first screen: %q", got)
		}
	})
}

func TestPeopleBeyondTheListAreCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		players := make([]game.Player, 130)
		for i := range players {
			players[i] = game.Player{Name: fmt.Sprintf("p%03d", i), Clicks: uint64(1000 - i)}
		}
		g := loaded(t, 1_000_000, players...)
		defer run(t, g)()
		for _, p := range players {
			defer g.Join(p.Name).Leave()
		}
		defer g.Subscribe().Close()
		time.Sleep(2 * time.Second)
		if p := g.Latest().People; len(p.List) != 100 || p.More != 30 || p.List[99].Name != "p099" {
			t.Errorf("%d are listed, and %d more", len(p.List), p.More)
		}
	})
}

func TestPeopleAreHiddenByTheOperator(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGame(t)
		g.HidePeople()
		defer run(t, g)()
		defer g.Join("carol").Leave()
		defer g.Subscribe().Close()
		time.Sleep(3 * time.Second)
		if p := g.Latest().People; p != nil || g.HasPeople() {
			t.Errorf("listed are %+v", p)
		}
	})
}

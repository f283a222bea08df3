package live_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"clickky/sync/game"
	"clickky/sync/ledger"
)

// everywhere is who is online on several servers, in its simplest form.
type everywhere map[string]map[string]int // sessions by server and name

const here = ""

func (e everywhere) has(name string) bool {
	for _, names := range e {
		if names[name] > 0 {
			return true
		}
	}
	return false
}

func (e everywhere) online() int {
	all := map[string]bool{}
	for _, names := range e {
		for name := range names {
			all[name] = true
		}
	}
	return len(all)
}

func TestOnlineCombinesAllServers(t *testing.T) {
	for seed := range uint64(20) {
		synctest.Test(t, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 1))
			names := []string{"a", "b", "c", "d", "e", "f", "g", "h"}
			var balances []game.Player
			for i, name := range names[:6] { // two have never scored
				balances = append(balances, game.Player{Name: name, Clicks: uint64(i)})
			}
			l := newFixture(ledger.New())
			if err := l.Load(game.Contents{Players: balances}); err != nil {
				t.Fatal(err)
			}
			l.Open()
			model := everywhere{here: {}, "x": {}, "y": {}, "z": {}}
			sessions := map[string][]*ledger.Session{}
			some := func() []string {
				return slices.DeleteFunc(slices.Clone(names), func(string) bool { return rng.IntN(3) > 0 })
			}
			for step := range 200 {
				name, server := names[rng.IntN(len(names))], []string{"x", "y", "z"}[rng.IntN(3)]
				switch rng.IntN(6) {
				case 0, 1:
					sessions[name] = append(sessions[name], l.Join(name))
					model[here][name]++
				case 2:
					if n := len(sessions[name]); n > 0 {
						sessions[name][n-1].Leave()
						sessions[name] = sessions[name][:n-1]
						if model[here][name]--; model[here][name] == 0 {
							delete(model[here], name)
						}
					}
				case 3, 4: // a name may be among both, and come or leave twice
					come, left := some(), some()
					l.UpdatePresence(server, come, left)
					for _, name := range left {
						delete(model[server], name)
					}
					for _, name := range come {
						model[server][name] = 1
					}
				case 5:
					l.RemoveServer(server)
					model[server] = map[string]int{}
				}
				time.Sleep(time.Second) // so that there is another board
				if got, want := l.Latest().Online, model.online(); got != want {
					t.Fatalf("step %d: %d online, want %d", step, got, want)
				}
				online := map[string]bool{}
				for b, i := l.Leaderboard(), 0; i < b.Len(); i++ {
					online[b.At(i).Name] = b.At(i).Online
				}
				for _, name := range names {
					if got := l.Row(name).Online; got != model.has(name) {
						t.Fatalf("step %d: the row of %s says %t", step, name, got)
					}
					if got, ok := online[name]; ok && got != model.has(name) {
						t.Fatalf("step %d: the board says of %s %t", step, name, got)
					}
				}
				if got, _ := l.Online(0); !slices.Equal(slices.Sorted(slices.Values(got)), slices.Sorted(maps.Keys(model[here]))) {
					t.Fatalf("step %d: here are %v", step, got)
				}
			}
		})
	}
}

func TestLastSeenIsSetWhenOtherServerLosesPlayer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newFixture(ledger.New())
		if err := l.Load(game.Contents{Players: []game.Player{{Name: "alice", Clicks: 3, Seen: time.Unix(7, 0).UTC()}}}); err != nil {
			t.Fatal(err)
		}
		l.Open()
		l.UpdatePresence("x", []string{"alice"}, nil)
		l.UpdatePresence("y", []string{"alice"}, nil)
		time.Sleep(time.Hour)
		l.RemoveServer("x")
		if row := l.Row("alice"); !row.Online || !l.Leaderboard().At(0).Online {
			t.Errorf("while another server has her: %+v", row)
		}
		l.UpdatePresence("y", nil, []string{"alice"})
		time.Sleep(time.Minute)
		want := time.Now().Add(-time.Minute).Truncate(time.Second).UTC()
		if row := l.Row("alice"); row.Online || !row.Seen.Equal(want) || l.Leaderboard().At(0) != row {
			t.Errorf("%+v on the board %+v, want seen at %v", row, l.Leaderboard().At(0), want)
		}
		if l.HasUnsavedPlayers() {
			t.Error("every server saves what only the one that had her is to save")
		}
	})
}

func TestOnlineIsListedOnlyAfterChange(t *testing.T) {
	l := newFixture(ledger.New())
	if err := l.Load(game.Contents{}); err != nil {
		t.Fatal(err)
	}
	l.Open()
	_, revision := l.Online(0)
	alice := l.Join("alice")
	l.Join("alice").Leave()
	names, next := l.Online(revision)
	if !slices.Equal(names, []string{"alice"}) || next == revision {
		t.Errorf("%v, revision %d after %d", names, next, revision)
	}
	l.UpdatePresence("x", []string{"bob"}, nil)
	alice.Click()
	if names, again := l.Online(next); names != nil || again != next {
		t.Errorf("nothing has changed, and it is %v, revision %d after %d", names, again, next)
	}
}

func TestOnlineOnOtherServersUpdatesOncePerSecond(t *testing.T) {
	running(t, func(t *testing.T, l fixture) {
		sub := l.Subscribe()
		defer sub.Close()
		changes, last := 0, sub.Take().Online
		for i := range 100 { // ten seconds
			l.UpdatePresence("x", []string{fmt.Sprintf("player%d", i)}, nil)
			time.Sleep(100 * time.Millisecond)
			if s := sub.Take(); s != nil && s.Online != last {
				changes, last = changes+1, s.Online
			}
		}
		if changes < 5 || changes > 11 {
			t.Errorf("%d changes in ten seconds", changes)
		}
	})
}

package ledger_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"clickky/sync/game"
	"clickky/sync/ledger"
	"clickky/sync/ledger/ledgertest"
)

// TestUnsavedHasOnlyChangedDays covers a stored player, and one whose row has to be written anew.
func TestUnsavedHasOnlyChangedDays(t *testing.T) {
	today := game.DateOf(ledgertest.Noon)
	l := ledger.New()
	before := game.Days{{Date: today - 2, Clicks: 5}, {Date: today - 1, Clicks: 4}, {Date: today, Clicks: 3}}
	if err := l.Load(game.Contents{Players: []game.Player{{Name: "alice", Clicks: 12, Days: before}}, Total: 12}); err != nil {
		t.Fatal(err)
	}
	l.Open()
	apply := func(e game.Event) {
		l.Apply(l.Position()+1, e, false)
	}
	unsaved := func() (game.Days, ledger.Batch) {
		t.Helper()
		b := l.Unsaved()
		if len(b.Players) != 1 {
			t.Fatalf("%d players are unsaved, want 1", len(b.Players))
		}
		return b.Players[0].Days, b
	}
	click := func(at time.Time) game.Event {
		return game.Event{At: at, Clicks: map[string]uint64{"alice": 1}}
	}

	apply(click(ledgertest.Noon))
	days, b := unsaved()
	if want := (game.Days{{Date: today, Clicks: 4}}); !reflect.DeepEqual(days, want) {
		t.Errorf("after a click today %v are unsaved, want %v", days, want)
	}
	apply(click(ledgertest.Noon.AddDate(0, 0, -1))) // while the batch is being saved
	l.Saved(b, ledgertest.Noon)
	days, b = unsaved()
	if want := (game.Days{{Date: today - 1, Clicks: 5}, {Date: today, Clicks: 4}}); !reflect.DeepEqual(days, want) {
		t.Errorf("after a late click %v are unsaved, want %v", days, want)
	}
	l.Saved(b, ledgertest.Noon)
	apply(game.Event{At: ledgertest.Noon, Actions: []game.AdminAction{{Kind: game.ActionRename, Target: "alice", To: "alicia"}}})
	days, b = unsaved()
	want := game.Days{{Date: today - 2, Clicks: 5}, {Date: today - 1, Clicks: 5}, {Date: today, Clicks: 4}}
	if !reflect.DeepEqual(days, want) || b.Players[0].Stored {
		t.Errorf("after a rename %v are unsaved, want all of a new row: %v", days, want)
	}
	l.Saved(b, ledgertest.Noon)
	l.StoreIncomplete()
	if days, _ = unsaved(); !reflect.DeepEqual(days, want) {
		t.Errorf("after the database lost its rows %v are unsaved, want %v", days, want)
	}
}

// loadDays returns a ledger with the days of players who own their names.
func loadDays(t *testing.T, days map[string]game.Days) *ledger.Ledger {
	t.Helper()
	var c game.Contents
	for name, d := range days {
		c.Players = append(c.Players, game.Player{Name: name, Clicks: d.Between(1, game.DateOf(time.Now())+1), Days: d})
		c.Owners = append(c.Owners, game.Owner{Name: name, Keys: []game.Key{{Fingerprint: "SHA256:" + name}}})
	}
	l := ledger.New()
	if err := l.Load(c); err != nil {
		t.Fatal(err)
	}
	l.Open()
	return l
}

func TestTodayBeginsAtMidnight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		today := game.DateOf(time.Now()) // midnight
		l := loadDays(t, map[string]game.Days{
			"alice": {{Date: today - 2, Clicks: 5}, {Date: today - 1, Clicks: 4}},
			"bob":   {{Date: today - 1, Clicks: 9}, {Date: today, Clicks: 2}},
			"carol": {{Date: today - 3, Clicks: 100}},
		})
		alice := l.JoinWith("alice", ledger.Credentials{Key: "SHA256:alice"})
		check := func(what string, want game.DayStanding, first string) {
			t.Helper()
			if got := alice.Standing().Today; got != want {
				t.Errorf("%s alice's place is %+v, want %+v", what, got, want)
			}
			if got := l.Status().Today.YesterdayLeader; got != first {
				t.Errorf("%s yesterday's leader is %q, want %q", what, got, first)
			}
		}
		check("at the start", game.DayStanding{Place: game.Place{Rank: 2, Of: 1, Ahead: 1, Gap: 2}, Streak: 2}, "bob")
		alice.Click()
		check("after a click", game.DayStanding{Place: game.Place{Clicks: 1, Rank: 2, Of: 2, Ahead: 1, Gap: 1}, Streak: 3}, "bob")
		alice.Click()
		alice.Click()
		check("after three clicks", game.DayStanding{Place: game.Place{Clicks: 3, Rank: 1, Of: 2}, Streak: 3}, "bob")

		time.Sleep(24*time.Hour - time.Second)
		alice.Click()           // just before midnight, on its way to the log
		late := l.Drain(0, 10)  // with three clicks from the morning
		time.Sleep(time.Second) // midnight
		alice.Click()           // in no event yet
		check("after midnight", game.DayStanding{Place: game.Place{Clicks: 1, Rank: 1, Of: 1}, Streak: 1}, "bob")
		l.Apply(l.Position()+1, late, true) // says how often alice clicked yesterday
		check("after a late event", game.DayStanding{Place: game.Place{Clicks: 1, Rank: 1, Of: 1}, Streak: 4}, "alice")
		ledgertest.ApplyOne(l)
		check("after all is in the log", game.DayStanding{Place: game.Place{Clicks: 1, Rank: 1, Of: 1}, Streak: 4}, "alice")
		l.Apply(l.Position()+1, game.Event{At: time.Now().Add(-time.Minute), Clicks: map[string]uint64{"bob": 3}}, false)
		check("after another server's late event", game.DayStanding{Place: game.Place{Clicks: 1, Rank: 1, Of: 1}, Streak: 4}, "bob")

		time.Sleep(72 * time.Hour) // the clock jumps
		check("days later", game.DayStanding{Place: game.Place{Rank: 1, Of: 0}}, "")
		want := game.Days{{Date: today - 2, Clicks: 5}, {Date: today - 1, Clicks: 4}, {Date: today, Clicks: 4}, {Date: today + 1, Clicks: 1}}
		if got := l.Days("alice"); !reflect.DeepEqual(got, want) {
			t.Errorf("alice's days are %v, want %v", got, want)
		}
	})
}

// TestTodayEqualsReference has players click, here and on other servers, for some days.
func TestTodayEqualsReference(t *testing.T) {
	for range 20 {
		seed := rand.Uint64()
		synctest.Test(t, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 7))
			l := loadDays(t, nil)
			want := map[string]uint64{}
			name := func() string { return fmt.Sprint("p", rng.IntN(9)) }
			date := game.DateOf(time.Now())
			var inFlight []game.Event
			land := func(n int) { // in time: another test covers events that are late
				for _, e := range inFlight[:n] {
					l.Apply(l.Position()+1, e, true)
				}
				inFlight = inFlight[n:]
			}
			for step := range 2000 {
				switch who := name(); rng.IntN(8) {
				case 0:
					n := 1 + rng.Uint64N(2000)
					l.Apply(l.Position()+1, game.Event{At: time.Now(), Clicks: map[string]uint64{who: n}}, false)
					want[who] += n
				case 1:
					if e := l.Drain(0, 1+rng.IntN(4)); !e.Empty() {
						inFlight = append(inFlight, e)
					}
				case 2:
					land(rng.IntN(len(inFlight) + 1))
					if rng.IntN(5) == 0 {
						land(len(inFlight))
						ledgertest.ApplyOne(l)
						time.Sleep(time.Duration(rng.IntN(10)) * time.Hour)
					}
					if now := game.DateOf(time.Now()); now != date {
						date = now
						clear(want)
					}
				default:
					l.Join(who).Click()
					want[who]++
				}
				got := map[string]uint64{}
				for _, line := range l.DayLines(1) {
					got[line.Name] = line.Clicks
				}
				if !reflect.DeepEqual(got, want) {
					t.Fatalf("seed %d, step %d: today has %v, want %v", seed, step, got, want)
				}
				for i, leader := range l.Status().Today.Leaders {
					if lines := l.DayLines(1); i < len(lines) && (leader.Name != lines[i].Name || leader.Clicks != lines[i].Clicks) || i >= len(lines) && leader.Name != "" {
						t.Fatalf("seed %d, step %d: leader %d is %+v, the day is %+v", seed, step, i, leader, lines)
					}
				}
				who := name()
				rank, sum := 1, uint64(0)
				for _, clicks := range want {
					if sum += clicks; clicks > want[who] {
						rank++
					}
				}
				if s := l.Standing(who).Today; s.Clicks != want[who] || s.Rank != rank || s.Of != len(want) || l.Status().Today.Clicks != sum {
					t.Fatalf("seed %d, step %d: %s stands at %+v, want rank %d with %d of %d", seed, step, who, s, rank, want[who], len(want))
				}
			}
		})
	}
}

func TestTodayHasChart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := loadDays(t, nil)
		chart := func() (found map[int]uint32) {
			time.Sleep(10 * time.Second)
			found = map[int]uint32{}
			if s := l.Status().Today; s.Chart != nil {
				for i, n := range s.Chart {
					if n > 0 {
						found[i] = n
					}
				}
				if again := l.Status().Today.Chart; again != s.Chart {
					t.Error("there is another chart although nothing changed")
				}
			}
			return found
		}
		check := func(what string, want map[int]uint32) {
			t.Helper()
			if got := chart(); !reflect.DeepEqual(got, want) {
				t.Errorf("%s the chart has %v, want %v", what, got, want)
			}
		}
		check("without clicks", map[int]uint32{})
		time.Sleep(25 * time.Minute)
		l.Join("alice").Click()
		ledgertest.ApplyOne(l)
		check("after a click", map[int]uint32{2: 1})
		at := time.Now()
		time.Sleep(time.Hour)
		l.Apply(l.Position()+1, game.Event{At: at, Clicks: map[string]uint64{"bob": 5}}, false)
		l.Apply(l.Position()+1, game.Event{At: time.Now(), Clicks: map[string]uint64{"bob": 7}}, false)
		l.Apply(l.Position()+1, game.Event{At: at.AddDate(0, 0, -1), Clicks: map[string]uint64{"bob": 9}}, false)
		check("after clicks on other servers", map[int]uint32{2: 6, 8: 7})
		if got := l.Status().Today; got.Clicks != 13 || got.Players != 2 {
			t.Errorf("today has %d clicks by %d players, want 13 by 2", got.Clicks, got.Players)
		}
		time.Sleep(24 * time.Hour)
		check("a day later", map[int]uint32{})
	})
}

// TestTodayFollowsRename renames a player to a name under which somebody has just begun to click.
func TestTodayFollowsRename(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		today := game.DateOf(time.Now())
		l := loadDays(t, map[string]game.Days{"alice": {{Date: today - 1, Clicks: 4}, {Date: today, Clicks: 2}}})
		zoe := l.JoinWith("zoe", ledger.Credentials{Key: "SHA256:alice"})
		zoe.Click()
		inFlight := l.Drain(0, 10)
		zoe.Click()
		rename := game.Event{At: time.Now(), Actions: []game.AdminAction{{Kind: game.ActionRename, Target: "alice", To: "zoe"}}}
		l.Apply(l.Position()+1, rename, false)
		want := game.DayStanding{Place: game.Place{Clicks: 4, Rank: 1, Of: 1}, Streak: 2}
		check := func(what string) {
			t.Helper()
			if got := zoe.Standing().Today; got != want {
				t.Errorf("%s the place is %+v, want %+v", what, got, want)
			}
		}
		check("after the rename")
		if got, want := l.Status().Today.Leaders[0], (game.DayLeader{Name: "zoe", Clicks: 4}); got != want {
			t.Errorf("after the rename %+v leads, want %+v", got, want)
		}
		l.Apply(l.Position()+1, inFlight, true)
		check("after the first click is in the log")
		ledgertest.ApplyOne(l)
		check("after all clicks are in the log")
		if got := l.Status().Today.YesterdayLeader; got != "zoe" {
			t.Errorf("yesterday's leader is %q, want zoe", got)
		}
		remove := game.Event{At: time.Now(), Actions: []game.AdminAction{{Kind: game.ActionDelete, Target: "zoe"}}, LastAction: 1}
		l.Apply(l.Position()+1, remove, false)
		if got := l.Status().Today; got.Leaders[0].Name != "" || got.Players != 0 || got.Clicks != 0 || got.YesterdayLeader != "" || len(l.DayLines(30)) != 0 {
			t.Errorf("after the deletion %+v and %v are left", got, l.DayLines(30))
		}
		undo := game.Event{At: time.Now(), Actions: []game.AdminAction{{Kind: game.ActionUndo, Number: 2}}, LastAction: 2}
		l.Apply(l.Position()+1, undo, false)
		check("after the undo")
		if got := l.Status().Today.YesterdayLeader; got != "zoe" {
			t.Errorf("after the undo yesterday's leader is %q, want zoe", got)
		}
	})
}

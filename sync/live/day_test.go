package live_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"clickky/sync/game"
	"clickky/sync/ledger"
	"clickky/sync/ledger/ledgertest"
	"clickky/sync/live"
)

// inDay formats a Day in one line: how many parts ago, and how many clicks.
func inDay(d game.Last24Hours) string {
	text := ""
	for i, n := range d.Clicks {
		if n > 0 {
			text += fmt.Sprintf("%d:%d ", len(d.Clicks)-1-i, n)
		}
	}
	return text
}

func requireDay(t *testing.T, l fixture, name, want string) {
	t.Helper()
	d := l.Last24Hours(name)
	if got := inDay(d); got != want {
		t.Errorf("the day of %s is %q, want %q", name, got, want)
	}
	if until := time.Now().Truncate(10 * time.Minute).Add(10 * time.Minute); !d.Until.Equal(until) {
		t.Errorf("it is until %v, want %v", d.Until, until)
	}
}

func TestActivityDayHasTenMinuteParts(t *testing.T) {
	running(t, func(t *testing.T, l fixture) {
		if got := l.Last24Hours("a"); got != (game.Last24Hours{}) {
			t.Errorf("nobody's day is %v", got)
		}
		a := l.Join("a")
		a.Click()
		requireDay(t, l, "a", "0:1 ")
		time.Sleep(10*time.Minute - 50*time.Millisecond)
		a.Click()
		requireDay(t, l, "a", "0:2 ")
		time.Sleep(150 * time.Millisecond) // over the border, and a tick of the clock
		a.Click()
		requireDay(t, l, "a", "1:2 0:1 ")
		time.Sleep(3 * time.Hour)
		a.Click()
		a.Click()
		requireDay(t, l, "a", "19:2 18:1 0:2 ")
		time.Sleep(20*time.Hour + 40*time.Minute)
		requireDay(t, l, "a", "143:2 142:1 124:2 ")
		time.Sleep(10 * time.Minute)
		requireDay(t, l, "a", "143:1 125:2 ")
		a.Click()
		requireDay(t, l, "a", "143:1 125:2 0:1 ")
		time.Sleep(25 * time.Hour)
		requireDay(t, l, "a", "")
		a.Click()
		requireDay(t, l, "a", "0:1 ")
	})
}

// TestActivityFirstClickAfterHoursIsCurrent has the ledger's clock sleep along with Run, in
// several phases of that sleep.
func TestActivityFirstClickAfterHoursIsCurrent(t *testing.T) {
	for _, what := range []string{"click", "fold", "leave"} {
		for phase := range 10 {
			running(t, func(t *testing.T, l fixture) {
				time.Sleep(50 * time.Millisecond)
				session := l.Join("a")
				session.Click()
				time.Sleep(2*time.Hour + time.Duration(phase)*100*time.Millisecond)
				synctest.Wait()
				now := time.Now()
				switch what {
				case "click":
					session.Click()
					if got := l.Row("a").Rate; got != 0 {
						t.Errorf("rate %v before half a second is over", got)
					}
					time.Sleep(550 * time.Millisecond)
					if got := l.Row("a").Rate; got != 0.2 {
						t.Errorf("phase %d: rate %v after one click, want 0.2", phase, got)
					}
					time.Sleep(5 * time.Second)
					if got := l.Row("a").Rate; got != 0 {
						t.Errorf("phase %d: rate %v after five idle seconds", phase, got)
					}
					requireDay(t, l, "a", "12:1 0:1 ")
				case "fold":
					l.Apply(1, game.Event{At: now.Add(time.Hour), Clicks: map[string]uint64{"b": 2}}, false)
					requireDay(t, l, "b", "0:2 ")
					if got := l.Row("b").Seen; !got.Equal(now.Truncate(time.Second)) {
						t.Errorf("phase %d: seen %v at %v", phase, got, now)
					}
				case "leave":
					session.Leave()
					if got := l.Row("a").Seen; !got.Equal(now.Truncate(time.Second)) {
						t.Errorf("phase %d: seen %v at %v", phase, got, now)
					}
				}
			})
		}
	}
}

// TestActivityTimeIsRightWithoutRun plays without Run, and after it has ended.
func TestActivityTimeIsRightWithoutRun(t *testing.T) {
	var ended fixture
	synctest.Test(t, func(t *testing.T) {
		running := loaded(t, 0)
		ctx, stop := testContext(t)
		done := make(chan struct{})
		go func() { defer close(done); running.Run(ctx) }()
		time.Sleep(time.Second)
		stop()
		<-done
		ended = running
		for what, l := range map[string]fixture{"without Run": loaded(t, 0), "after Run": ended} {
			time.Sleep(time.Hour)
			session := l.Join("a")
			session.Click()
			requireDay(t, l, "a", "0:1 ")
			time.Sleep(time.Hour)
			session.Click()
			requireDay(t, l, "a", "6:1 0:1 ")
			session.Leave()
			if got := l.Row("a").Seen; !got.Equal(time.Now().Truncate(time.Second)) {
				t.Errorf("%s: seen %v at %v", what, got, time.Now())
			}
		}
	})
}

func TestActivityCountsAtTimeOfEvent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newFixture(ledger.New())
		if err := l.Load(game.Contents{Players: []game.Player{{Name: "old", Clicks: 4}}, Total: 4}); err != nil {
			t.Fatal(err)
		}
		now := time.Now()
		for i, ago := range []time.Duration{30 * time.Hour, 24 * time.Hour, 23*time.Hour + 55*time.Minute, time.Hour, -time.Hour} {
			l.Apply(uint64(i+1), game.Event{At: now.Add(-ago), Clicks: map[string]uint64{"a": uint64(i + 1)}}, false)
		}
		l.Apply(6, game.Event{At: now.Add(-2 * time.Hour), Clicks: map[string]uint64{"a": 10}}, false) // comes late
		l.Apply(7, game.Event{At: now.Add(-25 * time.Hour), Clicks: map[string]uint64{"old": 1}}, false)
		l.Apply(8, game.Event{Clicks: map[string]uint64{"old": 1}}, false)
		l.Open()
		requireDay(t, l, "a", "12:10 6:4 0:5 ") // the third is of today, but not of these 144 parts
		requireDay(t, l, "old", "")
		if got := l.Row("a").Seen; !got.Equal(now) {
			t.Errorf("seen %v, want %v", got, now)
		}
		if got := l.Row("old"); !got.Seen.Equal(now.Add(-25*time.Hour)) || got.Clicks != 6 {
			t.Errorf("%+v, want somebody who was seen the day before", got)
		}
		l.Join("old").Click()
		l.Apply(9, l.Drain(10, 10), true) // own clicks that come back
		requireDay(t, l, "old", "0:1 ")
	})
}

func TestActivityFollowsRename(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newGame(t) // alice, bob and carol
		session := l.JoinWith("alice", ledger.Credentials{Key: "k1"})
		session.Click()
		time.Sleep(time.Hour)
		session.Click()
		ledgertest.ApplyAll(l.Ledger)
		guest := l.Join("alicia")
		guest.Click()
		guest.Leave()
		time.Sleep(3 * time.Second)
		session.Click()
		// The journal does not know the guest yet.
		l.Apply(l.Position()+1, game.Event{At: ledgertest.Noon, Actions: []game.AdminAction{{Kind: game.ActionRename, Target: "alice", To: "alicia"}}}, false)
		requireDay(t, l, "alicia", "6:1 0:3 ") // those of the guest as well
		if got := l.Row("alicia"); got.Rate != 0.4 || !got.Online {
			t.Errorf("%+v, want two clicks before the last", got)
		}
		session.Leave()
		if got := l.Row("alicia").Seen; !got.Equal(time.Now()) {
			t.Errorf("seen %v at %v", got, time.Now())
		}
		if got := l.Last24Hours("alice"); got != (game.Last24Hours{}) {
			t.Errorf("nobody is alice, whose day is %v", got)
		}
		ledgertest.ApplyAll(l.Ledger) // otherwise clicks could be in the same event as the action, and count after it
		ledgertest.MustApplyAction(t, l.Ledger, game.AdminAction{Kind: game.ActionSetCount, Target: "alicia", Clicks: 100})
		requireDay(t, l, "alicia", "6:1 0:3 ")
		deleted := ledgertest.MustApplyAction(t, l.Ledger, game.AdminAction{Kind: game.ActionDelete, Target: "alicia"})
		ledgertest.MustApplyAction(t, l.Ledger, game.AdminAction{Kind: game.ActionUndo, Number: deleted.Number})
		requireDay(t, l, "alicia", "")
		if got := l.Row("alicia"); got.Clicks != 100 || got.Rate != 0 || !got.Seen.IsZero() {
			t.Errorf("%+v, want somebody who was not seen", got)
		}
	})
}

func TestHistoryHasPeak(t *testing.T) {
	running(t, func(t *testing.T, l fixture) {
		sub := l.Subscribe()
		defer sub.Close()
		session := l.Join("a")
		var best uint32
		var last *live.Snapshot
		for step := range 200 {
			for range map[int]int{3: 5, 30: 40, 31: 1, 90: 7}[step] {
				session.Click()
			}
			time.Sleep(time.Second)
			synctest.Wait()
			s := l.Latest()
			if s.History != nil {
				best = max(best, s.History.Peak)
			}
			if s.Best != best {
				t.Fatalf("second %d: the best had %d clicks, want %d", step, s.Best, best)
			}
			if last != nil && s.Best != last.Best && s.History == last.History {
				t.Fatal("the best second changes without the last minute")
			}
			last = s
		}
		if best != 40 || last.History.Peak != 0 {
			t.Errorf("the best second had %d clicks, the last minute %d; want 40 and 0", best, last.History.Peak)
		}
	})
}

func TestActivityIgnoresSetCount(t *testing.T) {
	running(t, func(t *testing.T, l fixture) {
		l.Join("a").Click()
		ledgertest.ApplyAll(l.Ledger)
		time.Sleep(5 * time.Second)
		l.Apply(l.Position()+1, game.Event{At: time.Now(), Actions: []game.AdminAction{{Kind: game.ActionSetCount, Target: "a", Clicks: 1000}}}, false)
		time.Sleep(2 * time.Second)
		synctest.Wait()
		s := l.Latest()
		if row := l.Row("a"); s.Total != 1000 || s.Best != 1 || s.History.Peak != 1 || row.Clicks != 1000 || row.Rate != 0 {
			t.Errorf("%+v with the last minute %+v, and %+v", s, s.History, row)
		}
	})
}

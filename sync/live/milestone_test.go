package live_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"clickky/sync/game"
	"clickky/sync/ledger"
	"clickky/sync/live"
)

func TestMilestoneLastsFiveSeconds(t *testing.T) {
	running(t, func(t *testing.T, l fixture) {
		celebrated := func(after time.Duration, want *game.Milestone) {
			t.Helper()
			time.Sleep(after)
			synctest.Wait()
			switch got := l.Latest().Milestone; {
			case want == nil && got != nil, want != nil && got == nil, want != nil && *got != *want:
				t.Errorf("%+v is celebrated, want %+v", got, want)
			}
		}
		first, second := &game.Milestone{Count: 1000, Name: "a", Guest: true}, &game.Milestone{Count: 2500, Guest: true, Name: "b", Since: 8 * time.Second, Helpers: 2}
		a, b := l.Join("a"), l.Join("b")
		clicks := func(a *ledger.Session, n int) {
			for range n {
				a.Click()
			}
			applyNow(l.Ledger)
		}
		clicks(a, 999)
		celebrated(150*time.Millisecond, nil)
		clicks(a, 1)
		celebrated(200*time.Millisecond, first)
		celebrated(4700*time.Millisecond, first)
		celebrated(300*time.Millisecond, nil)
		clicks(a, 1499)
		time.Sleep(2800 * time.Millisecond)
		clicks(b, 1)
		celebrated(150*time.Millisecond, second)
	})
}

func TestMilestoneReachedBeforeStartIsSkipped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newFixture(ledger.New())
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); l.Run(ctx) }()
		time.Sleep(time.Second) // it runs while the store is not there yet
		if err := l.Load(game.Contents{Players: []game.Player{{Name: "a", Clicks: 1_000_000}}}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		l.Open()
		time.Sleep(1500 * time.Millisecond)
		if got := l.Latest(); got.Milestone != nil || got.History != nil {
			t.Errorf("loading is taken for clicking: %+v", got)
		}
		stop()
		<-done
	})
}

func TestHistoryUpdatesOncePerSecond(t *testing.T) {
	running(t, func(t *testing.T, l fixture) {
		if l.Latest().History != nil {
			t.Error("there is a history before the first click")
		}
		session := l.Join("a")
		time.Sleep(50 * time.Millisecond) // so that no click falls on the end of a second
		var told []*live.History
		for second := range 5 {
			for range second {
				session.Click()
			}
			time.Sleep(time.Second)
			synctest.Wait()
			if h := l.Latest().History; h != nil && (len(told) == 0 || told[len(told)-1] != h) {
				told = append(told, h)
			}
		}
		if len(told) != 4 {
			t.Fatalf("%d histories in four seconds of clicking", len(told))
		}
		last := told[3]
		if got, want := [5]uint32(last.Seconds[55:]), [5]uint32{0, 1, 2, 3, 4}; got != want || last.Peak != 4 {
			t.Errorf("%v, peak %d; want %v, peak 4", got, last.Peak, want)
		}
		if told[0].Seconds[59] != 1 || last.End-told[0].End != 3 {
			t.Errorf("a history that was told has changed: %v, %d to %d", told[0].Seconds[55:], told[0].End, last.End)
		}
	})
}

func TestHistoryWithoutClicksAdvancesInSteps(t *testing.T) {
	running(t, func(t *testing.T, l fixture) {
		l.Join("a").Click()
		time.Sleep(1500 * time.Millisecond)
		told := 0
		last := l.Latest().History
		for range 120 {
			time.Sleep(time.Second)
			synctest.Wait()
			if h := l.Latest().History; h != last {
				told, last = told+1, h
			}
		}
		if told > 7 || last.Peak != 0 {
			t.Errorf("%d histories while nothing happened, peak %d in the last", told, last.Peak)
		}
	})
}

package live_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"clickky/sync/live"
)

var someTime = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

func testContext(t *testing.T) (context.Context, context.CancelFunc) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	t.Cleanup(stop)
	return ctx, stop
}

// running runs f in a synctest bubble while the ledger publishes.
func running(t *testing.T, f func(t *testing.T, l fixture)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		l := loaded(t, 0)
		ctx, stop := context.WithCancel(context.Background())
		done := make(chan struct{})
		go func() { defer close(done); l.Run(ctx) }()
		f(t, l)
		stop()
		<-done
	})
}

// next waits for a snapshot.
func next(s *live.Subscription) *live.Snapshot {
	for {
		<-s.Ready()
		if snap := s.Take(); snap != nil {
			return snap
		}
	}
}

func TestSubscribeHasSnapshotAtOnce(t *testing.T) {
	running(t, func(t *testing.T, l fixture) {
		l.Join("a").Click()
		sub := l.Subscribe()
		defer sub.Close()
		if s := sub.Take(); s == nil || s.Total != 1 {
			t.Errorf("%+v, want a total of 1", s)
		}
		if s := sub.Take(); s != nil || len(sub.Ready()) != 1 {
			t.Errorf("taken twice: %+v", s)
		}
	})
}

func TestSnapshotsNeedChangeAndAreRateLimited(t *testing.T) {
	running(t, func(t *testing.T, l fixture) {
		session := l.Join("a")
		sub := l.Subscribe()
		defer sub.Close()
		sub.Take()
		time.Sleep(101 * time.Millisecond) // Join itself is a change
		sub.Take()
		time.Sleep(time.Second)
		synctest.Wait()
		got := 0
		for range 1000 { // a click each millisecond
			session.Click()
			time.Sleep(time.Millisecond)
			synctest.Wait()
			if sub.Take() != nil {
				got++
			}
		}
		if got != 10 {
			t.Errorf("%d snapshots in a second of clicking, want 10", got)
		}
		time.Sleep(75 * time.Second) // the rate falls back to nothing, and so does the last minute
		synctest.Wait()
		sub.Take()
		time.Sleep(time.Minute)
		synctest.Wait()
		if s := sub.Take(); s != nil {
			t.Errorf("a snapshot although nothing happened: %+v", s)
		}
	})
}

func TestMailboxHoldsNewest(t *testing.T) {
	running(t, func(t *testing.T, l fixture) {
		session := l.Join("a")
		slow := l.Subscribe()
		defer slow.Close()
		for range 20 {
			session.Click()
			time.Sleep(150 * time.Millisecond)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if s := slow.Take(); s.Total != 20 {
			t.Errorf("total %d, want the newest: 20", s.Total)
		}
	})
}

func TestMailboxDeliveriesAreSpread(t *testing.T) {
	running(t, func(t *testing.T, l fixture) {
		const n = 10
		var subs [n]*live.Subscription
		for i := range subs {
			subs[i] = l.Subscribe()
			defer subs[i].Close()
			next(subs[i])
		}
		start := time.Now()
		l.Join("a").Click()
		seen := map[time.Duration]int{}
		for i := range subs {
			next(subs[i])
			seen[time.Since(start)]++
		}
		if len(seen) != n {
			t.Errorf("deliveries at %v, want %d different times", seen, n)
		}
		for at := range seen {
			if at > 200*time.Millisecond {
				t.Errorf("a delivery after %v, want at most 200ms", at)
			}
		}
	})
}

func TestRateIsAverageOfLastSeconds(t *testing.T) {
	running(t, func(t *testing.T, l fixture) {
		session := l.Join("a")
		time.Sleep(50 * time.Millisecond) // so that no click falls on the end of an interval
		for range 50 {                    // ten a second
			session.Click()
			time.Sleep(100 * time.Millisecond)
		}
		if got := l.Latest().Rate; got != 10 {
			t.Errorf("rate %v, want 10", got)
		}
		time.Sleep(4 * time.Second)
		synctest.Wait()
		if got := l.Latest().Rate; got != 0 {
			t.Errorf("rate %v after four idle seconds, want 0", got)
		}
	})
}

func TestSnapshotSavedAgeGrowsInSteps(t *testing.T) {
	running(t, func(t *testing.T, l fixture) {
		if got := l.Latest(); !got.LastSaved.IsZero() || got.SavedAge != 0 {
			t.Errorf("saved %v, %v ago before any save", got.LastSaved, got.SavedAge)
		}
		start := time.Now()
		l.Saved(l.Unsaved(), start)
		for _, c := range []struct{ after, want time.Duration }{
			{9 * time.Second, 0},
			{19 * time.Second, 10 * time.Second},
			{119 * time.Second, time.Minute},
			{3*time.Hour - time.Second, 2 * time.Hour},
		} {
			time.Sleep(time.Until(start.Add(c.after)))
			synctest.Wait()
			if got := l.Latest().SavedAge; got != c.want {
				t.Errorf("age after %v is %v, want %v", c.after, got, c.want)
			}
		}
	})
}

func TestSnapshotShowsUnjournaledWhileJournalDown(t *testing.T) {
	l := loaded(t, 10)
	a := l.Join("a")
	a.Click()
	if snap := l.Latest(); snap.JournalDown || snap.Unjournaled != 0 {
		t.Errorf("%+v while all goes well", snap)
	}
	taken := l.Drain(0, 10)
	l.SetJournalDown(true)
	a.Click()
	if snap := l.Latest(); !snap.JournalDown || snap.Unjournaled != 2 || snap.Total != 12 {
		t.Errorf("%+v, want 2 unjournaled of 12", snap)
	}
	l.Apply(1, taken, true)
	l.SetJournalDown(false)
	if snap := l.Latest(); snap.JournalDown || snap.Unjournaled != 0 || snap.Total != 12 {
		t.Errorf("%+v after the journal is back", snap)
	}
}

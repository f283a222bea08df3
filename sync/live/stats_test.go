package live_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"clickky/sync/game"
)

func TestStatsCountUnjournaledAndUnsaved(t *testing.T) {
	l := loaded(t, 7)
	session := l.Join("a")
	session.Click()
	session.Click()
	if s := l.Status(); s.Unjournaled != 2 || s.Position != s.StorePosition {
		t.Errorf("after two clicks: %+v", s)
	}
	entry := l.Drain(10, 10)
	if s := l.Status(); s.Unjournaled != 2 {
		t.Errorf("clicks in an event that may never arrive: %+v", s)
	}
	l.Apply(5, entry, true)
	l.Apply(6, game.Event{Clicks: map[string]uint64{"b": 3}}, false)
	if s := l.Status(); s.Unjournaled != 0 || s.Position != 6 || s.StorePosition != 0 {
		t.Errorf("after the event has come back, and another server's: %+v", s)
	}
	l.Saved(l.Unsaved(), time.Now())
	if s := l.Status(); s.StorePosition != 6 {
		t.Errorf("after everything was saved: %+v", s)
	}
}

func TestStatsMeasureSnapshotDelay(t *testing.T) {
	running(t, func(t *testing.T, l fixture) {
		if s := l.Stats(); s.Interval != 100*time.Millisecond || s.Taken != 0 || s.Late != 0 {
			t.Errorf("before anybody has taken one: %+v", s)
		}
		session := l.Join("a")
		// Not a multiple of the interval, or it is up to chance which snapshot is in the slot by then.
		v := &viewer{sub: l.Subscribe(), late: 350 * time.Millisecond}
		defer v.sub.Close()
		taken := v.watch(session, 5*time.Second)
		v.late = 0
		taken += v.watch(session, 2*time.Second)
		s := l.Stats()
		if missing := taken - int(s.Taken); missing < 0 || missing > 5 {
			t.Errorf("%d were taken, and %d are told", taken, s.Taken)
		}
		if mean := s.Late / time.Duration(s.Taken); mean < 50*time.Millisecond || mean > 300*time.Millisecond {
			t.Errorf("%v late on average", mean)
		}
		if s.Interval != 500*time.Millisecond {
			t.Errorf("a snapshot every %v while there is no time for more", s.Interval)
		}
	})
}

func TestStatsShowWhetherPublisherRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := loaded(t, 0)
		time.Sleep(5 * time.Second)
		if d := l.SinceLastTick(); d != 5*time.Second {
			t.Errorf("%v since the ledger was made", d)
		}
		ctx, stop := context.WithCancel(context.Background())
		done := make(chan struct{})
		go func() { defer close(done); l.Run(ctx) }()
		for range 200 { // for long enough that it dozes
			time.Sleep(700 * time.Millisecond)
			if d := l.SinceLastTick(); d > time.Second {
				t.Fatalf("%v since it has turned over", d)
			}
		}
		stop()
		<-done
		time.Sleep(time.Minute)
		if d := l.SinceLastTick(); d < 59*time.Second {
			t.Errorf("%v since the last turn, a minute after the end", d)
		}
	})
}

package live_test

import (
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"clickky/sync/ledger"
	"clickky/sync/live"
)

// viewer takes snapshots so late as it is told, and counts them.
type viewer struct {
	sub   *live.Subscription
	late  time.Duration
	taken int
}

// watch takes snapshots for some time while a player keeps clicking.
func (v *viewer) watch(session *ledger.Session, d time.Duration) int {
	v.taken = 0
	for end := time.Now().Add(d); time.Now().Before(end); {
		session.Click()
		time.Sleep(10 * time.Millisecond)
		synctest.Wait()
		if len(v.sub.Ready()) == 0 {
			continue
		}
		time.Sleep(v.late)
		<-v.sub.Ready()
		if v.sub.Take() != nil {
			v.taken++
		}
	}
	return v.taken
}

func TestSnapshotsAreFewerWhenReadersAreLate(t *testing.T) {
	running(t, func(t *testing.T, l fixture) {
		session := l.Join("a")
		v := &viewer{sub: l.Subscribe()}
		defer v.sub.Close()
		if n := v.watch(session, 5*time.Second); n < 45 || n > 51 {
			t.Errorf("%d snapshots in five seconds, want ten a second", n)
		}
		v.late = 50 * time.Millisecond
		v.watch(session, 3*time.Second)
		if n := v.watch(session, 4*time.Second); n < 18 || n > 21 {
			t.Errorf("%d snapshots in four seconds when they are 50 ms late, want five a second", n)
		}
		v.late = 300 * time.Millisecond
		v.watch(session, 5*time.Second)
		if n := v.watch(session, 5*time.Second); n < 8 || n > 11 {
			t.Errorf("%d snapshots in five seconds when they are 300 ms late, want two a second", n)
		}
		v.late = 0
		v.watch(session, 15*time.Second)
		if n := v.watch(session, 5*time.Second); n < 45 || n > 51 {
			t.Errorf("%d snapshots in five seconds when there is time again, want ten a second", n)
		}
	})
}

// While snapshots are fewer, each one is as new when it is delivered as always.
func TestSnapshotsAreNewWhenReadersAreLate(t *testing.T) {
	running(t, func(t *testing.T, l fixture) {
		const each = 10 * time.Millisecond
		session := l.Join("a")
		type reader struct {
			sub   *live.Subscription
			ready time.Time // when the snapshot was delivered that it hasn't taken yet
		}
		readers := make([]reader, 40)
		for i := range readers {
			readers[i].sub = l.Subscribe()
			defer readers[i].sub.Close()
		}
		delivered, oldest := 0, time.Duration(0)
		for clicks := uint64(1); clicks <= 1000; clicks++ {
			session.Click()
			time.Sleep(each)
			synctest.Wait()
			for i := range readers {
				r := &readers[i]
				switch {
				case !r.ready.IsZero() && time.Since(r.ready) >= 60*time.Millisecond:
					r.sub.Take()
					r.ready = time.Time{}
				case r.ready.IsZero() && len(r.sub.Ready()) > 0:
					<-r.sub.Ready()
					r.ready = time.Now()
					if clicks > 500 {
						delivered++
						oldest = max(oldest, time.Duration(clicks-r.sub.Newest().Total)*each)
					}
				}
			}
		}
		if delivered < 40*24 || delivered > 40*26 {
			t.Errorf("%d snapshots in five seconds for 40 readers, want five a second for each", delivered)
		}
		if oldest > 110*time.Millisecond {
			t.Errorf("a snapshot is %v old when it is delivered", oldest)
		}
	})
}

func TestSnapshotsAreFewerForManySessions(t *testing.T) {
	running(t, func(t *testing.T, l fixture) {
		session := l.Join("a")
		v := &viewer{sub: l.Subscribe()}
		defer v.sub.Close()
		perInterval := live.FramesPerCore * runtime.GOMAXPROCS(0) / 10
		for range perInterval {
			defer l.Subscribe().Close()
		}
		v.watch(session, 2*time.Second)
		if n := v.watch(session, 4*time.Second); n < 18 || n > 21 {
			t.Errorf("%d snapshots in four seconds for %d sessions, want five a second", n, perInterval+1)
		}
	})
}

func TestSnapshotsIgnoreStuckReader(t *testing.T) {
	running(t, func(t *testing.T, l fixture) {
		for range 100 {
			stuck := l.Subscribe()
			defer stuck.Close()
		}
		v := &viewer{sub: l.Subscribe()}
		defer v.sub.Close()
		session := l.Join("a")
		v.watch(session, 3*time.Second)
		if n := v.watch(session, 5*time.Second); n < 45 {
			t.Errorf("%d snapshots in five seconds, want ten a second", n)
		}
	})
}

func TestRateIsIndependentOfSnapshotInterval(t *testing.T) {
	running(t, func(t *testing.T, l fixture) {
		session := l.Join("a")
		v := &viewer{sub: l.Subscribe(), late: 300 * time.Millisecond}
		defer v.sub.Close()
		v.watch(session, 10*time.Second)
		v.late = 0
		for range 100 {
			time.Sleep(50 * time.Millisecond)
			session.Click()
		}
		if got := l.Latest().Rate; got < 19 || got > 21 {
			t.Errorf("%v clicks a second, want 20", got)
		}
	})
}

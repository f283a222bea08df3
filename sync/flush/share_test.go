package flush_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"clickky/sync/flush"
	"clickky/sync/game"
	"clickky/sync/journal"
	"clickky/sync/store"
)

// joinServer starts a server that shares journal and database with others.
func joinServer(t *testing.T, every time.Duration, db *database, d *disk, prepare func(*fixture)) *fixture {
	t.Helper()
	return start(t, every, db, d, func(g *fixture) {
		g.sharing = &flush.Sharing{}
		if prepare != nil {
			prepare(g)
		}
	})
}

// runServers runs servers that share a journal and a database.
func runServers(t *testing.T, servers int, every time.Duration, f func(t *testing.T, games []*fixture)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		db, d := newDatabase(), newDisk("journal")
		var games []*fixture
		for range servers {
			games = append(games, joinServer(t, every, db, d, nil))
		}
		f(t, games)
		for _, g := range games {
			if err := g.stop(); err != nil && !t.Failed() {
				t.Errorf("Run = %v", err)
			}
		}
	})
}

func (g *fixture) position() uint64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.state.Position
}

func TestServersShareClicksAndSaveOnce(t *testing.T) {
	runServers(t, 3, time.Second, func(t *testing.T, games []*fixture) {
		for i, g := range games {
			for range i + 1 {
				g.Join("alice").Click()
			}
		}
		advance(300 * time.Millisecond)
		for i, g := range games {
			if got := g.Standing("alice").Clicks; got != 6 || g.Status().Total != 6 {
				t.Errorf("server %d has %d clicks of alice of %d, want 6", i, got, g.Status().Total)
			}
		}
		advance(15 * time.Second) // all have read the database's position
		games[0].requireSaved(t, "alice", 6, 6)
		for i, g := range games {
			if s := g.Status(); s.Unsaved != 0 || s.LastSaved.IsZero() || s.StoreDown {
				t.Errorf("server %d: %+v", i, s)
			}
		}
	})
}

// TestStartWhileOthersSave holds that what the database has is never beyond the end of the
// journal.
func TestStartWhileOthersSave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db, d := newDatabase(), newDisk("journal")
		first := joinServer(t, time.Second, db, d, nil)
		second := joinServer(t, time.Second, db, d, func(g *fixture) {
			g.onLoad = func() {
				first.Join("alice").Click()
				advance(3 * time.Second)
			}
		})
		<-second.Loaded()
		if got := second.Standing("alice").Clicks; got != 1 {
			t.Errorf("the one that joined has %d clicks of alice", got)
		}
		for _, g := range []*fixture{first, second} {
			if err := g.stop(); err != nil {
				t.Error(err)
			}
		}
	})
}

// TestFlushOfLaggingServerWritesNothing keeps what others have saved.
func TestFlushOfLaggingServerWritesNothing(t *testing.T) {
	runServers(t, 2, 30*time.Second, func(t *testing.T, games []*fixture) {
		frozen, other := games[0], games[1]
		frozen.Join("alice").Click()
		advance(time.Second) // unsaved, and applied by both
		frozen.journal.setCutOff(true)
		for range 5 {
			other.Join("alice").Click()
			other.Join("bob").Click()
			advance(time.Second)
		}
		low := uint64(0)
		for range 600 { // any of them may save next
			advance(time.Second)
			if p := other.position(); p < low {
				t.Fatalf("the database goes from %d back to %d", low, p)
			} else {
				low = p
			}
		}
		other.requireSaved(t, "alice", 6, 11)
		frozen.journal.setCutOff(false)
		advance(time.Minute)
		frozen.Join("carol").Click()
		advance(2 * time.Minute)
		other.requireSaved(t, "alice", 6, 12)
		for i, g := range games {
			if s := g.Status(); s.Total != 12 || s.Unsaved != 0 {
				t.Errorf("server %d: %+v", i, s)
			}
		}
	})
}

// saveTimes returns the times of all servers' saves, and which server each was.
func saveTimes(games []*fixture) (times []time.Time, by []int) {
	for i, g := range games {
		g.mu.Lock()
		for range g.batches {
			by = append(by, i)
		}
		times = append(times, g.took...)
		g.mu.Unlock()
	}
	slices.SortFunc(times, time.Time.Compare)
	return times, by
}

func TestFlushOfOneServerSavesForAll(t *testing.T) {
	const every = 30 * time.Second
	runServers(t, 5, every, func(t *testing.T, games []*fixture) {
		play := func(alive []*fixture, d time.Duration) {
			for range d / time.Second {
				for i, g := range alive {
					g.Join(fmt.Sprint("p", i)).Click()
				}
				advance(time.Second)
			}
		}
		play(games, 20*time.Minute)
		times, by := saveTimes(games)
		if n := len(times); n < 38 || n > 44 {
			t.Errorf("%d saves in twenty minutes, want about 40: by %v", n, by)
		}
		for alive := games; len(alive) > 1; { // the one that saves is killed, again and again
			last := 0
			for i, g := range alive {
				if n := len(g.took); n > 0 && (len(alive[last].took) == 0 || g.took[n-1].After(alive[last].took[len(alive[last].took)-1])) {
					last = i
				}
			}
			if err := alive[last].stop(); err != nil {
				t.Fatal(err)
			}
			alive = slices.Delete(slices.Clone(alive), last, last+1)
			play(alive, 5*time.Minute)
		}
		times, by = saveTimes(games)
		for i := range times[1:] {
			if gap := times[i+1].Sub(times[i]); gap > every*3/2+maxRenewalDelay {
				t.Errorf("%v pass between two saves: by %v", gap, by)
			}
		}
	})
}

// maxRenewalDelay is how late a server may learn that another one has saved.
const maxRenewalDelay = 10 * time.Second

func TestFlushWaitsAfterSaveOfOtherServer(t *testing.T) {
	runServers(t, 1, 30*time.Second, func(t *testing.T, games []*fixture) {
		g := games[0]
		for i := range 20 {
			g.Join("alice").Click()
			advance(20 * time.Second)
			g.set(func() { // as another server would
				g.rows["alice"], g.total, g.state.Position = uint64(i+1), uint64(i+1), uint64(i+1)
			})
			g.flusher.OthersSaved(uint64(i))
			g.flusher.OthersSaved(uint64(i + 1))
			g.flusher.OthersSaved(uint64(i))
			advance(time.Millisecond)
			if g.Status().Unsaved != 0 {
				t.Fatalf("after %d: %+v", i, g.Status())
			}
		}
		if n := g.attempts(); n != 0 {
			t.Errorf("%d saves, though another server has just saved each time", n)
		}
		g.flusher.OthersSaved(1000) // a false claim
		g.Join("alice").Click()
		advance(3 * time.Minute)
		g.requireSaved(t, "alice", 21, 21)
	})
}

func TestLeaseIsReleasedByLastServer(t *testing.T) {
	for what, c := range map[string]struct {
		alone    func() bool
		released bool
	}{
		"alone":       {func() bool { return true }, true},
		"with others": {func() bool { return false }, false},
		"nobody said": {nil, false},
	} {
		synctest.Test(t, func(t *testing.T) {
			g := joinServer(t, time.Second, newDatabase(), newDisk("journal"), func(g *fixture) { g.sharing.Alone = c.alone })
			g.Join("alice").Click()
			if err := errors.Join(g.stop(), g.flusher.Final(t.Context())); err != nil {
				t.Fatal(err)
			}
			g.requireSaved(t, "alice", 1, 1)
			if s, _ := g.State(t.Context()); (s.LeaseLeft == 0) != c.released {
				t.Errorf("%s: the lease lasts %v", what, s.LeaseLeft)
			}
		})
	}
}

// appendOld appends 1,500 clicks of bob's as a server did some time ago.
func (l *fakeJournal) appendOld(ago time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for range 1500 {
		l.events = append(l.events, journal.Event{Server: "past", Event: game.Event{At: time.Now().Add(-ago), Clicks: map[string]uint64{"bob": 1}}})
	}
	close(l.grown)
	l.grown = make(chan struct{})
}

// TestRunEndsWhenLogIsPurgedAhead has others purge events that the server has not read.
func TestRunEndsWhenLogIsPurgedAhead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db, d := newDatabase(), newDisk("journal")
		games := []*fixture{joinServer(t, time.Minute, db, d, nil), joinServer(t, time.Minute, db, d, nil)}
		away, other := games[0], games[1]
		away.Join("alice").Click()
		advance(time.Second)
		away.journal.setCutOff(true)
		away.Join("alice").Click() // is in no event yet
		d.mu.Lock()
		d.events[0].At = time.Now().Add(-25 * time.Hour)
		d.mu.Unlock()
		other.journal.appendOld(25 * time.Hour)
		other.journal.appendOld(23 * time.Hour)
		advance(3 * time.Minute)
		if d.first != 1501 {
			t.Errorf("%d of %d events are cut, want those older than a day", d.first, len(d.events))
		}
		before := away.attempts()
		away.journal.setCutOff(false)
		advance(time.Second)
		err := away.stop()
		if !errors.Is(err, flush.ErrAway) || !errors.Is(err, journal.ErrPurged) {
			t.Errorf("Run = %v", err)
		}
		if err := away.flusher.Final(t.Context()); err != nil {
			t.Errorf("Final = %v, want the error told once", err)
		}
		if away.attempts() != before {
			t.Error("it has written to the database")
		}
		advance(3 * time.Minute)
		other.requireSaved(t, "alice", 2, 3002) // its last click was not lost
		if err := other.stop(); err != nil {
			t.Error(err)
		}
	})
}

// TestRunEndsWhenOutcomeIsUnknowable keeps the server from playing on without a journal.
func TestRunEndsWhenOutcomeIsUnknowable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := joinServer(t, time.Second, newDatabase(), newDisk("journal"), nil)
		g.journal.set(func() { g.journal.fail = journal.ErrPurged })
		g.Join("alice").Click()
		advance(time.Second)
		if err := g.stop(); !errors.Is(err, flush.ErrAway) {
			t.Errorf("Run = %v", err)
		}
		if err := g.flusher.Final(t.Context()); err == nil || !strings.Contains(err.Error(), "1 clicks are lost") || g.attempts() != 0 {
			t.Errorf("Final = %v, after %d saves", err, g.attempts())
		}
	})
}

// TestShutdownWhileCutOff fails only if clicks are lost: the other servers have what this one
// cannot read.
func TestShutdownWhileCutOff(t *testing.T) {
	for _, clicked := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			g := joinServer(t, time.Second, newDatabase(), newDisk("journal"), nil)
			g.Join("alice").Click()
			advance(time.Second)
			g.journal.setCutOff(true)
			if clicked {
				g.Join("alice").Click()
			}
			advance(5 * time.Second)
			if err := g.stop(); err != nil {
				t.Errorf("Run = %v", err)
			}
			err := g.flusher.Final(t.Context())
			if lost := err != nil && strings.Contains(err.Error(), "1 clicks are lost"); lost != clicked || err != nil && !lost {
				t.Errorf("with a click that only its memory has (%v) Final = %v", clicked, err)
			}
			g.requireSaved(t, "alice", 1, 1)
		})
	}
}

// TestShutdownWithLostLastAnswer holds that events which were read back are not lost.
func TestShutdownWithLostLastAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := joinServer(t, time.Second, newDatabase(), newDisk("journal"), nil)
		g.journal.set(func() { g.journal.loseAnswers = 1 << 20 })
		g.Join("alice").Click()
		advance(time.Second)
		if err := g.stop(); err != nil {
			t.Errorf("Run = %v", err)
		}
		if err := g.flusher.Final(t.Context()); err != nil {
			t.Errorf("Final = %v", err)
		}
	})
}

func TestServersReportPeerClicks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db, d := newDatabase(), newDisk("journal")
		told := map[string]uint64{}
		first := joinServer(t, time.Second, db, d, nil)
		first.Join("alice").Click()
		advance(200 * time.Millisecond) // before the other server opens
		second := joinServer(t, time.Second, db, d, func(g *fixture) {
			g.sharing.PeerClicks = func(clicks map[string]uint64) {
				for name, n := range clicks {
					told[name] += n
				}
				if g.Standing("bob").Clicks == 0 { // holds no lock, and the ledger has them
					t.Error("the ledger does not have bob's click")
				}
			}
		})
		first.Join("bob").Click()
		first.Join("bob").Click()
		second.Join("carol").Click()
		advance(2 * time.Second)
		if want := map[string]uint64{"bob": 2}; !maps.Equal(told, want) {
			t.Errorf("told of %v, want %v", told, want)
		}
		for _, g := range []*fixture{first, second} {
			if err := g.stop(); err != nil {
				t.Error(err)
			}
		}
	})
}

func TestCutOffShowsWithoutClicks(t *testing.T) {
	runServers(t, 1, time.Second, func(t *testing.T, games []*fixture) {
		g := games[0]
		g.journal.setCutOff(true)
		advance(3 * time.Second)
		if !g.Status().JournalDown {
			t.Error("nobody is told")
		}
		g.Join("alice").Click()
		advance(time.Minute)
		if s := g.Status(); !s.JournalDown || s.Unjournaled != 1 {
			t.Errorf("%+v", s)
		}
		g.journal.setCutOff(false)
		advance(3 * time.Second)
		if s := g.Status(); s.JournalDown || s.Unjournaled != 0 {
			t.Errorf("%+v after it is back", s)
		}
		g.requireSaved(t, "alice", 1, 1)
		if n := strings.Count(g.log.String(), "level=WARN"); n != 1 {
			t.Errorf("it is told %d times:\n%s", n, g.log)
		}
	})
}

// TestLastSeenIsSavedByOwnServer does so although another server saves all counts.
func TestLastSeenIsSavedByOwnServer(t *testing.T) {
	runServers(t, 2, 10*time.Second, func(t *testing.T, games []*fixture) {
		alice := games[1].Join("alice")
		for range 60 { // the other server saves
			games[0].Join("bob").Click()
			alice.Click()
			advance(time.Second)
		}
		advance(10 * time.Second)
		alice.Leave()
		left := time.Now()
		for range 60 {
			games[0].Join("bob").Click()
			advance(time.Second)
		}
		if err := games[1].stop(); err != nil {
			t.Fatal(err)
		}
		games[0].Join("bob").Click() // and go on
		if err := games[1].flusher.Final(t.Context()); err != nil {
			t.Fatal(err)
		}
		games[0].requireSighting(t, "alice", left)
	})
}

// TestBindingIsAppliedByOneServer matters because a second time would take the name from a key
// that has got it since.
func TestBindingIsAppliedByOneServer(t *testing.T) {
	runServers(t, 3, time.Second, func(t *testing.T, games []*fixture) {
		for round := range 20 {
			b := store.Binding{Name: "alice", Fingerprint: fmt.Sprint("SHA256:", round), Sole: true}
			if _, err := games[0].RequestBinding(t.Context(), b); err != nil {
				t.Fatal(err)
			}
			for i := 0; len(games[i%3].Keys("alice")) == 0 || games[i%3].Keys("alice")[0].Fingerprint != b.Fingerprint; i++ {
				advance(10 * time.Millisecond)
			}
			games[round%3].ProposeKeyChange(game.KeyChange{Kind: game.KeyAdd, Name: "alice", Key: "SHA256:new", By: b.Fingerprint})
			advance(5 * time.Second)
			if keys := games[0].Keys("alice"); len(keys) != 2 {
				t.Fatalf("round %d: the name belongs to %v, want what was added too", round, keys)
			}
		}
		if binds := countBinds(games[0].journal.disk); binds != 20 {
			t.Errorf("20 bindings were carried out %d times", binds)
		}
	})
}

// countBinds counts the bindings in a journal.
func countBinds(d *disk) (n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, e := range d.events {
		for _, c := range e.KeyChanges {
			if c.Kind == game.KeyBind {
				n++
			}
		}
	}
	return n
}

// TestStartRetriesUnreachableJournal covers the shutdown, too.
func TestStartRetriesUnreachableJournal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		away := func(g *fixture, d time.Duration) {
			g.journal.setCutOff(true)
			go func() {
				time.Sleep(d)
				g.journal.setCutOff(false)
			}()
		}
		g := joinServer(t, time.Second, newDatabase(), newDisk("journal"), func(g *fixture) {
			g.onLoad = func() { away(g, time.Minute) }
		})
		advance(2 * time.Minute)
		<-g.Loaded()
		g.Join("alice").Click()
		if err := g.stop(); err != nil {
			t.Fatal(err)
		}
		away(g, 3*time.Second)
		if err := g.flusher.Final(t.Context()); err != nil {
			t.Errorf("Final = %v", err)
		}
		g.requireSaved(t, "alice", 1, 1)
	})
}

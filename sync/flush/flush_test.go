package flush_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"clickky/sync/flush"
	"clickky/sync/game"
	"clickky/sync/journal"
	"clickky/sync/ledger"
	"clickky/sync/live"
	"clickky/sync/store"
)

// fixture is a ledger and a flusher, with fakes of store and journal.
type fixture struct {
	*ledger.Ledger
	screens *live.Live
	*fakeStore
	journal *fakeJournal
	sharing *flush.Sharing // set by prepare
	flusher *flush.Flusher
	log     *safeBuffer
	stop    func() error // ends Run and returns its result
}

// start starts a run of a server.
func start(t *testing.T, every time.Duration, db *database, d *disk, prepare func(*fixture)) *fixture {
	t.Helper()
	l := ledger.New()
	g := &fixture{
		Ledger: l, screens: live.New(l), fakeStore: &fakeStore{database: db}, log: &safeBuffer{},
		journal: &fakeJournal{disk: d, run: rand.Text(), link: make(chan struct{})},
	}
	g.journal.setCutOff(false)
	if prepare != nil {
		prepare(g)
	}
	g.flusher = flush.New(g.Ledger, g.journal, g.fakeStore, every, slog.New(slog.NewTextHandler(g.log, nil)))
	if g.sharing != nil {
		g.flusher.Share(*g.sharing)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- g.flusher.Run(ctx) }()
	g.stop = sync.OnceValue(func() error {
		cancel()
		return <-done
	})
	synctest.Wait()
	return g
}

// inBubble runs f with a server in a synctest bubble.
func inBubble(t *testing.T, every time.Duration, prepare func(*fixture), f func(*testing.T, *fixture)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		g := start(t, every, newDatabase(), newDisk("journal"), prepare)
		f(t, g)
		if err := g.stop(); err != nil && !t.Failed() {
			t.Errorf("Run = %v", err)
		}
	})
}

// advance lets time pass, and waits for all goroutines.
func advance(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func (g *fixture) requireSaved(t *testing.T, name string, clicks, total uint64) {
	t.Helper()
	if c, tot := g.count(name); c != clicks || tot != total {
		t.Errorf("the store has %d of %d, want %d of %d\n%s", c, tot, clicks, total, g.log)
	}
}

func TestFlushSavesEveryThirtySeconds(t *testing.T) {
	inBubble(t, 30*time.Second, nil, func(t *testing.T, g *fixture) {
		session := g.Join("alice")
		for range 3 {
			session.Click()
		}
		advance(29 * time.Second)
		g.requireSaved(t, "alice", 0, 0)
		advance(time.Second)
		g.requireSaved(t, "alice", 3, 3)
		session.Click()
		advance(30 * time.Second)
		g.requireSaved(t, "alice", 4, 4)
		if n := g.attempts(); n != 2 {
			t.Errorf("%d saves in a minute, want 2", n)
		}
	})
}

func TestAppendFollowsClickWithinTenthOfSecond(t *testing.T) {
	inBubble(t, time.Hour, nil, func(t *testing.T, g *fixture) {
		session := g.Join("alice")
		session.Click()
		session.Click()
		advance(100 * time.Millisecond)
		if len(g.journal.events) != 1 || g.journal.events[0].Clicks["alice"] != 2 {
			t.Errorf("journal = %+v, want one event with two clicks", g.journal.events)
		}
		advance(time.Minute)
		if len(g.journal.events) != 1 {
			t.Errorf("%d events although nothing happened", len(g.journal.events))
		}
	})
}

func TestFlushSavesOnlyDirtyPlayers(t *testing.T) {
	prepare := func(g *fixture) { g.rows["bob"], g.rows["carol"], g.total = 5, 6, 20 }
	inBubble(t, time.Second, prepare, func(t *testing.T, g *fixture) {
		advance(10 * time.Second)
		if n := g.attempts(); n != 0 {
			t.Fatalf("%d saves although nothing changed", n)
		}
		seen := time.Now().UTC()
		g.Join("bob").Click()
		advance(2 * time.Second)
		days := game.Days{{Date: game.DateOf(seen), Clicks: 1}}
		want := game.Checkpoint{Journal: "journal", From: 0, To: 1, Players: []game.Player{{Name: "bob", Clicks: 6, Seen: seen, Days: days, Stored: true}}, Total: 21}
		if len(g.batches) != 1 || fmt.Sprint(g.batches[0]) != fmt.Sprint(want) {
			t.Errorf("saved %v, want once %v", g.batches, want)
		}
	})
}

func TestFlushFailedBacksOff(t *testing.T) {
	inBubble(t, 30*time.Second, nil, func(t *testing.T, g *fixture) {
		session := g.Join("alice")
		session.Click()
		g.set(func() { g.fail = errDown })
		advance(10 * time.Minute)
		session.Click()
		if s := g.Status(); !s.StoreDown || s.Unsaved != 2 {
			t.Errorf("down %v, unsaved %d; want down with 2", s.StoreDown, s.Unsaved)
		}
		var last time.Duration
		for i, at := range g.saves[1:] {
			gap := at.Sub(g.saves[i])
			if gap > 40*time.Second || gap < 500*time.Millisecond {
				t.Errorf("retry %d came after %v", i, gap)
			}
			last = gap
		}
		if first := g.saves[1].Sub(g.saves[0]); first > 2*time.Second || last < 20*time.Second {
			t.Errorf("first retry after %v, last after %v; want about 1s and 30s", first, last)
		}
		if n := strings.Count(g.log.String(), "level=WARN"); n != 1 {
			t.Errorf("%d warnings for one outage, want 1:\n%s", n, g.log)
		}
		g.set(func() { g.fail = nil })
		advance(time.Minute)
		g.requireSaved(t, "alice", 2, 2)
		if g.Status().StoreDown || !strings.Contains(g.log.String(), "the database is back") {
			t.Errorf("nobody was told that the database is back:\n%s", g.log)
		}
	})
}

func TestFlushRecognizesSaveWithLostAnswer(t *testing.T) {
	inBubble(t, time.Second, nil, func(t *testing.T, g *fixture) {
		session := g.Join("alice")
		session.Click()
		g.set(func() { g.loseAnswers = 1 })
		advance(1500 * time.Millisecond)
		if s := g.Status(); s.StoreDown || s.Unsaved != 0 {
			t.Errorf("down %v, unsaved %d: the save was not recognised", s.StoreDown, s.Unsaved)
		}
		session.Click()
		advance(time.Minute)
		g.requireSaved(t, "alice", 2, 2)
	})
}

// TestFlushWithOutcomeUnknownForLong loses the answer, and cannot read the position back until
// more has happened.
func TestFlushWithOutcomeUnknownForLong(t *testing.T) {
	inBubble(t, time.Second, nil, func(t *testing.T, g *fixture) {
		session := g.Join("alice")
		session.Click()
		g.set(func() { g.hang = true })
		advance(1100 * time.Millisecond) // during a save
		g.set(func() {
			g.hang, g.fail = false, errDown
			g.rows["alice"], g.total, g.state.Position = 1, 1, 1 // it arrives after all
		})
		session.Click()
		advance(time.Minute)
		g.set(func() { g.fail = nil })
		advance(time.Minute)
		g.requireSaved(t, "alice", 2, 2)
	})
}

func TestFlushSeesHangingStoreAsDown(t *testing.T) {
	inBubble(t, time.Second, func(g *fixture) { g.hang = true }, func(t *testing.T, g *fixture) {
		g.Join("alice").Click()
		advance(32 * time.Second)
		if !g.Status().StoreDown {
			t.Error("the store hangs and nobody is told")
		}
	})
}

func TestAppendFailedKeepsClicksInMemory(t *testing.T) {
	inBubble(t, time.Second, nil, func(t *testing.T, g *fixture) {
		session := g.Join("alice")
		g.journal.set(func() { g.journal.fail = errDown })
		for range 5 {
			session.Click()
			advance(time.Second)
		}
		if s := g.Status(); !s.JournalDown || s.Unjournaled != 5 {
			t.Errorf("%+v, want 5 unjournaled", s)
		}
		g.requireSaved(t, "alice", 0, 0)
		g.journal.set(func() { g.journal.fail, g.journal.loseAnswers = nil, 3 })
		advance(5 * time.Second)
		g.requireSaved(t, "alice", 5, 5)
		if s := g.Status(); s.JournalDown || s.Unjournaled != 0 || s.Total != 5 {
			t.Errorf("%+v after the journal is back", s)
		}
	})
}

func TestStartWritesNothingBeforeLoad(t *testing.T) {
	prepare := func(g *fixture) { g.fail, g.rows["alice"], g.total = errDown, 41, 100 }
	inBubble(t, time.Second, prepare, func(t *testing.T, g *fixture) {
		advance(5 * time.Minute)
		select {
		case <-g.Loaded():
			t.Fatal("the game is open although nothing could be read")
		default:
		}
		if err := g.flusher.Final(t.Context()); err != nil || g.attempts() != 0 {
			t.Fatalf("Final = %v with %d saves, want nothing", err, g.attempts())
		}
		g.set(func() { g.fail = nil })
		<-g.Loaded()
		g.Join("alice").Click()
		advance(2 * time.Second)
		g.requireSaved(t, "alice", 42, 101)
	})
}

func TestStartEndsOnPermanentError(t *testing.T) {
	for _, reason := range []error{store.ErrRefused, store.ErrUnfit} {
		synctest.Test(t, func(t *testing.T) {
			g := start(t, time.Second, newDatabase(), newDisk("journal"), func(g *fixture) { g.fail = fmt.Errorf("migrate: %w", reason) })
			if err := g.stop(); !errors.Is(err, reason) {
				t.Errorf("Run = %v, want %v", err, reason)
			}
		})
	}
}

func TestCrashLosesNothingJournaled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db, d := newDatabase(), newDisk("journal")
		for run := range 5 {
			g := start(t, 2*time.Second, db, d, nil)
			if got, want := g.Standing("alice").Clicks, uint64(run)*30; got != want {
				t.Fatalf("run %d starts with %d clicks, want %d", run, got, want)
			}
			session := g.Join("alice")
			for range 30 {
				session.Click()
				advance(100 * time.Millisecond)
			}
			_ = g.stop() // without Final: the rest is only in the journal
		}
	})
}

func TestShutdownJournalsAndSavesRest(t *testing.T) {
	inBubble(t, 30*time.Second, nil, func(t *testing.T, g *fixture) {
		g.Join("alice").Click()
		if err := g.stop(); err != nil {
			t.Fatal(err)
		}
		g.requireSaved(t, "alice", 0, 0)
		if err := g.flusher.Final(t.Context()); err != nil {
			t.Fatal(err)
		}
		g.requireSaved(t, "alice", 1, 1)
		if s, _ := g.State(t.Context()); s.LeaseLeft != 0 {
			t.Errorf("the lease lasts %v after the end", s.LeaseLeft)
		}
	})
}

// TestShutdownDuringFlushIsNoOutage holds that the interrupted flush says nothing about the
// database.
func TestShutdownDuringFlushIsNoOutage(t *testing.T) {
	inBubble(t, time.Second, nil, func(t *testing.T, g *fixture) {
		g.Join("alice").Click()
		g.set(func() { g.hang = true })
		advance(1500 * time.Millisecond)
		if err := g.stop(); err != nil {
			t.Fatal(err)
		}
		if g.Status().StoreDown || strings.Contains(g.log.String(), "level=WARN") {
			t.Errorf("the database counts as down:\n%s", g.log)
		}
		g.set(func() { g.hang = false })
		if err := g.flusher.Final(t.Context()); err != nil {
			t.Fatal(err)
		}
		g.requireSaved(t, "alice", 1, 1)
	})
}

// TestShutdownDuringAppendIsNoOutage holds that the interrupted append says nothing about the
// journal.
func TestShutdownDuringAppendIsNoOutage(t *testing.T) {
	inBubble(t, time.Second, nil, func(t *testing.T, g *fixture) {
		g.journal.set(func() { g.journal.hang = true })
		g.Join("alice").Click()
		advance(500 * time.Millisecond)
		if err := g.stop(); err != nil {
			t.Fatal(err)
		}
		if g.Status().JournalDown || strings.Contains(g.log.String(), "level=ERROR") {
			t.Errorf("the journal counts as down:\n%s", g.log)
		}
		g.journal.set(func() { g.journal.hang = false })
		if err := g.flusher.Final(t.Context()); err != nil {
			t.Fatal(err)
		}
		g.requireSaved(t, "alice", 1, 1)
	})
}

// TestFlushFollowsSoonAfterOutage also covers long outages, after which attempts are rare, and
// databases that answered all the time.
func TestFlushFollowsSoonAfterOutage(t *testing.T) {
	for _, trouble := range []error{errDown, store.ErrAnswered} {
		inBubble(t, 30*time.Second, nil, func(t *testing.T, g *fixture) {
			g.Join("alice").Click()
			g.set(func() { g.fail = trouble })
			advance(10 * time.Minute)
			answers := errors.Is(trouble, store.ErrAnswered)
			if s := g.Status(); !s.StoreDown || s.StoreRefuses != answers {
				t.Errorf("%v: the store is down: %v, and refuses: %v", trouble, s.StoreDown, s.StoreRefuses)
			}
			if says := "rejects requests"; strings.Contains(g.log.String(), says) && !answers {
				t.Errorf("%v: the log says that it %s", trouble, says)
			}
			g.set(func() { g.fail = nil })
			advance(11 * time.Second)
			g.requireSaved(t, "alice", 1, 1)
			if s := g.Status(); s.StoreDown || s.StoreRefuses {
				t.Errorf("%v: %+v after it is back", trouble, s)
			}
		})
	}
}

func TestShutdownDoesNotWaitForDeadDatabase(t *testing.T) {
	for _, known := range []bool{true, false} {
		inBubble(t, 30*time.Second, nil, func(t *testing.T, g *fixture) {
			g.Join("alice").Click()
			g.set(func() { g.fail = errDown })
			if known {
				g.SetStoreHealth(true, false)
			}
			if err := g.stop(); err != nil {
				t.Fatal(err)
			}
			begin := time.Now()
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			if err := g.flusher.Final(ctx); err != nil {
				t.Errorf("Final = %v although the journal has everything", err)
			}
			if took := time.Since(begin); took > 10*time.Second || known && took > 2*time.Second {
				t.Errorf("it took %v (known to be dead: %v)", took, known)
			}
			if len(g.journal.events) != 1 {
				t.Errorf("journal = %+v, want the click in it", g.journal.events)
			}
		})
	}
}

func TestShutdownReportsLostClicks(t *testing.T) {
	inBubble(t, 30*time.Second, nil, func(t *testing.T, g *fixture) {
		g.Join("alice").Click()
		g.journal.set(func() { g.journal.fail = errDown })
		if err := g.stop(); err != nil {
			t.Fatal(err)
		}
		if err := g.flusher.Final(t.Context()); err == nil || !strings.Contains(err.Error(), "1 clicks are lost") {
			t.Errorf("Final = %v", err)
		}
	})
}

func TestTakeoverBySecondServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := newDatabase()
		first := start(t, time.Second, db, newDisk("first"), nil)
		first.Join("alice").Click()
		second := start(t, time.Second, db, newDisk("second"), nil)
		advance(10 * time.Minute)
		if s := second.Status(); s.Ownership != game.Awaited || second.attempts() != 0 {
			t.Errorf("the second server: %+v, %d saves, while the first lives", s, second.attempts())
		}
		if n := strings.Count(second.log.String(), "\n"); n != 1 {
			t.Errorf("it says so in %d lines:\n%s", n, second.log)
		}
		_ = first.stop() // it is killed
		died := time.Now()
		<-second.Loaded()
		if waited := time.Since(died); waited < 20*time.Second || waited > 35*time.Second {
			t.Errorf("it waited %v for the lease", waited)
		}
		second.Join("alice").Click()
		advance(2 * time.Second)
		second.requireSaved(t, "alice", 2, 2)
		_ = second.stop()
	})
}

func TestTakeoverStopsWritesOfFirstServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := newDatabase()
		frozen := start(t, time.Second, db, newDisk("frozen"), nil)
		frozen.Join("alice").Click()
		advance(2 * time.Second)
		frozen.set(func() { frozen.fail = errDown })
		second := start(t, time.Second, db, newDisk("second"), nil)
		<-second.Loaded()
		frozen.set(func() { frozen.fail = nil })
		for range 10 {
			frozen.Join("alice").Click()
			second.Join("bob").Click()
			advance(3 * time.Second)
		}
		second.requireSaved(t, "alice", 1, 11)
		second.requireSaved(t, "bob", 10, 11)
		if s := frozen.Status(); s.Ownership != game.Lost || s.Unsaved != 10 {
			t.Errorf("the one that was taken over from: %+v, want 10 unsaved", s)
		}
		if n := strings.Count(frozen.log.String(), "another server took over the database"); n != 1 {
			t.Errorf("it says so %d times:\n%s", n, frozen.log)
		}
		if len(frozen.journal.events) != 11 {
			t.Errorf("its journal has %d events, want all 11", len(frozen.journal.events))
		}
		if err := frozen.stop(); err != nil {
			t.Error(err)
		}
		if err := frozen.flusher.Final(t.Context()); err != nil {
			t.Errorf("Final = %v", err)
		}
		_ = second.stop()
	})
}

// TestImportStopsWritesOfServer freezes the server in the middle of a renewal while the
// operator imports, so that its lease is renewed all the same.
func TestImportStopsWritesOfServer(t *testing.T) {
	inBubble(t, time.Second, nil, func(t *testing.T, g *fixture) {
		g.Join("alice").Click()
		advance(2 * time.Second)
		g.requireSaved(t, "alice", 1, 1)
		g.set(func() { g.rows["alice"], g.total, g.amended = 100, 100, true })
		advance(20 * time.Second)
		g.Join("alice").Click()
		advance(20 * time.Second)
		g.requireSaved(t, "alice", 100, 100)
		if s := g.Status(); s.Ownership != game.Lost || s.Unsaved != 1 {
			t.Errorf("%+v, want that the database is lost", s)
		}
		if n := strings.Count(g.log.String(), "or there was an import"); n != 1 {
			t.Errorf("it says so %d times:\n%s", n, g.log)
		}
	})
}

// TestRestoredDatabaseGetsAllCounts covers counts of players who no longer click.
func TestRestoredDatabaseGetsAllCounts(t *testing.T) {
	for _, clicking := range []bool{true, false} {
		inBubble(t, time.Second, nil, func(t *testing.T, g *fixture) {
			g.Join("alice").Click()
			advance(2 * time.Second)
			g.Join("bob").Click()
			g.Join("alice").Click()
			advance(2 * time.Second)
			g.requireSaved(t, "bob", 1, 3)
			g.set(func() { // a copy without bob
				delete(g.rows, "bob")
				g.rows["alice"], g.total, g.state.Position = 1, 1, 1
			})
			if clicking {
				g.Join("carol").Click()
			}
			advance(20 * time.Second)
			total := g.Status().Total
			g.requireSaved(t, "bob", 1, total)
			g.requireSaved(t, "alice", 2, total)
			if n := strings.Count(g.log.String(), "the database went back"); n != 1 {
				t.Errorf("it is told %d times:\n%s", n, g.log)
			}
		})
	}
}

func TestPurgeKeepsMargin(t *testing.T) {
	inBubble(t, time.Second, nil, func(t *testing.T, g *fixture) {
		session := g.Join("alice")
		for range 3000 {
			session.Click()
			advance(100 * time.Millisecond)
		}
		advance(2 * time.Second)
		if kept := len(g.journal.events) - g.journal.first; kept < 1000 || kept > 1020 {
			t.Errorf("%d events are kept, want about 1000", kept)
		}
	})
}

func TestStartRejectsJournalOfOtherDatabase(t *testing.T) {
	for what, prepare := range map[string]func(*fixture){
		"it has lost events": func(g *fixture) { g.state = store.State{Journal: "journal", Position: 7} },
		"it was cut": func(g *fixture) {
			g.state = store.State{Journal: "journal", Position: 1}
			g.journal.events, g.journal.first = make([]journal.Event, 9), 5
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			g := start(t, time.Second, newDatabase(), newDisk("journal"), prepare)
			if err := g.stop(); !errors.Is(err, flush.ErrBehind) {
				t.Errorf("%s: Run = %v, want ErrBehind", what, err)
			}
		})
	}
}

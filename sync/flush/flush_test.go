package flush_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"clickky/sync/flush"
	"clickky/sync/ledger"
	"clickky/sync/store"
)

var errDown = errors.New("connection refused")

// memory is a store in memory that can be told to fail.
type memory struct {
	mu      sync.Mutex
	fail    error // of every method, as long as it is set
	rows    map[string]uint64
	total   uint64
	saves   []time.Time // every attempt to save
	batches []store.Batch
	hang    bool // Save waits for its context
	lost    bool // Save writes, and then says that it failed
}

func newMemory() *memory { return &memory{rows: map[string]uint64{}} }

func (m *memory) set(f func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f()
}

func (m *memory) Migrate(context.Context) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.fail
}

func (m *memory) Load(_ context.Context, yield func(store.Player) error) (uint64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for name, clicks := range m.rows {
		if err := yield(store.Player{Name: name, Clicks: clicks}); err != nil {
			return 0, err
		}
	}
	return m.total, m.fail
}

func (m *memory) Save(ctx context.Context, b store.Batch) error {
	m.mu.Lock()
	hang := m.hang
	m.saves = append(m.saves, time.Now())
	m.mu.Unlock()
	if hang {
		<-ctx.Done()
		return ctx.Err()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil && !m.lost {
		return m.fail
	}
	m.batches = append(m.batches, b)
	for _, p := range b.Players {
		m.rows[p.Name] = p.Clicks
	}
	m.total = b.Total
	return m.fail
}

func (m *memory) Close() error { return nil }

func (m *memory) count(name string) (clicks, total uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.rows[name], m.total
}

func (m *memory) attempts() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.saves)
}

// game is a ledger with a flusher over a memory, in a bubble of false time.
type game struct {
	*ledger.Ledger
	*memory
	flusher *flush.Flusher
	log     *bytes.Buffer
	stop    func() error // ends Run and returns what it returned
}

func play(t *testing.T, every time.Duration, prepare func(*memory), f func(*testing.T, *game)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		g := &game{Ledger: ledger.New(), memory: newMemory(), log: &bytes.Buffer{}}
		if prepare != nil {
			prepare(g.memory)
		}
		g.flusher = flush.New(g.Ledger, g.memory, every, slog.New(slog.NewTextHandler(g.log, nil)))
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- g.flusher.Run(ctx) }()
		g.stop = sync.OnceValue(func() error { cancel(); return <-done })
		synctest.Wait()
		f(t, g)
		if err := g.stop(); err != nil && !t.Failed() {
			t.Errorf("Run = %v", err)
		}
	})
}

func (g *game) requireSaved(t *testing.T, name string, clicks, total uint64) {
	t.Helper()
	if c, tot := g.count(name); c != clicks || tot != total {
		t.Errorf("the store has %d of %d, want %d of %d", c, tot, clicks, total)
	}
}

func TestCountsAreSavedEveryThirtySeconds(t *testing.T) {
	play(t, 30*time.Second, nil, func(t *testing.T, g *game) {
		seat := g.Join("alice")
		for range 3 {
			seat.Click()
		}
		time.Sleep(29 * time.Second)
		g.requireSaved(t, "alice", 0, 0)
		time.Sleep(time.Second + time.Millisecond)
		g.requireSaved(t, "alice", 3, 3)
		seat.Click()
		time.Sleep(30 * time.Second)
		g.requireSaved(t, "alice", 4, 4)
		if n := g.attempts(); n != 2 {
			t.Errorf("%d saves in a minute, want 2", n)
		}
	})
}

func TestOnlyPlayersThatChangedAreSaved(t *testing.T) {
	prepare := func(m *memory) { m.rows["bob"], m.rows["carol"], m.total = 5, 6, 20 }
	play(t, time.Second, prepare, func(t *testing.T, g *game) {
		time.Sleep(10 * time.Second)
		if n := g.attempts(); n != 0 {
			t.Fatalf("%d saves although nothing changed", n)
		}
		g.Join("bob").Click()
		time.Sleep(2 * time.Second)
		synctest.Wait()
		want := store.Batch{Players: []store.Player{{Name: "bob", Clicks: 6}}, Total: 21}
		if len(g.batches) != 1 || fmt.Sprint(g.batches[0]) != fmt.Sprint(want) {
			t.Errorf("saved %v, want once %v", g.batches, want)
		}
	})
}

func TestAFailedFlushKeepsEverythingAndIsTriedMoreAndMoreSeldom(t *testing.T) {
	play(t, 30*time.Second, nil, func(t *testing.T, g *game) {
		seat := g.Join("alice")
		seat.Click()
		g.set(func() { g.fail = errDown })
		time.Sleep(10 * time.Minute)
		seat.Click()
		synctest.Wait()
		if s := g.Latest(); !s.StoreDown || s.Unsaved != 2 {
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
		if n := strings.Count(g.log.String(), "saving the counts failed"); n != 1 {
			t.Errorf("%d log lines for one outage, want 1:\n%s", n, g.log)
		}
		g.set(func() { g.fail = nil })
		time.Sleep(time.Minute)
		g.requireSaved(t, "alice", 2, 2)
		synctest.Wait()
		if g.Latest().StoreDown || !strings.Contains(g.log.String(), "the database is back") {
			t.Errorf("nobody was told that the database is back:\n%s", g.log)
		}
	})
}

func TestASaveThatOnlySeemedToFailCountsOnce(t *testing.T) {
	play(t, time.Second, nil, func(t *testing.T, g *game) {
		seat := g.Join("alice")
		seat.Click()
		g.set(func() { g.fail, g.lost = errDown, true })
		time.Sleep(1500 * time.Millisecond)
		seat.Click()
		g.set(func() { g.fail = nil })
		time.Sleep(time.Minute)
		g.requireSaved(t, "alice", 2, 2)
	})
}

func TestAStoreThatHangsIsSeenAsDown(t *testing.T) {
	play(t, time.Second, func(m *memory) { m.hang = true }, func(t *testing.T, g *game) {
		g.Join("alice").Click()
		time.Sleep(32 * time.Second)
		if !g.Latest().StoreDown {
			t.Error("the store hangs and nobody is told")
		}
	})
}

func TestNothingIsWrittenBeforeTheStoreWasRead(t *testing.T) {
	prepare := func(m *memory) { m.fail, m.rows["alice"], m.total = errDown, 41, 100 }
	play(t, time.Second, prepare, func(t *testing.T, g *game) {
		time.Sleep(5 * time.Minute)
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
		time.Sleep(2 * time.Second)
		g.requireSaved(t, "alice", 42, 101)
	})
}

func TestADatabaseThatTryingAgainDoesNotMendEndsRun(t *testing.T) {
	for _, reason := range []error{store.ErrRefused, store.ErrUnfit} {
		synctest.Test(t, func(t *testing.T) {
			m := newMemory()
			m.fail = fmt.Errorf("migrate: %w", reason)
			err := flush.New(ledger.New(), m, time.Second, slog.New(slog.DiscardHandler)).Run(t.Context())
			if !errors.Is(err, reason) {
				t.Errorf("Run = %v, want %v", err, reason)
			}
		})
	}
}

func TestTheFinalFlushSavesTheRest(t *testing.T) {
	play(t, 30*time.Second, nil, func(t *testing.T, g *game) {
		g.Join("alice").Click()
		if err := g.stop(); err != nil {
			t.Fatal(err)
		}
		g.requireSaved(t, "alice", 0, 0)
		if err := g.flusher.Final(t.Context()); err != nil {
			t.Fatal(err)
		}
		g.requireSaved(t, "alice", 1, 1)
	})
}

func TestTheFinalFlushGivesUpWithItsContextAndSaysWhatIsLost(t *testing.T) {
	play(t, 30*time.Second, nil, func(t *testing.T, g *game) {
		g.Join("alice").Click()
		g.set(func() { g.fail = errDown })
		if err := g.stop(); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		err := g.flusher.Final(ctx)
		if err == nil || !strings.Contains(err.Error(), "1 clicks are not saved") || !errors.Is(err, errDown) {
			t.Errorf("Final = %v", err)
		}
		if took := time.Since(start); took != 10*time.Second || g.attempts() < 3 {
			t.Errorf("gave up after %v and %d tries, want 10s and several", took, g.attempts())
		}
	})
}

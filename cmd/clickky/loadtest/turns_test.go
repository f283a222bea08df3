package loadtest

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"clickky/sync/game"
	"clickky/sync/ledger"
)

// serveTogether runs servers of one game, of which each learns of what happens on
// any only so long after it was written down.
func serveTogether(t *testing.T, servers int, late time.Duration) []Target {
	t.Helper()
	games := make([]*ledger.Ledger, servers)
	for i := range games {
		games[i] = ledger.New()
		if err := games[i].Load(game.Contents{Total: 1000}); err != nil {
			t.Fatal(err)
		}
		games[i].Open()
	}
	ctx, cancel := context.WithCancel(context.Background())
	var writing sync.WaitGroup
	writing.Go(func() { writeDown(ctx, games, late) })
	t.Cleanup(func() {
		cancel()
		writing.Wait()
	})
	var addrs []string
	for _, l := range games {
		addrs = append(addrs, serveGame(t, l, nil))
	}
	return on(addrs...)
}

// writeDown is a journal of what happens in some ledgers.
func writeDown(ctx context.Context, games []*ledger.Ledger, late time.Duration) {
	type event struct {
		game.Event
		of int
		at time.Time
	}
	var waiting []event
	position := uint64(0)
	for sleep(ctx, 10*time.Millisecond) {
		now := time.Now()
		for i, l := range games {
			if entry := l.Drain(100, 100); !entry.Empty() {
				entry.At = time.Now() // not before the last click of it
				waiting = append(waiting, event{entry, i, entry.At})
			}
		}
		for len(waiting) > 0 && now.Sub(waiting[0].at) >= late {
			position++
			for i, l := range games {
				l.Apply(position, waiting[0].Event, i == waiting[0].of)
			}
			waiting = waiting[1:]
		}
	}
}

// TestTurnsMeasureLatencyBetweenServers measures how late screens on other servers are,
// although clicks there raise the same count.
func TestTurnsMeasureLatencyBetweenServers(t *testing.T) {
	t.Parallel()
	const late = 400 * time.Millisecond
	targets := serveTogether(t, 3, late)
	turns := false
	r, err := Run(t.Context(), Config{
		Targets: targets, Players: 10, Clickers: 5, Rate: 10, For: 2 * time.Second,
		Progress: func(p Progress) { turns = turns || p.InTurns },
	})
	if err != nil {
		t.Fatal(err)
	}
	if r.Connected != 10 || r.Lost != 0 || len(r.Servers) != 3 || !turns {
		t.Errorf("turns %v, %+v", turns, r)
	}
	if !r.OwnScreen.saw(r.Presses, 1) || r.OwnScreen.P50 >= 400 || r.OtherScreens.Unseen > 0 || r.OtherScreens.P50 >= 400 {
		t.Errorf("own screen %+v, other screens %+v", r.OwnScreen, r.OtherScreens)
	}
	for what, l := range map[string]*Latency{"other servers": r.OtherServers, "catching up": r.CatchingUp} {
		if l == nil || l.Samples < 5 || l.Unseen > 0 || l.P50 < 400 || l.Max > 5000 {
			t.Errorf("%s: %+v", what, l)
		}
	}
	frames := uint64(0)
	for i, s := range r.Servers {
		if s.Target != targets[i].Addr || s.Connected < 3 || s.Clicking.Players+s.Watching.Players != s.Connected || s.LoginsPerSecond <= 0 {
			t.Errorf("server %d: %+v", i, s)
		}
		frames += s.Watching.Frames + s.Clicking.Frames
	}
	if frames == 0 || frames != r.Frames() {
		t.Errorf("%d frames from all servers, %d in all", frames, r.Frames())
	}
	var b strings.Builder
	if err := r.Print(&b); err != nil || !strings.Contains(b.String(), "other servers") || !strings.Contains(b.String(), targets[2].Addr) {
		t.Errorf("%v: %s", err, b.String())
	}
}

// TestTurnsAreNeededBetweenServers holds that a count alone proves nothing: clicks on other
// servers raise it too. So presses are measured on other servers in turns only.
func TestTurnsAreNeededBetweenServers(t *testing.T) {
	e := newLatencies()
	defer e.close()
	here, there := e.newSampledScreen(0), e.newSampledScreen(1)
	now := time.Now()
	here.see(screenOf(5, 100), now, true)
	there.see(screenOf(5, 100), now, true)
	e.begin(now)
	e.press(here, 0)
	here.see(screenOf(6, 101), now.Add(time.Second), true)
	there.see(screenOf(6, 101), now.Add(time.Second), true) // by a click of its own
	var r Report
	e.conclude(&r)
	if r.OwnScreen.Samples != 1 || r.OtherScreens != nil || r.OtherServers != nil {
		t.Errorf("%+v, %+v, %+v", r.OwnScreen, r.OtherScreens, r.OtherServers)
	}
}

// TestTurnsDetectDifferentGames has servers whose screens never agree.
func TestTurnsDetectDifferentGames(t *testing.T) {
	t.Parallel()
	r, err := Run(t.Context(), Config{
		Targets: on(serve(t, nil), serve(t, nil)), Players: 3, Clickers: 1, Rate: 20, For: time.Second,
	})
	var b strings.Builder
	if err != nil || r.Print(&b) != nil || r.OtherServers != nil || r.CatchingUp != nil || !strings.Contains(b.String(), "check that they share one game") {
		t.Errorf("%v: %+v\n%s", err, r, b.String())
	}
}

// TestTurnsAllowOnePresser also holds that every press is measured.
func TestTurnsAllowOnePresser(t *testing.T) {
	e := newLatencies()
	defer e.close()
	seen, blind := e.newSampledScreen(0), e.newSampledScreen(0)
	seen.see(screenOf(0, 100), time.Now(), true)
	for _, c := range []struct {
		turns  bool
		turn   turn
		y      *sampledScreen
		server int
		may    bool
	}{
		{false, everybody, nil, 0, true},
		{false, nobody, nil, 0, false},
		{true, everybody, seen, 0, true},
		{true, everybody, blind, 0, false},
		{true, everybody, nil, 0, false},
		{true, 0, seen, 0, true},
		{true, 1, seen, 0, false},
		{true, nobody, seen, 0, false},
	} {
		e.inTurns = c.turns
		e.letPress(c.turn)
		if may := e.press(c.y, c.server); may != c.may {
			t.Errorf("%+v: %v", c, may)
		}
	}
}

// TestTurnsAwaitAllClicks has two servers whose screens show the same count, each without
// clicks of the other one.
func TestTurnsAwaitAllClicks(t *testing.T) {
	e := newLatencies()
	defer e.close()
	here, there := e.newSampledScreen(0), e.newSampledScreen(1)
	past := time.Now().Add(-2 * restFor)
	show := func(y *sampledScreen, own, total int) { y.see(screenOf(own, total), past, true) }
	show(here, 5, 100)
	show(there, 7, 100)
	if !e.atRest() || !e.complete() {
		t.Error("what nobody plays is not at rest")
	}
	e.beginTurns(past)
	e.press(here, 0)
	e.press(there, 1)
	show(here, 6, 101)
	show(there, 8, 101)
	if e.complete() {
		t.Error("two clicks are complete where one is shown")
	}
	show(here, 6, 102)
	show(there, 8, 102)
	if !e.complete() {
		t.Error("two clicks that are shown are not complete")
	}
	show(there, 8, 103)
	if e.complete() || e.atRest() {
		t.Error("somebody else's click is nobody's")
	}
}

// Package loadtest plays a Clickky server with a swarm of players over SSH, and
// reports what the server gave to each of them and what that cost it.
//
// It guarantees:
//
//   - Every figure is about one window of time, which begins when all players
//     are in and the clickers have played for Config.Settle, and ends when
//     Config.For is over or the context ends, whichever is first.
//   - A frame is one synchronized update that has reached a player in full; a
//     byte is one of the terminal's, without SSH's own.
//   - A latency begins before a press is written and ends when bytes have come
//     in after which a terminal emulator shows the change, so that it includes
//     what this process adds. "Own screen" is the player's own count on the
//     player's own screen. "Other screens" is for each press and each other
//     sampled screen the time until it shows a global count that is not below
//     the one that the own screen showed with the press: never too short, and
//     too long by at most what others clicked in between.
//   - Presses come at random intervals, half to one and a half times the mean,
//     so that they do not march in step with the server's frames.
//   - No player's name, key or order depends on chance, so that a server knows
//     them again.
//   - Nothing of a swarm is left when Run has returned.
//
// It knows the screen of the game at 80×24 only by its two counts in plain
// digits; a server that shows none gets no latencies.
package loadtest

import (
	"context"
	"fmt"
	"time"
)

const (
	// sampled is how many clickers, and how many watchers, have a terminal
	// emulator.
	sampled = 50
	// unseenAfter is when a press counts as never seen; in a run that was
	// interrupted, impatience is.
	unseenAfter = 5 * time.Second
	impatience  = time.Second
	// lookEvery is how often it is looked whether the last ones were.
	lookEvery = 20 * time.Millisecond
	// sparesFiles are descriptors for everything but players.
	sparesFiles = 64
)

// Config says who plays, where, and for how long. Addr and Players are
// required.
type Config struct {
	// Addr is the server's address with its port. On loopback the players come
	// from several source addresses where the system has them.
	Addr string
	// Players is how many connect; the first Clickers of them press space, Rate
	// times a second each, and the others watch.
	Players, Clickers int
	Rate              float64
	// Settle is how long they play before it counts, and For for how long it
	// does.
	Settle, For time.Duration
	// PID is the server's process; 0 if it is not visible.
	PID int
	// Progress, if not nil, is called about once a second.
	Progress func(Progress)
}

// Progress is how far a run has come.
type Progress struct {
	Connected, Players int
	LoginsPerSecond    float64
	Refused            int
	Elapsed, For       time.Duration // both 0 until it counts
	FramesPerSecond    float64       // to all players, since the last call
	OwnScreen          *Latency      // so far
}

// Run plays, and reports how it was. When ctx ends it reports what there is by
// then. It fails when nobody could get in at all.
func Run(ctx context.Context, cfg Config) (Report, error) {
	if err := raiseFileLimit(uint64(cfg.Players + sparesFiles)); err != nil { //nolint:gosec // positive
		return Report{}, err
	}
	s := newSwarm(cfg)
	defer s.close()
	report := Report{
		Target: cfg.Addr, Players: cfg.Players, Clickers: min(cfg.Clickers, cfg.Players), Rate: cfg.Rate,
	}
	empty, visible := processUse(cfg.PID)
	s.connect(ctx)
	s.describeLogins(&report)
	if report.Connected == 0 && ctx.Err() == nil {
		return report, fmt.Errorf("nobody could log in to %s: %s", cfg.Addr, report.Reason)
	}
	full, _ := processUse(cfg.PID)
	if visible {
		report.Server = &ServerUse{PID: cfg.PID, EmptyRSS: empty.rss, RSS: full.rss}
		report.Server.describeLogins(full.cpu-empty.cpu, report.Connected)
	}
	s.play(ctx, &report)
	report.Interrupted = ctx.Err() != nil
	return report, nil
}

// play lets the clickers click and measures.
func (s *swarm) play(ctx context.Context, report *Report) {
	playing, stop := context.WithCancel(ctx)
	defer stop()
	s.startClickers(playing)
	if !sleep(ctx, s.cfg.Settle) {
		return
	}
	before := s.take()
	s.evidence.begin(before.at)
	s.wait(ctx, before)
	after := s.take()
	s.evidence.end(after.at)
	report.describe(before, after)
	stop()
	s.awaitLast(ctx)
	report.Presses, report.OwnScreen, report.OtherScreens = s.evidence.conclude()
}

// awaitLast gives the last presses the time to be seen that all others had.
func (s *swarm) awaitLast(ctx context.Context) {
	patience := unseenAfter
	if ctx.Err() != nil {
		patience = impatience
	}
	for end := time.Now().Add(patience); s.evidence.awaited() && time.Now().Before(end); {
		time.Sleep(lookEvery)
	}
}

// wait returns when the time is over, and tells of the progress until then.
func (s *swarm) wait(ctx context.Context, begin sample) {
	over := time.NewTimer(s.cfg.For)
	defer over.Stop()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	last := begin
	for {
		select {
		case <-ctx.Done():
			return
		case <-over.C:
			return
		case <-tick.C:
		}
		s.evidence.settle(time.Now().Add(-unseenAfter))
		if s.cfg.Progress == nil {
			continue
		}
		now := s.take()
		p := s.progress()
		p.Elapsed, p.For = now.at.Sub(begin.at), s.cfg.For
		p.FramesPerSecond = float64(now.frames()-last.frames()) / now.at.Sub(last.at).Seconds()
		p.OwnScreen = s.evidence.own.latency()
		s.cfg.Progress(p)
		last = now
	}
}

// sleep reports whether the time passed before the context ended.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

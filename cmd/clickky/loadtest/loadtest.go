// Package loadtest plays one game on one or several Clickky servers with many players over SSH, and
// reports what each player received and what it cost the servers.
//
// All figures are about one window, which begins when all players are connected and the clickers
// have played for Config.Settle, and lasts Config.For. A latency begins before a press is written
// and ends when a terminal emulator shows it, so it includes the delay of this process. Presses
// come at random intervals, half to one and a half times the mean. Names, keys and order of players
// are the same in every run. Nothing is left when Run has returned.
package loadtest

import (
	"context"
	"fmt"
	"strings"
	"time"
)

const (
	// sampled is how many clickers, and how many watchers, get a terminal emulator.
	sampled = 50
	// A press counts as unseen after unseenAfter; in an interrupted run, after impatience.
	unseenAfter = 5 * time.Second
	impatience  = time.Second
	// lookEvery is how often a run checks whether the last presses were seen.
	lookEvery = 20 * time.Millisecond
	// sparesFiles is the number of descriptors needed besides those of players.
	sparesFiles = 64
)

// Target is a server to test.
type Target struct {
	// Addr is HOST:PORT. On loopback, players connect from several source addresses if the system
	// has them.
	Addr string
	// PID is the server's process; 0 if it isn't visible.
	PID int
}

// Config configures a run. Targets and Players are required.
type Config struct {
	// Targets are the servers of one game. Players and clickers are spread evenly over them.
	Targets []Target
	// Players is how many connect. The first Clickers of them press space Rate times a second each;
	// the others watch.
	Players, Clickers int
	Rate              float64
	// Chaff makes each clicker also send a small packet every 20 ms, which the server answers, as
	// OpenSSH 9.5 and newer do while somebody types.
	Chaff bool
	// Settle is how long clickers play before the window, For the length of the window. With
	// several targets, a second window as long as the first follows, in which the servers take
	// turns.
	Settle, For time.Duration
	// Progress, if not nil, is called about once a second.
	Progress func(Progress)
}

// Progress is how far a run is.
type Progress struct {
	Connected, Players int
	LoginsPerSecond    float64
	Refused            int
	Elapsed, For       time.Duration // both 0 until it counts
	InTurns            bool          // it is the second window of several servers
	FramesPerSecond    float64       // to all players, since the last call
	OwnScreen          *Latency      // so far
}

// Run plays and reports. If ctx ends early, the report covers the time until then. Run fails if no
// player could connect.
func Run(ctx context.Context, cfg Config) (Report, error) {
	if err := raiseFileLimit(uint64(cfg.Players + sparesFiles)); err != nil {
		return Report{}, err
	}
	s := newSwarm(cfg)
	defer s.close()
	report := Report{
		Target: cfg.addresses(), Players: cfg.Players, Clickers: min(cfg.Clickers, cfg.Players), Rate: cfg.Rate,
	}
	empty := s.take()
	s.connect(ctx)
	s.describeLogins(&report)
	if report.Connected == 0 && ctx.Err() == nil {
		return report, fmt.Errorf("no player could log in to %s: %s", report.Target, report.Reason)
	}
	report.describeLogins(empty, s.take(), cfg.Targets)
	s.play(ctx, &report)
	report.Interrupted = ctx.Err() != nil
	return report, nil
}

// addresses returns the addresses of all targets.
func (c *Config) addresses() string {
	var all []string
	for _, t := range c.Targets {
		all = append(all, t.Addr)
	}
	return strings.Join(all, ", ")
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
	s.latencies.begin(before.at)
	s.wait(ctx, before)
	after := s.take()
	s.latencies.end(after.at)
	report.describe(before, after)
	s.latencies.letPress(nobody)
	s.awaitLast(ctx)
	if s.latencies.settle(time.Now()); len(s.cfg.Targets) > 1 {
		s.takeTurns(ctx)
	}
	stop()
	s.latencies.conclude(report)
}

// awaitLast gives the last presses as much time to be seen as all others had.
func (s *swarm) awaitLast(ctx context.Context) {
	patience := unseenAfter
	if ctx.Err() != nil {
		patience = impatience
	}
	for end := time.Now().Add(patience); s.latencies.awaited() && time.Now().Before(end); {
		time.Sleep(lookEvery)
	}
}

// wait waits for the end of the window and reports progress.
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
		s.latencies.settle(time.Now().Add(-unseenAfter))
		if s.cfg.Progress == nil {
			continue
		}
		now := s.take()
		p := s.progress()
		p.Elapsed, p.For = now.at.Sub(begin.at), s.cfg.For
		p.FramesPerSecond = float64(now.all().frames()-last.all().frames()) / now.at.Sub(last.at).Seconds()
		p.OwnScreen = s.latencies.own.latency()
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

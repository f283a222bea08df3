// Package loadtest plays a Clickky server, or several that play one game, with a
// swarm of players over SSH, and reports what the servers gave to each of them and
// what that cost them.
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
//     too long by at most what others clicked in between. It is of screens on the
//     server where it was pressed.
//   - "Other servers" is the same for screens on the others. There a count that is
//     high enough may be so by clicks of another server, which do not come in the
//     same order everywhere. So it has a window of its own, as long as the first, in
//     which the clickers of one server at a time press, those of them whose screens
//     are sampled, and those of the next begin when every screen has shown
//     everything. It is as exact as on one server, and left out if others click too.
//     What it is when all servers click at the same time "catching up" tells: from
//     the last press, when all stop at once, until a screen on another server shows
//     all of them. That is never too short for the last press either, and too long
//     where a press before it took longer.
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
	"strings"
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

// Target is a server to play.
type Target struct {
	// Addr is its address with the port. On loopback the players come from
	// several source addresses where the system has them.
	Addr string
	// PID is its process; 0 if that is not visible.
	PID int
}

// Config says who plays, where, and for how long. Targets and Players are
// required.
type Config struct {
	// Targets are the servers of one game. Players, and those of them who click, are
	// spread evenly over them.
	Targets []Target
	// Players is how many connect; the first Clickers of them press space, Rate
	// times a second each, and the others watch.
	Players, Clickers int
	Rate              float64
	// Chaff has the clickers also send a small packet every 20 ms, each of which the
	// server answers, as OpenSSH 9.5 and newer do while somebody types.
	Chaff bool
	// Settle is how long they play before it counts, and For for how long it
	// does; with several targets as long again, in turns.
	Settle, For time.Duration
	// Progress, if not nil, is called about once a second.
	Progress func(Progress)
}

// Progress is how far a run has come.
type Progress struct {
	Connected, Players int
	LoginsPerSecond    float64
	Refused            int
	Elapsed, For       time.Duration // both 0 until it counts
	InTurns            bool          // it is the second window of several servers
	FramesPerSecond    float64       // to all players, since the last call
	OwnScreen          *Latency      // so far
}

// Run plays, and reports how it was. When ctx ends it reports what there is by
// then. It fails when nobody could get in at all.
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

// addresses are those of all targets.
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
	s.evidence.begin(before.at)
	s.wait(ctx, before)
	after := s.take()
	s.evidence.end(after.at)
	report.describe(before, after)
	s.evidence.letPress(nobody)
	s.awaitLast(ctx)
	if s.evidence.settle(time.Now()); len(s.cfg.Targets) > 1 {
		s.takeTurns(ctx)
	}
	stop()
	s.evidence.conclude(report)
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
		p.FramesPerSecond = float64(now.all().frames()-last.all().frames()) / now.at.Sub(last.at).Seconds()
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

package loadtest

import (
	"context"
	"sort"
	"time"
)

// turn is whose clickers may press: those of the target with that number, everybody, or nobody.
type turn int

const (
	everybody turn = -1
	nobody    turn = -2
)

const (
	// longestTurn is the longest duration of a turn.
	longestTurn = 2 * time.Second
	// restFor is how long screens must not change before the first turn. If clicks are still on
	// their way, complete stays false; it never becomes true too early.
	restFor = time.Second
)

// takeTurns lets the clickers of one server after the other press, then those of all servers,
// repeatedly for Config.For in all. The next turn begins when every screen shows every press. It
// stops early if screens show clicks that nobody of the swarm made.
//
// While the clickers of one server press, latencies on other servers are as exact as on the same
// one. When all servers' clickers press, counts can't be attributed to a press; what is measured
// then is catching up: the time from the last press, when all stop, until a screen on another
// server shows all presses.
func (s *swarm) takeTurns(ctx context.Context) {
	if !s.await(ctx, s.latencies.atRest) {
		return
	}
	s.latencies.beginTurns(time.Now())
	each := len(s.cfg.Targets) + 1
	rounds := int((s.cfg.For-1)/(time.Duration(each)*longestTurn)) + 1
	length := s.cfg.For / time.Duration(rounds*each)
	for i := 0; i < rounds*each && ctx.Err() == nil; i++ {
		if s.cfg.Progress != nil {
			p := s.progress()
			p.Elapsed, p.For, p.InTurns = time.Duration(i)*length, s.cfg.For, true
			s.cfg.Progress(p)
		}
		who := turn(i % each)
		if i%each == each-1 {
			who = everybody
		}
		if !s.takeTurn(ctx, who, length) && !s.await(ctx, s.latencies.atRest) {
			return
		}
	}
}

// takeTurn lets clickers press for a while, and reports whether every screen then showed every
// press.
func (s *swarm) takeTurn(ctx context.Context, who turn, length time.Duration) bool {
	s.latencies.letPress(who)
	sleep(ctx, length)
	s.latencies.letPress(nobody)
	complete := s.await(ctx, s.latencies.complete)
	if who == everybody {
		s.latencies.catchUp(complete)
	}
	s.latencies.settle(time.Now())
	return complete
}

// await reports whether a condition becomes true within the time that a press has.
func (s *swarm) await(ctx context.Context, is func() bool) bool {
	for end := time.Now().Add(unseenAfter); time.Now().Before(end); {
		if is() {
			return true
		}
		if !sleep(ctx, lookEvery) {
			return false
		}
	}
	return is()
}

// letPress sets whose clickers may press from now on.
func (e *latencies) letPress(who turn) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.turn = who
}

// mayPress reports whether a clicker of a server may press. While servers take turns, only clickers
// whose screens are read may press. The caller holds e.mu.
func (e *latencies) mayPress(y *sampledScreen, server int) bool {
	if e.inTurns && (y == nil || !y.known) {
		return false
	}
	return e.turn == everybody || e.turn == turn(server)
}

// beginTurns starts the window for latencies on other servers.
func (e *latencies) beginTurns(at time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, y := range e.screens {
		e.giveUp(y)
	}
	e.probes, e.inTurns, e.from, e.to = nil, true, at, time.Time{}
}

// atRest reports whether all screens have shown the same for a while. If so, it remembers the
// difference between the global count and all own counts.
func (e *latencies) atRest() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	var one *sampledScreen
	own := uint64(0)
	for _, y := range e.screens {
		own += y.own
		switch {
		case !y.known:
		case len(y.pending) > 0 || one != nil && y.total != one.total:
			return false
		default:
			one = y
		}
	}
	if one == nil || time.Since(e.moved) < restFor {
		return false
	}
	e.unwatched = one.total - own
	return true
}

// complete reports whether every screen shows every press. It is not enough that all show the same
// count, because each server may lack as many clicks of the others.
func (e *latencies) complete() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	all := e.unwatched
	for _, y := range e.screens {
		all += y.own
	}
	for _, y := range e.screens {
		if y.known && (len(y.pending) > 0 || y.total != all) {
			return false
		}
	}
	return true
}

// catchUp notes how long the screens of other servers took to show everything after the last press,
// if they do now.
func (e *latencies) catchUp(complete bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.probes = nil // no screen elsewhere can tell these presses from others
	if e.last.at.Before(e.from) {
		return
	}
	for _, y := range e.screens {
		if !y.known || y.server == e.lastOn {
			continue
		}
		if !complete {
			e.catchesUp.miss()
			continue
		}
		i := sort.Search(len(y.seen), func(i int) bool { return y.seen[i].total >= y.total })
		if i < len(y.seen) {
			e.catchesUp.add(y.seen[i].at.Sub(e.last.at))
		}
	}
}

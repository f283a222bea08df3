package loadtest

import (
	"context"
	"sort"
	"time"
)

// turn says who may press: the clickers of the target with that number, or
// everybody or nobody.
type turn int

const (
	everybody turn = -1
	nobody    turn = -2
)

const (
	// longestTurn is how long one turn may take.
	longestTurn = 2 * time.Second
	// restFor is how long the screens do not move before the first turn. If clicks are
	// under way even then, complete never becomes true, and is not true too early.
	restFor = time.Second
)

// takeTurns has the clickers of one server after the other press, and then those of
// all, again and again for Config.For in all. The next turn begins when every screen
// has shown everything. There are as many turns of each. It ends early when screens
// show what nobody of the swarm has clicked.
func (s *swarm) takeTurns(ctx context.Context) {
	if !s.await(ctx, s.evidence.atRest) {
		return
	}
	s.evidence.beginTurns(time.Now())
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
		if !s.takeTurn(ctx, who, length) && !s.await(ctx, s.evidence.atRest) {
			return
		}
	}
}

// takeTurn reports whether everything was seen everywhere in the end.
func (s *swarm) takeTurn(ctx context.Context, who turn, length time.Duration) bool {
	s.evidence.letPress(who)
	sleep(ctx, length)
	s.evidence.letPress(nobody)
	complete := s.await(ctx, s.evidence.complete)
	if who == everybody {
		s.evidence.catchUp(complete)
	}
	s.evidence.settle(time.Now())
	return complete
}

// await reports whether something comes true within the time that a press has.
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

// letPress says who may press from now on.
func (e *evidence) letPress(who turn) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.turn = who
}

// mayPress reports whether a clicker of a server may. In turns only those may whose
// screens tell when the press has arrived. e.mu is held.
func (e *evidence) mayPress(y *eye, server int) bool {
	if e.inTurns && (y == nil || !y.known) {
		return false
	}
	return e.turn == everybody || e.turn == turn(server)
}

// beginTurns says that presses count for other servers from now on.
func (e *evidence) beginTurns(at time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, y := range e.eyes {
		e.giveUp(y)
	}
	e.probes, e.inTurns, e.from, e.to = nil, true, at, time.Time{}
}

// atRest reports whether all screens have shown the same for a while. If so, it knows
// from then on what complete ones show.
func (e *evidence) atRest() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	var one *eye
	own := uint64(0)
	for _, y := range e.eyes {
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

// complete reports whether every screen shows everything that was pressed. That all
// show the same is not enough: each server may lack as many clicks of the others.
func (e *evidence) complete() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	all := e.unwatched
	for _, y := range e.eyes {
		all += y.own
	}
	for _, y := range e.eyes {
		if y.known && (len(y.pending) > 0 || y.total != all) {
			return false
		}
	}
	return true
}

// catchUp notes how long the screens of other servers took to show everything after
// the last press, if they do by now.
func (e *evidence) catchUp(complete bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.probes = nil // no screen elsewhere can tell these presses from others
	if e.last.at.Before(e.from) {
		return
	}
	for _, y := range e.eyes {
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

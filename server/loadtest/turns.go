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

// longestTurn is how long one turn may take.
const longestTurn = 2 * time.Second

// takeTurns has the clickers of one server after the other press, and then those of
// all, again and again for Config.For in all. The next turn begins when every screen
// has shown everything. There are as many turns of each.
func (s *swarm) takeTurns(ctx context.Context) {
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
		s.evidence.letPress(who)
		sleep(ctx, length)
		s.evidence.letPress(nobody)
		agreed := s.awaitAgreement(ctx)
		if who == everybody {
			s.evidence.catchUp(agreed)
		}
		s.evidence.settle(time.Now())
	}
}

// awaitAgreement reports whether all screens have come to show the same, and every
// press, within the time that a press has.
func (s *swarm) awaitAgreement(ctx context.Context) bool {
	for end := time.Now().Add(unseenAfter); time.Now().Before(end); {
		if s.evidence.agreed() {
			return true
		}
		if !sleep(ctx, lookEvery) {
			return false
		}
	}
	return s.evidence.agreed()
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

// agreed reports whether every screen shows the same count, and every press is on
// its own screen.
func (e *evidence) agreed() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	var one *eye
	for _, y := range e.eyes {
		switch {
		case !y.known:
		case len(y.pending) > 0 || one != nil && y.total != one.total:
			return false
		default:
			one = y
		}
	}
	return one != nil
}

// catchUp notes how long the screens of other servers took to show everything after
// the last press, if they agree by now.
func (e *evidence) catchUp(agreed bool) {
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
		if !agreed {
			e.catchesUp.miss()
			continue
		}
		i := sort.Search(len(y.seen), func(i int) bool { return y.seen[i].total >= y.total })
		if i < len(y.seen) {
			e.catchesUp.add(y.seen[i].at.Sub(e.last.at))
		}
	}
}

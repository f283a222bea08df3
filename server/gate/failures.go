package gate

import (
	"container/list"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// maxOrigins is how many origins with failed logins are remembered.
const maxOrigins = 10_000

// failures remembers which origins have failed to log in lately. It forgets
// the one that was seen longest ago when there are too many.
type failures struct {
	burst    int
	every    time.Duration
	maxDelay time.Duration

	mu      sync.Mutex
	origins map[netip.Prefix]*list.Element
	recent  *list.List // of *failer; the last seen first
}

// failer is an origin that has failed. Each failure takes a token of it; it
// may owe some.
type failer struct {
	origin netip.Prefix
	tokens *rate.Limiter
}

func newFailures(c DoorConfig) *failures {
	return &failures{
		burst: c.FailureBurst, every: c.FailureEvery, maxDelay: c.MaxDelay,
		origins: make(map[netip.Prefix]*list.Element), recent: list.New(),
	}
}

// add counts a failure. The debt is bounded, so that nobody is slowed for
// longer than it takes to pay back one wait.
func (f *failures) add(origin netip.Prefix, now time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	who := f.see(origin)
	if who == nil {
		who = &failer{origin, rate.NewLimiter(rate.Every(f.every), f.burst)}
		f.origins[origin] = f.recent.PushFront(who)
		f.forget()
	}
	if f.owed(who, now) < f.maxDelay {
		who.tokens.ReserveN(now, 1)
	}
}

// delay is how long the origin has to wait now.
func (f *failures) delay(origin netip.Prefix, now time.Time) time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	who := f.see(origin)
	if who == nil {
		return 0
	}
	return min(f.owed(who, now), f.maxDelay)
}

// owed is how long it takes until the origin owes nothing.
func (f *failures) owed(who *failer, now time.Time) time.Duration {
	return time.Duration(max(0, -who.tokens.TokensAt(now)) * float64(f.every))
}

// see returns what is known of an origin, nil for nothing.
func (f *failures) see(origin netip.Prefix) *failer {
	e := f.origins[origin]
	if e == nil {
		return nil
	}
	f.recent.MoveToFront(e)
	who, _ := e.Value.(*failer)
	return who
}

func (f *failures) forget() {
	for f.recent.Len() > maxOrigins {
		who, _ := f.recent.Remove(f.recent.Back()).(*failer)
		delete(f.origins, who.origin)
	}
}

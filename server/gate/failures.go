package gate

import (
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// maxOrigins is how many origins with failed logins are remembered.
const maxOrigins = 10_000

// failures remembers which origins have failed to log in lately. It forgets
// the one that was seen longest ago when there are too many. Each failure takes a
// token of its origin, which may owe some.
type failures struct {
	burst    int
	every    time.Duration
	maxDelay time.Duration

	mu      sync.Mutex
	origins recent[netip.Prefix, *rate.Limiter]
}

func newFailures(c DoorConfig) *failures {
	return &failures{
		burst: c.FailureBurst, every: c.FailureEvery, maxDelay: c.MaxDelay,
		origins: newRecent[netip.Prefix, *rate.Limiter](maxOrigins),
	}
}

// add counts a failure. The debt is bounded, so that nobody is slowed for
// longer than it takes to pay back one wait.
func (f *failures) add(origin netip.Prefix, now time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	tokens := f.origins.get(origin)
	if tokens == nil {
		tokens = rate.NewLimiter(rate.Every(f.every), f.burst)
		f.origins.put(origin, tokens)
	}
	if f.owed(tokens, now) < f.maxDelay {
		tokens.ReserveN(now, 1)
	}
}

// delay is how long the origin has to wait now.
func (f *failures) delay(origin netip.Prefix, now time.Time) time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	tokens := f.origins.get(origin)
	if tokens == nil {
		return 0
	}
	return min(f.owed(tokens, now), f.maxDelay)
}

// owed is how long it takes until the origin owes nothing.
func (f *failures) owed(tokens *rate.Limiter, now time.Time) time.Duration {
	return time.Duration(max(0, -tokens.TokensAt(now)) * float64(f.every))
}

package admission

import (
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// maxPenalized is how many networks with penalties are remembered.
const maxPenalized = 10_000

// penalties slow down networks that make the server do something too often, such as
// checking failed logins. Each time takes a token from the network, which may owe some: its
// next connections wait until the debt is paid. If there are too many networks, the one
// seen longest ago is forgotten.
type penalties struct {
	burst    int
	every    time.Duration
	maxDelay time.Duration

	mu       sync.Mutex
	networks lru[netip.Prefix, *rate.Limiter]
}

func newPenalties(burst int, every, maxDelay time.Duration) *penalties {
	return &penalties{
		burst: burst, every: every, maxDelay: maxDelay,
		networks: newLRU[netip.Prefix, *rate.Limiter](maxPenalized),
	}
}

// add counts once for each of the networks. A debt is bounded, so that it is paid back
// within one wait.
func (d *penalties) add(networks []network, now time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, n := range networks {
		tokens := d.networks.get(n.prefix)
		if tokens == nil {
			tokens = rate.NewLimiter(rate.Every(d.every/time.Duration(n.times)), d.burst*n.times)
			d.networks.put(n.prefix, tokens)
		}
		if owed(tokens, now) < d.maxDelay {
			tokens.ReserveN(now, 1)
		}
	}
}

// delay is how long a connection from the networks has to wait now.
func (d *penalties) delay(networks []network, now time.Time) (longest time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, n := range networks {
		if tokens := d.networks.get(n.prefix); tokens != nil {
			longest = max(longest, min(owed(tokens, now), d.maxDelay))
		}
	}
	return longest
}

// owed is how long it takes until nothing is owed.
func owed(tokens *rate.Limiter, now time.Time) time.Duration {
	return time.Duration(max(0, -tokens.TokensAt(now)) / float64(tokens.Limit()) * float64(time.Second))
}

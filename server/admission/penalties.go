package admission

import (
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// maxPenalized is the maximum number of networks with penalties.
const maxPenalized = 10_000

// penalties delay networks that make the server do something too often, such as checking
// failed logins. Each time costs the network a token. Below zero, its connections wait until
// its tokens are back at zero. The least recently used of too many networks is forgotten.
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

// add takes a token from each of the networks, unless their delay is at its maximum.
func (p *penalties) add(networks []network, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, n := range networks {
		tokens := p.networks.get(n.prefix)
		if tokens == nil {
			tokens = rate.NewLimiter(rate.Every(p.every/time.Duration(n.factor)), p.burst*n.factor)
			p.networks.put(n.prefix, tokens)
		}
		if timeToZero(tokens, now) < p.maxDelay {
			tokens.ReserveN(now, 1)
		}
	}
}

// delay returns how long a connection from the networks has to wait now.
func (p *penalties) delay(networks []network, now time.Time) (longest time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, n := range networks {
		if tokens := p.networks.get(n.prefix); tokens != nil {
			longest = max(longest, min(timeToZero(tokens, now), p.maxDelay))
		}
	}
	return longest
}

// timeToZero returns how long it takes until a negative number of tokens is back at zero.
func timeToZero(tokens *rate.Limiter, now time.Time) time.Duration {
	return time.Duration(max(0, -tokens.TokensAt(now)) / float64(tokens.Limit()) * float64(time.Second))
}

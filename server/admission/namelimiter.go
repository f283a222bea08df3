package admission

import (
	"cmp"
	"net"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// maxCreators is the maximum number of remembered keys and networks.
const maxCreators = 20_000

// NameConfig has the limits of a NameLimiter. A field that is zero has its default.
type NameConfig struct {
	// KeyBurst (5) is how many new names one key may create at once, and KeyEvery (1 min)
	// after how long it may create one more.
	KeyBurst int
	KeyEvery time.Duration
	// AddressBurst (200) and AddressEvery (3 s) are the same for an IPv4 address or an
	// IPv6 /64. A /56 may create twice as many, and a /48 four times as many.
	AddressBurst int
	AddressEvery time.Duration
}

func (c NameConfig) withDefaults() NameConfig {
	c.KeyBurst = cmp.Or(c.KeyBurst, 5)
	c.KeyEvery = cmp.Or(c.KeyEvery, time.Minute)
	c.AddressBurst = cmp.Or(c.AddressBurst, 200)
	c.AddressEvery = cmp.Or(c.AddressEvery, 3*time.Second)
	return c
}

// NameLimiter limits how many new names one key and one address can create, because names stay
// for good. Its memory is bounded: it forgets the least recently used key or network.
type NameLimiter struct {
	config NameConfig

	mu       sync.Mutex
	creators lru[creator, *rate.Limiter]
}

// creator is a key or a network that has created a name.
type creator struct {
	key     string
	network netip.Prefix
}

// NewNameLimiter returns a limiter that has counted nothing. It raises the limits of an address to
// twice its maximum number of sessions at once, and a tenth of that a minute.
func NewNameLimiter(c NameConfig, sessionsPerAddress int) *NameLimiter {
	c = c.withDefaults()
	if burst := 2 * sessionsPerAddress; burst > c.AddressBurst {
		c.AddressBurst, c.AddressEvery = burst, 10*time.Minute/time.Duration(burst)
	}
	return &NameLimiter{config: c, creators: newLRU[creator, *rate.Limiter](maxCreators)}
}

// Allow reports whether a player may create a new name now, and counts it. The key is empty
// for guests. As in SessionLimiter, loopback has no limit unless a proxy sent the address.
func (n *NameLimiter) Allow(key string, from net.Addr, throughProxy bool) bool {
	now := time.Now()
	n.mu.Lock()
	defer n.mu.Unlock()
	limiters := make(map[creator]*rate.Limiter, 4)
	hasToken := func(c creator, every time.Duration, burst int) bool {
		tokens := n.creators.get(c)
		if tokens == nil {
			tokens = rate.NewLimiter(rate.Every(every), burst)
		}
		limiters[c] = tokens
		return tokens.TokensAt(now) >= 1
	}
	if key != "" && !hasToken(creator{key: key}, n.config.KeyEvery, n.config.KeyBurst) {
		return false
	}
	if source := Source(from); throughProxy || !source.Addr().IsLoopback() {
		for _, network := range networksOf(source) {
			if !hasToken(creator{network: network.prefix}, n.config.AddressEvery/time.Duration(network.factor), n.config.AddressBurst*network.factor) {
				return false
			}
		}
	}
	for c, tokens := range limiters {
		tokens.AllowN(now, 1)
		n.creators.put(c, tokens) // only now, so that rejected players use no memory
	}
	return true
}

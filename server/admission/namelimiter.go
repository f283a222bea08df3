package admission

import (
	"net"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// maxMakers is how many keys and networks that made names are remembered.
const maxMakers = 20_000

// NameConfig is how many new names there may be. A field that is zero has its default.
type NameConfig struct {
	// KeyBurst (5) is how many new names one key may make at once, and KeyEvery (1 min)
	// after how long it may make one more.
	KeyBurst int
	KeyEvery time.Duration
	// AddressBurst (200) and AddressEvery (3 s) are the same for an IPv4 address or an
	// IPv6 /64. A /56 may make twice as many, and a /48 four times as many.
	AddressBurst int
	AddressEvery time.Duration
}

// WithSessions raises the limits of an address to twice as many names at once as it may have
// sessions, and a tenth of these a minute.
func (c NameConfig) WithSessions(perAddress int) NameConfig {
	c = c.withDefaults()
	if burst := 2 * perAddress; burst > c.AddressBurst {
		c.AddressBurst, c.AddressEvery = burst, 10*time.Minute/time.Duration(burst)
	}
	return c
}

func (c NameConfig) withDefaults() NameConfig {
	orDefault(&c.KeyBurst, 5)
	orDefault(&c.KeyEvery, time.Minute)
	orDefault(&c.AddressBurst, 200)
	orDefault(&c.AddressEvery, 3*time.Second)
	return c
}

// NameLimiter limits how many new names one key and one address can make, because names stay
// for good. Its memory is bounded: it forgets the key or network that made one longest ago.
type NameLimiter struct {
	config NameConfig

	mu     sync.Mutex
	makers lru[maker, *rate.Limiter]
}

// maker is a key or a network that has made a name.
type maker struct {
	key     string
	network netip.Prefix
}

// NewNameLimiter returns a limiter that knows nobody.
func NewNameLimiter(c NameConfig) *NameLimiter {
	return &NameLimiter{config: c.withDefaults(), makers: newLRU[maker, *rate.Limiter](maxMakers)}
}

// Allow reports whether a player may make a new name now, and counts it. The key is empty if
// there is none. As in SessionLimiter, loopback has no limit unless a proxy told the address.
func (n *NameLimiter) Allow(key string, from net.Addr, throughProxy bool) bool {
	now := time.Now()
	n.mu.Lock()
	defer n.mu.Unlock()
	limits := make(map[maker]*rate.Limiter, 4)
	limit := func(m maker, every time.Duration, burst int) (free bool) {
		tokens := n.makers.get(m)
		if tokens == nil {
			tokens = rate.NewLimiter(rate.Every(every), burst)
		}
		limits[m] = tokens
		return tokens.TokensAt(now) >= 1
	}
	if key != "" && !limit(maker{key: key}, n.config.KeyEvery, n.config.KeyBurst) {
		return false
	}
	if source := Source(from); throughProxy || !source.Addr().IsLoopback() {
		for _, network := range networksOf(source) {
			if !limit(maker{network: network.prefix}, n.config.AddressEvery/time.Duration(network.times), n.config.AddressBurst*network.times) {
				return false
			}
		}
	}
	for m, tokens := range limits {
		tokens.AllowN(now, 1)
		n.makers.put(m, tokens) // only now, so that rejected players take no memory
	}
	return true
}

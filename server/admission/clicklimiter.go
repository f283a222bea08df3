package admission

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Verdict says whether a click scores.
type Verdict uint8

// What can become of a click.
const (
	Counted Verdict = iota
	TooFast         // this click does not score; the next one may
	Held            // no click scores until the player pauses
)

const (
	// sustained is how long a rate above the limit must last to be that of a
	// held key or a script.
	sustained = time.Second
	// shortestPause is for how long a key that was held must rest. Keys repeat
	// every 20 to 90 ms; a hand that is lifted takes longer than this.
	shortestPause = 300 * time.Millisecond
	// mostOwed is how far other servers can bring an allowance below zero: no player waits
	// for longer.
	mostOwed = 5 * time.Second
)

// ClickLimiter limits how many clicks a second each player can score, in all sessions
// together:
//
//   - A second's worth may come at once, as after a hiccup of the network. Beyond that,
//     clicks that are too fast do not score.
//   - Above the rate for a second, the key counts as held: nothing scores until there was
//     no click for 300 ms, or the time of two clicks if that is longer.
//   - The same goes for a slower key that is held down, which even clicks give away; see
//     rhythm.
//
// The rate is measured in batches of half a second's worth of clicks, each of which must be
// above the limit, so that one burst does not look like a second of them.
//
// Clicks that a player scored on another server of the game are spent here as well (Spend).
// They may bring the allowance below zero, and nothing scores until it is paid back. So the
// limit holds over all servers, but for the second's worth on each, and what is scored
// before the other servers hear of it.
type ClickLimiter struct {
	perSecond int
	batch     int           // how many clicks the rate is taken over
	fast      time.Duration // a batch that takes less is above the limit
	pause     time.Duration // ends what is held

	mu      sync.Mutex
	players map[string]*clicker
	left    int // players without a session, kept for as long as they matter
}

// clicker is one player's allowance. sessions and leftAt are guarded by
// ClickLimiter.mu.
type clicker struct {
	sessions int
	leftAt   time.Time

	mu      sync.Mutex
	limiter *rate.Limiter
	last    time.Time // the newest click, counted or not
	since   time.Time // since when every batch was above the limit
	begun   time.Time // when the newest batch began
	n       int       // clicks in it, the first one excepted
	held    bool
}

// NewClickLimiter returns a limit of so many clicks a second, at least one.
func NewClickLimiter(perSecond int) *ClickLimiter {
	perSecond = max(perSecond, 1)
	one := time.Second / time.Duration(perSecond)
	batch := max(perSecond/2, 1)
	return &ClickLimiter{
		perSecond: perSecond,
		batch:     batch,
		fast:      time.Duration(batch) * time.Second / time.Duration(perSecond),
		pause:     max(shortestPause, 2*one),
		players:   make(map[string]*clicker),
	}
}

// Allowance is one session's share of its player's allowance. It is safe for concurrent use.
type Allowance struct {
	clicks *ClickLimiter

	mu     sync.Mutex
	player *clicker
	keys   rhythm
	left   bool
}

// Join returns a share in the allowance of that name. The caller must Leave.
func (c *ClickLimiter) Join(name string) *Allowance {
	return &Allowance{clicks: c, player: c.join(name), keys: newRhythm(time.Now())}
}

// Click returns the verdict on a click that comes now.
func (a *Allowance) Click() Verdict {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.clicks.click(a.player, &a.keys)
}

// Rename changes to the allowance of the player's new name.
func (a *Allowance) Rename(to string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.left {
		return
	}
	a.clicks.leave(a.player)
	a.player, a.keys = a.clicks.join(to), newRhythm(time.Now())
}

// Leave gives the share up. Leaving twice is the same as leaving once.
func (a *Allowance) Leave() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.left {
		a.left = true
		a.clicks.leave(a.player)
	}
}

// join counts a session of a player.
func (c *ClickLimiter) join(name string) *clicker {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.players[name]
	switch {
	case p == nil:
		p = &clicker{limiter: rate.NewLimiter(rate.Limit(c.perSecond), c.perSecond)}
		c.players[name] = p
	case p.sessions == 0:
		c.left--
	}
	p.sessions++
	return p
}

// click returns the verdict on a click that comes now, in the session with the rhythm.
func (c *ClickLimiter) click(p *clicker, keys *rhythm) Verdict {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	held := keys.press(now, c.pause)
	switch {
	case p.held && now.Sub(p.last) < c.pause:
	case p.held || now.Sub(p.begun) >= c.fast:
		p.since, p.begun, p.n, p.held = now, now, 0, false
	default:
		if p.n++; p.n == c.batch {
			p.begun, p.n = now, 0
			p.held = now.Sub(p.since) >= sustained
		}
	}
	p.last = now
	switch {
	case p.held, held:
		return Held
	case !p.limiter.AllowN(now, 1):
		return TooFast
	}
	return Counted
}

// Spend takes clicks that were scored on other servers from a player's allowance, if there
// is one.
func (c *ClickLimiter) Spend(name string, n uint64) {
	c.mu.Lock()
	p := c.players[name]
	c.mu.Unlock()
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	most := float64(c.perSecond) * mostOwed.Seconds()
	room := max(p.limiter.TokensAt(now)+most, 0)
	for left := int(min(float64(n), room)); left > 0; left -= c.perSecond {
		p.limiter.ReserveN(now, min(left, c.perSecond)) // more than that at once it refuses
	}
}

// leave keeps the allowance of a player who has left until it is whole and no key is held,
// so that reconnecting changes neither.
func (c *ClickLimiter) leave(p *clicker) {
	c.mu.Lock()
	defer c.mu.Unlock()
	p.sessions--
	if p.sessions > 0 {
		return
	}
	p.leftAt = time.Now()
	c.left++
	if c.left > len(c.players)/2 { // so that sweeping costs each leaver a constant
		c.sweep(p.leftAt)
	}
}

func (c *ClickLimiter) sweep(now time.Time) {
	for name, p := range c.players {
		whole := p.limiter.TokensAt(now) >= float64(c.perSecond)
		if p.sessions == 0 && whole && now.Sub(p.leftAt) >= c.pause {
			delete(c.players, name)
			c.left--
		}
	}
}

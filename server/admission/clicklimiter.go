package admission

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Verdict says whether a click scores.
type Verdict uint8

// The verdicts on a click.
const (
	Counted Verdict = iota
	TooFast         // this click does not score; the next one may
	Held            // no click scores until the player pauses
)

const (
	// sustained is how long a rate above the limit must last to count as a held key or a
	// script.
	sustained = time.Second
	// minPause is the minimum pause that ends a held key. Keys repeat every 20 to 90 ms;
	// lifting and pressing again takes longer than this.
	minPause = 300 * time.Millisecond
	// maxDeficit bounds how far clicks on other servers can bring an allowance below zero,
	// as the time in which it refills to zero.
	maxDeficit = 5 * time.Second
)

// ClickLimiter limits how many clicks a second each player can score, in all sessions
// together:
//
//   - A second's worth of clicks may arrive at once, as after a network hiccup. Beyond that,
//     clicks that are too fast do not score.
//   - After a second above the rate, the key counts as held: nothing scores until there was
//     no click for 300 ms, or for the time of two clicks if that is longer.
//   - A slower held key is recognized by how evenly it repeats; see heldKeyDetector.
//
// The rate is measured in batches of half a second's worth of clicks. Each batch must be
// above the limit, so that one burst doesn't look like a second of them.
//
// Clicks on the game's other servers are taken from the allowance, too (Spend), even below
// zero; then nothing scores until it is positive again. So the limit holds across servers,
// except for one second's worth on each, and clicks that the others don't know yet.
type ClickLimiter struct {
	perSecond int
	batch     int           // how many clicks a batch has
	batchTime time.Duration // a batch that takes less is above the limit
	pause     time.Duration // without clicks, ends a held key

	mu      sync.Mutex
	players map[string]*clicker
	absent  int // how many of the players have no session
}

// clicker is one player's allowance. ClickLimiter.mu guards sessions and leftAt.
type clicker struct {
	sessions int
	leftAt   time.Time

	mu      sync.Mutex
	limiter *rate.Limiter
	last    time.Time // the newest click, counted or not
	fast    time.Time // since when every batch was above the limit
	begun   time.Time // when the newest batch began
	n       int       // clicks in the newest batch after its first
	held    bool
}

// NewClickLimiter returns a limiter of perSecond clicks a second, at least one.
func NewClickLimiter(perSecond int) *ClickLimiter {
	perSecond = max(perSecond, 1)
	interval := time.Second / time.Duration(perSecond)
	batch := max(perSecond/2, 1)
	return &ClickLimiter{
		perSecond: perSecond,
		batch:     batch,
		batchTime: time.Duration(batch) * time.Second / time.Duration(perSecond),
		pause:     max(minPause, 2*interval),
		players:   make(map[string]*clicker),
	}
}

// Allowance lets one session use its player's allowance. It is safe for concurrent use.
type Allowance struct {
	clicks *ClickLimiter

	mu     sync.Mutex
	player *clicker
	keys   heldKeyDetector
	left   bool
}

// Join returns an Allowance of the player with that name. The caller must Leave.
func (c *ClickLimiter) Join(name string) *Allowance {
	return &Allowance{clicks: c, player: c.join(name), keys: newHeldKeyDetector(time.Now())}
}

// Click returns the verdict on a click now.
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
	a.player, a.keys = a.clicks.join(to), newHeldKeyDetector(time.Now())
}

// Leave ends the session's use of the allowance. Further calls do nothing.
func (a *Allowance) Leave() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.left {
		a.left = true
		a.clicks.leave(a.player)
	}
}

// join adds a session to a player's allowance, creating it if necessary.
func (c *ClickLimiter) join(name string) *clicker {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.players[name]
	switch {
	case p == nil:
		p = &clicker{limiter: rate.NewLimiter(rate.Limit(c.perSecond), c.perSecond)}
		c.players[name] = p
	case p.sessions == 0:
		c.absent--
	}
	p.sessions++
	return p
}

// click returns the verdict on a click now, in the session with that detector.
func (c *ClickLimiter) click(p *clicker, keys *heldKeyDetector) Verdict {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	held := keys.press(now, c.pause)
	switch {
	case p.held && now.Sub(p.last) < c.pause:
	case p.held || now.Sub(p.begun) >= c.batchTime:
		p.fast, p.begun, p.n, p.held = now, now, 0, false
	default:
		if p.n++; p.n == c.batch {
			p.begun, p.n = now, 0
			p.held = now.Sub(p.fast) >= sustained
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

// Spend takes clicks that were scored on other servers from a player's allowance, if this
// server has one.
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
	deficit := float64(c.perSecond) * maxDeficit.Seconds()
	room := max(p.limiter.TokensAt(now)+deficit, 0)
	for left := int(min(float64(n), room)); left > 0; left -= c.perSecond {
		p.limiter.ReserveN(now, min(left, c.perSecond)) // ReserveN refuses more than the burst
	}
}

// leave removes a session. It keeps the allowance until it is full again and no key is held,
// so that reconnecting changes neither.
func (c *ClickLimiter) leave(p *clicker) {
	c.mu.Lock()
	defer c.mu.Unlock()
	p.sessions--
	if p.sessions > 0 {
		return
	}
	p.leftAt = time.Now()
	c.absent++
	if c.absent > len(c.players)/2 { // so that sweeping costs each call a constant
		c.sweep(p.leftAt)
	}
}

func (c *ClickLimiter) sweep(now time.Time) {
	for name, p := range c.players {
		isFull := p.limiter.TokensAt(now) >= float64(c.perSecond)
		if p.sessions == 0 && isFull && now.Sub(p.leftAt) >= c.pause {
			delete(c.players, name)
			c.absent--
		}
	}
}

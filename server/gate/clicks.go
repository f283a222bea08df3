package gate

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Clicks limits how many clicks a second each player can score, over all
// sessions of the player together.
type Clicks struct {
	perSecond int

	mu      sync.Mutex
	players map[string]*clicker
	left    int // players without a session, kept for as long as they owe clicks
}

// clicker is one player's allowance. sessions and leftAt are guarded by
// Clicks.mu; the limiter guards itself.
type clicker struct {
	limiter  *rate.Limiter
	sessions int
	leftAt   time.Time
}

// refill is how long it takes until an empty allowance is whole again, after
// which it need not be remembered.
const refill = time.Second

// NewClicks returns a limit of so many clicks a second. A second's worth may
// come at once, as it does when the network was stuck for a moment.
func NewClicks(perSecond int) *Clicks {
	return &Clicks{perSecond: perSecond, players: make(map[string]*clicker)}
}

// Join returns the test whether the player's next click may score, for one
// session, and the function that ends the session.
func (c *Clicks) Join(name string) (allow func() bool, leave func()) {
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
	return p.limiter.Allow, sync.OnceFunc(func() { c.leave(p) })
}

// leave keeps the allowance of a player who has gone until it is whole, so
// that coming back at once brings no new one.
func (c *Clicks) leave(p *clicker) {
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

func (c *Clicks) sweep(now time.Time) {
	for name, p := range c.players {
		if p.sessions == 0 && now.Sub(p.leftAt) >= refill {
			delete(c.players, name)
			c.left--
		}
	}
}

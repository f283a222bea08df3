package web

import (
	"sync"
	"time"
)

// cached is a value that is created again on demand when it is older than ttl.
type cached[T any] struct {
	ttl    time.Duration
	create func() T

	mu      sync.Mutex // held while the value is created
	value   T
	expires time.Time
}

func (c *cached[T]) get() T {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := time.Now(); now.After(c.expires) {
		c.value, c.expires = c.create(), now.Add(c.ttl)
	}
	return c.value
}

// maxPages is how many rendered pages are cached, one for each host name that clients use.
const maxPages = 32

// pageKey is what a page depends on, besides the game.
type pageKey struct{ name, host, origin string }

// rendered caches pages. It renders each at most once in an interval, however many clients ask.
type rendered struct {
	render func(pageKey) []byte

	mu    sync.Mutex
	pages map[pageKey]*cached[[]byte]
}

// get returns a page; nil if it can't be rendered.
func (r *rendered) get(key pageKey) []byte {
	r.mu.Lock()
	page := r.pages[key]
	if page == nil {
		if len(r.pages) >= maxPages {
			clear(r.pages)
		}
		page = &cached[[]byte]{ttl: interval, create: func() []byte { return r.render(key) }}
		r.pages[key] = page
	}
	r.mu.Unlock()
	return page.get()
}

package monitor

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

const (
	// checkTimeout is how long a check may take before it counts as failed.
	checkTimeout = 2 * time.Second
	// resultTTL is how long results are reused.
	resultTTL = time.Second
)

// Check is a health check.
type Check struct {
	// Name is a word or two.
	Name string
	// Run returns nil if all is well, or the problem in a sentence that anybody may read. It must
	// return when ctx ends.
	Run func(ctx context.Context) error
}

type result struct {
	name, reason string
	ok           bool
}

// checks runs health checks together and serves their results.
type checks struct {
	ctx    context.Context // of the server
	checks []Check

	// semaphore guards the fields below. It is a channel, so that waiting for it can end with a
	// context.
	semaphore chan struct{}
	results   []result
	checkedAt time.Time
}

func newChecks(ctx context.Context, all []Check) *checks {
	return &checks{ctx: ctx, checks: all, semaphore: make(chan struct{}, 1)}
}

// ServeHTTP answers 200 if all checks pass, and 503 with a line for each that fails; with ?verbose
// it always lists all.
func (c *checks) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	results, ok := c.cachedResults(r.Context())
	if !ok {
		return // the client has gone
	}
	_, verbose := r.URL.Query()["verbose"]
	status := http.StatusOK
	var text strings.Builder
	for _, result := range results {
		switch {
		case !result.ok:
			status = http.StatusServiceUnavailable
			fmt.Fprintf(&text, "%s: %s\n", result.name, result.reason)
		case verbose:
			fmt.Fprintf(&text, "%s: ok\n", result.name)
		}
	}
	if text.Len() == 0 {
		text.WriteString("ok\n")
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text.String()) // the client may have gone
}

// cachedResults returns results that are at most resultTTL old, or false if ctx ends first.
func (c *checks) cachedResults(ctx context.Context) (results []result, ok bool) {
	select {
	case c.semaphore <- struct{}{}:
	case <-ctx.Done():
		return nil, false
	}
	defer func() { <-c.semaphore }()
	if c.results == nil || time.Since(c.checkedAt) >= resultTTL {
		c.results, c.checkedAt = c.run(), time.Now()
	}
	return c.results, true
}

// run runs all checks at the same time. They don't end with the request, because others wait for
// the same results.
func (c *checks) run() []result {
	ctx, cancel := context.WithTimeout(c.ctx, checkTimeout)
	defer cancel()
	results := make([]result, len(c.checks))
	var running sync.WaitGroup
	for i, check := range c.checks {
		running.Go(func() {
			results[i] = check.result(ctx)
		})
	}
	running.Wait()
	return results
}

// result runs one check. A panic in it must not end the game.
func (c *Check) result(ctx context.Context) (r result) {
	r.name = c.Name
	defer func() {
		if v := recover(); v != nil {
			r.ok, r.reason = false, "the check itself failed"
		}
	}()
	err := c.Run(ctx)
	if r.ok = err == nil; !r.ok {
		r.reason = strings.Join(strings.Fields(err.Error()), " ")
	}
	return r
}

// end waits for running checks and prevents new ones. It may be called once.
func (c *checks) end() { c.semaphore <- struct{}{} }

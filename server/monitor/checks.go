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
	// checkTimeout is how long a check may take; one that takes longer has failed.
	checkTimeout = 2 * time.Second
	// fresh is how long the results of checks are given again.
	fresh = time.Second
)

// Check is one thing that must hold.
type Check struct {
	// Name is one word or two.
	Name string
	// Run returns why it does not hold, in a sentence that anybody may read who
	// can reach the server; nil when it does. It must return when ctx ends.
	Run func(ctx context.Context) error
}

// result is what a check has said.
type result struct {
	name, why string
	ok        bool
}

// checks are run together. They are the handler for whoever asks how they are.
type checks struct {
	ctx context.Context // of the server
	all []Check

	// turn is held by who runs the checks or looks at the results: it has a value
	// when somebody does. A channel, so that waiting for it ends with a context.
	turn    chan struct{}
	results []result // guarded by turn
	at      time.Time
}

func newChecks(ctx context.Context, all []Check) *checks {
	return &checks{ctx: ctx, all: all, turn: make(chan struct{}, 1)}
}

// ServeHTTP answers 200 when all hold, and 503 with a line for each that does
// not; with ?verbose in any case with a line for each.
func (c *checks) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	results, ok := c.look(r.Context())
	if !ok {
		return // who has asked has gone
	}
	_, verbose := r.URL.Query()["verbose"]
	status := http.StatusOK
	var text strings.Builder
	for _, result := range results {
		switch {
		case !result.ok:
			status = http.StatusServiceUnavailable
			fmt.Fprintf(&text, "%s: %s\n", result.name, result.why)
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
	_, _ = io.WriteString(w, text.String()) // who has gone hears nothing
}

// look returns what the checks say, at most so long ago as is fresh; false if ctx
// ends before.
func (c *checks) look(ctx context.Context) (results []result, ok bool) {
	select {
	case c.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, false
	}
	defer func() { <-c.turn }()
	if c.results == nil || time.Since(c.at) >= fresh {
		c.results, c.at = c.run(), time.Now()
	}
	return c.results, true
}

// run runs all checks at the same time. They are not ended by who asks, because
// others wait for the same results.
func (c *checks) run() []result {
	ctx, cancel := context.WithTimeout(c.ctx, checkTimeout)
	defer cancel()
	results := make([]result, len(c.all))
	var running sync.WaitGroup
	for i, check := range c.all {
		running.Go(func() {
			results[i] = check.result(ctx)
		})
	}
	running.Wait()
	return results
}

// result runs one check. A mistake in one must not end the game.
func (c *Check) result(ctx context.Context) (r result) {
	r.name = c.Name
	defer func() {
		if v := recover(); v != nil {
			r.ok, r.why = false, "the check itself failed"
		}
	}()
	err := c.Run(ctx)
	if r.ok = err == nil; !r.ok {
		r.why = strings.Join(strings.Fields(err.Error()), " ")
	}
	return r
}

// end waits for checks that are under way; none runs any more then. It may be
// called once.
func (c *checks) end() { c.turn <- struct{}{} }

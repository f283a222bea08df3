package server

import (
	"sync"

	"clickky/server/gate"
)

// allowance is the share that a session has in its player's allowance of clicks, also
// after the player was renamed. Its methods are safe for concurrent use.
type allowance struct {
	clicks *gate.Clicks

	mu    sync.Mutex
	click func() gate.Verdict
	leave func()
	over  bool
}

// newAllowance returns a share in the allowance of that name.
func newAllowance(clicks *gate.Clicks, name string) *allowance {
	a := &allowance{clicks: clicks}
	a.click, a.leave = clicks.Join(name)
	return a
}

// judge reports whether a click of now scores.
func (a *allowance) judge() gate.Verdict {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.click()
}

// rename goes over to the allowance of another name.
func (a *allowance) rename(to string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.over {
		return
	}
	a.leave()
	a.click, a.leave = a.clicks.Join(to)
}

// end gives the share up.
func (a *allowance) end() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.leave()
	a.over = true
}

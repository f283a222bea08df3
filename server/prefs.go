package server

import (
	"sync"

	"clickky/tui"
)

// maxPrefs is how many players' choices are remembered.
const maxPrefs = 10_000

// prefs is what players have chosen for their screens, by the name of the
// player. It lives as long as the server, and is safe for concurrent use.
type prefs struct {
	mu     sync.Mutex
	chosen map[string]tui.Prefs
}

func (p *prefs) of(player string) tui.Prefs {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.chosen[player]
}

func (p *prefs) remember(player string, chosen tui.Prefs) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.chosen == nil || len(p.chosen) >= maxPrefs {
		p.chosen = make(map[string]tui.Prefs)
	}
	p.chosen[player] = chosen
}

package ledger

import (
	"slices"

	"clickky/sync/game"
)

// Days returns the clicks by day of the player with this login name, as the log has them.
func (l *Ledger) Days(login string) game.Days {
	l.mu.Lock()
	defer l.mu.Unlock()
	if p := l.lookup(login); p != nil && p.entry != nil {
		return slices.Clone(p.entry.Days)
	}
	return nil
}

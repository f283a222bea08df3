package live

import "clickky/sync/game"

// celebrationTicks is how long a milestone is celebrated: five seconds.
const celebrationTicks = 50

// celebration says which milestone of the global count the screens celebrate.
type celebration struct {
	newest *game.Milestone // in the ledger
	shown  *game.Milestone // nil: nothing is celebrated
	until  int             // in ticks
}

// tick ends an interval.
func (c *celebration) tick(newest *game.Milestone, ticks int) {
	switch {
	case newest != c.newest:
		c.newest, c.shown, c.until = newest, newest, ticks+celebrationTicks
	case ticks >= c.until:
		c.shown = nil
	}
}

func (c *celebration) removeName(isPublic func(name string) bool) {
	if c.shown != nil && c.shown.Name != "" && !isPublic(c.shown.Name) {
		anonymous := *c.shown
		anonymous.Name, anonymous.Guest = "", false
		c.shown = &anonymous
	}
}

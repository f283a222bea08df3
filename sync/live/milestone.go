package live

import "clickky/sync/game"

// celebrationTicks is how long a milestone is celebrated: two seconds.
const celebrationTicks = 20

// milestones detects when the global count reaches a milestone.
type milestones struct {
	started bool   // earlier milestones aren't celebrated
	next    uint64 // 0: none
	reached uint64 // being celebrated; 0: none
	until   int    // in ticks
}

// start begins at a count, without celebrating earlier milestones.
func (m *milestones) start(total uint64) {
	_, next := game.Milestones(total, game.FirstMilestone)
	*m = milestones{started: true, next: next}
}

// tick ends an interval.
func (m *milestones) tick(total uint64, ticks int) {
	if m.next > 0 && total >= m.next {
		m.reached, m.next = game.Milestones(total, game.FirstMilestone)
		m.until = ticks + celebrationTicks
	}
	if ticks >= m.until {
		m.reached = 0
	}
}

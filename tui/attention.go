package tui

import (
	"clickky/sync/game"
	"clickky/sync/live"
	"clickky/tui/text"
)

// updateTitle shows the count in the title of the window. It is called once a second, so that the
// title of a window in the background doesn't flicker.
func (m *gameScreen) updateTitle() { m.title = *m.appearance.titles.get(m.Total, renderTitle) }

func renderTitle(total *uint64) string { return text.Grouped(*total) + " · " + gameName }

// bell counts how often the bell has rung. How often the player hears it is up to the terminal.
type bell struct {
	rung      uint
	milestone uint64 // the last one that it rang for
}

// milestoneNear is how many seconds before a milestone, at the current speed, the bell rings.
const milestoneNear = 10

// update rings if a milestone of everybody's count is near, once for each.
func (b *bell) update(snap *live.Snapshot, isOn bool) {
	_, next := game.Milestones(snap.Total, game.FirstMilestone)
	if left := float64(next - snap.Total); isOn && next != b.milestone && snap.Rate > 0 && left <= snap.Rate*milestoneNear {
		b.milestone = next
		b.rung++
	}
}

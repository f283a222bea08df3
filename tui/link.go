package tui

// LinkMsg tells whether the link to the player is slow, so that the screen is late.
type LinkMsg struct{ Slow bool }

// linked takes over how the link is. The hint stands where it says to press space
// for as long as the link is slow; whatever else is said comes before it.
func (m *Model) linked(msg LinkMsg) {
	m.slow = msg.Slow
	if m.notice == quiet || m.notice == slowLink {
		m.hush()
	}
}

// slowWords are the hint in at most w cells.
func slowWords(w int) string {
	return first(w, "slow link: the screen lags, your clicks count", "slow link: your clicks count", "slow link", "")
}

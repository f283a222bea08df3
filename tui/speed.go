package tui

import (
	"math"

	"clickky/sync/live"
)

// speedWindow is how many seconds a player's speed is averaged over.
const speedWindow = 3

// speed is how fast the player clicks, in clicks per second. It has no clock: it uses the seconds
// of the game's history.
type speed struct {
	historyEnd int    // of the last history
	clicks     uint64 // of the session at that time
	window     [speedWindow]float64
	current    float64
	best       float64
}

// update reads a snapshot and reports whether another second has passed.
func (s *speed) update(snap *live.Snapshot, session uint64) bool {
	h := snap.History
	switch {
	case h == nil || h.End == s.historyEnd:
		if snap.Rate == 0 && session == s.clicks { // nobody clicks
			s.current, s.window = 0, [speedWindow]float64{}
		}
		return false
	case s.historyEnd == 0 && session == 0:
		s.historyEnd = h.End
		return true
	}
	s.add(h, session)
	return true
}

// add spreads the session's new clicks over those seconds in which anybody clicked.
func (s *speed) add(h *live.History, session uint64) {
	passed := 1 // seconds since the last history, or since the session started
	if s.historyEnd > 0 {
		passed = min(max(h.End-s.historyEnd, 1), len(h.Seconds))
	}
	seconds := h.Seconds[len(h.Seconds)-passed:]
	active := 0
	for _, clicks := range seconds {
		if clicks > 0 {
			active++
		}
	}
	share := float64(session-s.clicks) / float64(max(active, 1))
	for i, clicks := range seconds {
		copy(s.window[:], s.window[1:])
		s.window[speedWindow-1] = 0
		if clicks > 0 || active == 0 && i == passed-1 {
			s.window[speedWindow-1] = share
		}
		s.current = 0
		for _, n := range s.window {
			s.current += n / speedWindow
		}
		s.current = math.Round(s.current*10) / 10
		s.best = max(s.best, s.current)
	}
	s.historyEnd, s.clicks = h.End, session
}

package tui

import (
	"math"

	"clickky/sync/live"
)

// speedWindow is how many seconds the player's own speed is averaged over.
const speedWindow = 3

// speed is how fast the player clicks. It has no clock: the seconds are those
// of the game's history.
type speed struct {
	end    int    // of the last history
	clicks uint64 // of the session, by then
	window [speedWindow]float64
	now    float64
	best   float64
}

// second takes in a snapshot, and tells whether another second has passed.
func (s *speed) second(snap *live.Snapshot, session uint64) bool {
	h := snap.History
	switch {
	case h == nil || h.End == s.end:
		if snap.Rate == 0 && session == s.clicks { // nobody clicks any more
			s.now, s.window = 0, [speedWindow]float64{}
		}
		return false
	case s.end == 0 && session == 0:
		s.end = h.End
		return true
	}
	s.take(h, session)
	return true
}

// take spreads the clicks since the last history over those seconds since then
// in which anybody clicked at all.
func (s *speed) take(h *live.History, session uint64) {
	passed := 1 // since the session began, if it is the first
	if s.end > 0 {
		passed = min(max(h.End-s.end, 1), len(h.Seconds))
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
		s.now = 0
		for _, n := range s.window {
			s.now += n / speedWindow
		}
		s.now = math.Round(s.now*10) / 10
		s.best = max(s.best, s.now)
	}
	s.end, s.clicks = h.End, session
}

package main

import (
	"math"
	"time"

	"clickky/sync/game"
	"clickky/tui/admin"
)

// onlinePlayers are the players who are online with an admin, and their clicks in the last five
// seconds.
var onlinePlayers = map[string]uint64{"alice": 24, "margaret": 11, "grace": 31, "barbara": 7, "radia": 0, "hedy": 18}

// offlinePlayers are players who have left, and how long ago they last clicked.
var offlinePlayers = map[string]time.Duration{
	"linus": 40 * time.Second, "dennis": 3 * time.Minute, "donald": 26 * time.Minute, "guido": 2 * time.Hour, "tim": 9 * time.Hour,
}

// addHistory applies what happened before an admin looks at the game.
func (s *fixture) addHistory(now time.Time) {
	for name := range onlinePlayers {
		s.game.Join(name)
	}
	s.game.Apply(1, game.Event{At: now.Add(-2 * time.Second), Clicks: onlinePlayers}, false)
	position := uint64(1)
	for name, ago := range offlinePlayers {
		position++
		s.game.Apply(position, game.Event{At: now.Add(-ago), Clicks: map[string]uint64{name: 1}}, false)
	}
}

// dashboard returns the data of the dashboard. A player's page always shows the same day.
func (s *fixture) dashboard(now time.Time) *admin.Backend {
	return &admin.Backend{
		Status: func() admin.Status { return admin.Status{Now: now, Memory: 38_400_000, Goroutines: 214} },
		Details: func(name string) admin.Details {
			noon := time.Date(2026, 11, 20, 14, 32, 0, 0, time.UTC)
			details := admin.Details{
				Row: s.live.Row(name), Exists: true, Now: noon,
				Keys: []game.Key{
					{Fingerprint: "SHA256:kDE6OxCDtGGQ2oi9k9Y8cZB0a1jQ9vVWrPqVEJmQ4nA", Since: noon.AddDate(0, -3, -2)},
					{Fingerprint: "SHA256:t1Yz0mWbsFq8pXG3aVnB5uRkHcLd7eJ9oTfQwZxSyPI", Since: noon.AddDate(0, 0, -9), Bound: true},
				},
				Sessions: []game.SessionInfo{
					{From: "192.0.2.17", Terminal: "xterm-ghostty", Since: noon.Add(-95 * time.Minute)},
					{From: "2001:db8::17", Terminal: "tmux-256color", Since: noon.Add(-12 * time.Minute)},
				},
			}
			details.Last24Hours.Until = noon.Truncate(10 * time.Minute).Add(10 * time.Minute)
			for i := range details.Last24Hours.Clicks {
				details.Last24Hours.Clicks[i] = dayClicks(i)
			}
			return details
		},
	}
}

// dayClicks returns the clicks in ten minutes of a day: people sleep, and eat.
func dayClicks(part int) uint32 {
	hour := math.Mod(14.6+float64(part)/6, 24)
	awake := max(math.Sin((hour-8)/15*math.Pi), 0)
	if hour < 8 {
		awake = 0
	}
	return uint32(max(awake*awake*900+260*math.Sin(hour*2.3)*awake+90*math.Sin(float64(part)*1.7)*awake, 0))
}

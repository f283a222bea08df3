package gametest

import (
	"slices"

	"clickky/sync/game"
)

// SaveDays saves the days of a checkpoint in stored, which has them by name, as a database must.
func SaveDays(stored map[string]game.Days, c game.Checkpoint) {
	for _, name := range c.Removed {
		delete(stored, name)
	}
	for _, p := range c.Players {
		days := slices.Clone(stored[p.Name])
		if !p.Stored {
			days = nil
		}
		for _, d := range p.Days {
			days = days.Add(d.Date, d.Clicks-days.On(d.Date)) // an absolute count
		}
		if stored[p.Name] = days; len(days) == 0 {
			delete(stored, p.Name)
		}
	}
}

package main

import (
	"math"
	"time"

	"clickky/sync/game"
	"clickky/sync/live"
)

// hour is the hour of the day in all pictures, so that they don't depend on when they are drawn.
const hour = 15

// standing adds the player's day to a standing. Only the clicks since the start are real.
func standing(s game.Standing) game.Standing {
	s.Today = game.DayStanding{Place: game.Place{Clicks: 388 + s.Today.Clicks, Rank: 3, Of: 12, Ahead: 2}, Streak: 4}
	s.Today.Gap = 443 - s.Today.Clicks
	return s
}

// today returns everybody's day.
func today() game.DayStatus {
	chart := &game.DayChart{}
	for i := range hour*6 + 2 {
		at := float64(i)
		chart[i] = uint32(max(120+90*math.Sin(at/13-1.4)+40*math.Sin(at/4.1)+20*math.Sin(at*1.7), 3))
	}
	return game.DayStatus{
		Hour: hour, Clicks: 11_284, Players: 12, YesterdayLeader: "grace", Chart: chart,
		Leaders: [game.DayLeaders]game.DayLeader{{Name: "grace", Clicks: 2210}, {Name: "ken", Clicks: 443}, {Name: "alice", Clicks: 412}},
	}
}

// news returns what has happened lately.
func news() *live.News {
	at := func(minute int) time.Time { return time.Date(2026, 1, 1, hour, minute, 0, 0, time.UTC) }
	return &live.News{Recent: 2, Last: 6, Items: []game.News{
		{Kind: game.Newcomer, At: at(12), Name: "tuomas"},
		{Kind: game.RoundNumber, At: at(9), Name: "margaret", Count: 1_342_000},
		{Kind: game.BestSecond, At: at(2), Count: 61},
		{Kind: game.PlayerMilestone, At: at(1), Name: "ada", Count: 100_000},
		{Kind: game.Announcement, At: at(0), Text: "tournament on Friday at 18:00 UTC"},
		{Kind: game.Newcomer, At: at(0), Name: "joan"},
	}}
}

package ledger

import (
	"cmp"
	"slices"
	"time"

	"clickky/sync/game"
)

// today ranks the players by their clicks on the current UTC day, and knows who clicked most on the
// day before. The day of a click is that of its event, and the current day until it has one. The
// ledger's mutex guards it.
type today struct {
	date    game.Date
	ranking ranking
	leaders leaders
	// players are those who have clicked on any day that is known.
	players []*player
	// yesterdayLeader clicked most on the day before, and yesterdayClicks is how often; nil if nobody
	// clicked. Of players with equal counts it is the first by name.
	yesterdayLeader *player
	yesterdayClicks uint64

	parts     [dayParts]uint32 // the clicks of the day by dayPart, since this server started
	chart     *game.DayChart   // a copy; nil: there are no clicks
	chartSlot int64            // the rateSlot of the copy
}

// dayPlace is a player's place in a today.
type dayPlace struct {
	place

	inFlight uint32 // own clicks in events that were drained on the current day and aren't back yet
	// unsaved is the first day of which the store may lack clicks; 0: none.
	unsaved game.Date
	// streak is the result of game.Days.Streak on a date, including clicks that aren't in the log.
	streak     int
	streakDate game.Date
}

// startDay begins a new day if the clock shows another date. The clock may also have been set back:
// every player's days are known.
func (g *guarded) startDay() {
	date := g.clock.current().date
	if date == g.today.date {
		return
	}
	for i := range g.outbox.inFlight {
		g.outbox.inFlight[i].today = false
	}
	g.today.start(date)
}

// chartInterval is how many slots pass between two charts of the day.
const chartInterval = 20

func (g *guarded) todayStatus() game.DayStatus {
	t := &g.today
	s := game.DayStatus{Date: t.date, Hour: int(g.clock.part % dayParts * 24 / dayParts), Clicks: t.ranking.sum, Players: t.ranking.size, Leaders: t.leaders.status()}
	if t.yesterdayLeader != nil {
		s.YesterdayLeader, _ = g.publicName(t.yesterdayLeader)
	}
	if t.chart == nil || g.clock.slot-t.chartSlot >= chartInterval {
		t.updateChart(g.clock.slot)
	}
	s.Chart = t.chart
	return s
}

// updateChart copies the clicks by dayPart if they have changed.
func (t *today) updateChart(slot int64) {
	t.chartSlot = slot
	chart := game.DayChart(t.parts)
	if t.chart == nil && chart == (game.DayChart{}) || t.chart != nil && *t.chart == chart {
		return
	}
	t.chart = &chart
}

// start ranks the players on a date.
func (t *today) start(date game.Date) {
	t.date, t.ranking, t.leaders = date, ranking{}, leaders{}
	clear(t.parts[:])
	t.chart = nil
	// DayLines may be reading the old slice.
	t.players = slices.DeleteFunc(slices.Clone(t.players), func(p *player) bool { return p.removed })
	var ranked []*player
	for _, p := range t.players {
		p.today.tier, p.today.inFlight = nil, 0
		if t.clicks(p) > 0 {
			ranked = append(ranked, p)
		}
	}
	slices.SortFunc(ranked, func(a, b *player) int { return cmp.Compare(t.clicks(b), t.clicks(a)) })
	for _, p := range ranked {
		t.ranking.push(&p.today.place, t.clicks(p))
		t.leaders.update(p)
	}
	t.findYesterdayLeader()
}

// clicks returns the player's count of the day.
func (t *today) clicks(p *player) uint64 {
	return t.between(p, t.date, t.date)
}

func (t *today) findYesterdayLeader() {
	t.yesterdayLeader, t.yesterdayClicks = nil, 0
	for _, p := range t.players {
		t.compareYesterdayLeader(p)
	}
}

// compareYesterdayLeader updates who clicked most on the day before.
func (t *today) compareYesterdayLeader(p *player) {
	if p.removed || p.entry == nil {
		return
	}
	clicks := p.entry.Days.On(t.date - 1)
	if clicks > t.yesterdayClicks || clicks > 0 && clicks == t.yesterdayClicks && p.name < t.yesterdayLeader.name {
		t.yesterdayLeader, t.yesterdayClicks = p, clicks
	}
}

// add adds a player who may have clicked before.
func (t *today) add(p *player) {
	if len(p.entry.Days) > 0 {
		t.ensurePlace(p)
		t.update(p)
		t.compareYesterdayLeader(p)
	}
}

func (t *today) ensurePlace(p *player) {
	if p.today == nil {
		p.today = &dayPlace{}
		t.players = append(t.players, p)
	}
}

// click counts one click of a player in a dayPart.
func (t *today) click(p *player, part uint32) {
	addSaturating(&t.parts[part%dayParts], 1)
	t.ensurePlace(p)
	if p.today.tier == nil {
		t.ranking.add(&p.today.place, 0)
		p.today.streakDate = 0
	}
	t.ranking.increment(&p.today.place)
	t.leaders.update(p)
}

// applyClicks updates a player whose clicks an event had. elsewhere is how many of them were made on
// other servers.
func (t *today) applyClicks(p *player, at time.Time, elsewhere uint64) {
	date := game.DateOf(at)
	if date == t.date {
		addSaturating(&t.parts[dayPartOf(at)%dayParts], elsewhere)
	}
	t.ensurePlace(p)
	if date != 0 && (p.today.unsaved == 0 || date < p.today.unsaved) {
		p.today.unsaved = date
	}
	t.update(p)
	if date != t.date {
		p.today.streakDate = 0
		t.compareYesterdayLeader(p)
	}
}

// update corrects the player's place.
func (t *today) update(p *player) {
	clicks := t.clicks(p)
	if p.today.tier != nil && clicks < p.today.tier.clicks {
		t.unrank(p)
	}
	switch {
	case clicks == 0:
		return
	case p.today.tier == nil:
		t.ranking.add(&p.today.place, clicks)
		p.today.streakDate = 0
	case clicks > p.today.tier.clicks:
		t.ranking.set(&p.today.place, clicks)
	default:
		return
	}
	t.leaders.update(p)
}

// unrank takes a player out of the ranking.
func (t *today) unrank(p *player) {
	t.ranking.remove(&p.today.place)
	if !slices.Contains(t.leaders[:], p) {
		return
	}
	t.leaders = leaders{}
	for _, other := range t.players {
		if other.today.tier != nil {
			t.leaders.update(other)
		}
	}
}

// remove forgets a player who is marked as removed.
func (t *today) remove(p *player) {
	if p.today != nil && p.today.tier != nil {
		t.unrank(p)
	}
	if p == t.yesterdayLeader {
		t.findYesterdayLeader()
	}
}

// standing returns the place of p, or of somebody who hasn't clicked yet if p is nil.
func (t *today) standing(p *player) game.DayStanding {
	if p == nil || p.today == nil {
		return game.DayStanding{Place: t.ranking.at(nil)}
	}
	return game.DayStanding{Place: t.ranking.at(p.today.tier), Streak: t.streak(p)}
}

// streak returns on how many days in a row a player clicked.
func (t *today) streak(p *player) int {
	if p.today.streakDate == t.date {
		return p.today.streak
	}
	streak := 0
	if p.entry != nil {
		streak = p.entry.Days.Streak(t.date)
	}
	if p.today.tier != nil && (p.entry == nil || p.entry.Days.On(t.date) == 0) {
		streak++ // today's clicks aren't in the log yet
	}
	p.today.streak, p.today.streakDate = streak, t.date
	return streak
}

// Days returns the clicks by day of the player with this login name, as the log has them.
func (l *Ledger) Days(login string) game.Days {
	l.mu.Lock()
	defer l.mu.Unlock()
	if p := l.lookup(login); p != nil && p.entry != nil {
		return slices.Clone(p.entry.Days)
	}
	return nil
}

// linesAtOnce is how many players DayLines reads while it holds the mutex, so that no click waits
// long.
const linesAtOnce = 1000

// DayLines returns the players who clicked on the last days, including the current one, with their
// clicks on these days, by rank. It visits all players of whom any day is known.
func (l *Ledger) DayLines(days int) []Line {
	l.mu.Lock()
	l.clock.read()
	l.startDay()
	players, to := l.today.players, l.today.date
	l.mu.Unlock()
	var lines []Line
	for some := range slices.Chunk(players, linesAtOnce) {
		l.mu.Lock()
		for _, p := range some {
			if line := l.today.line(p, to-game.Date(days)+1, to); line.Clicks > 0 {
				lines = append(lines, line)
			}
		}
		l.mu.Unlock()
	}
	slices.SortFunc(lines, ByRank)
	return lines
}

// line returns the player's line with the clicks of some days.
func (t *today) line(p *player, from, to game.Date) Line {
	if p.removed {
		return Line{}
	}
	return Line{Name: p.name, Clicks: t.between(p, from, to), Seen: p.seen}
}

// between returns the clicks of a player with a dayPlace from one day to another. Clicks that aren't
// in the log yet count for the current day.
func (t *today) between(p *player, from, to game.Date) (clicks uint64) {
	if p.entry != nil {
		clicks = p.entry.Days.Between(from, to)
	}
	if to == t.date {
		clicks += uint64(p.pending) + uint64(p.today.inFlight)
	}
	return clicks
}

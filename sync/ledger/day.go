package ledger

import "time"

// Day is the clicks of one player in the last 24 hours.
type Day struct {
	// Clicks are those in each ten minutes, the newest, which still go on, last.
	Clicks [dayParts]uint32
	// Until is the end of the newest ten minutes.
	Until time.Time
}

// DayOf returns the last day of the player of that login name as this server has
// seen it since it started, and as the events tell that it has replayed then. It
// is the zero Day when there is no such player.
func (l *Ledger) DayOf(name string) Day {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := l.lookup(name)
	if p == nil {
		return Day{}
	}
	l.readClock()
	today := l.clock.part
	d := Day{Until: time.Unix((int64(today)+1)*int64(part/time.Second), 0).UTC()}
	if p.activity == nil {
		return d
	}
	for _, in := range p.activity.day {
		if ago := today - in.part; ago < dayParts { // those of the future wrap around
			d.Clicks[dayParts-1-ago] = in.clicks
		}
	}
	return d
}

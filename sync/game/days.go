package game

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"
)

// KeptDays is for how many days a database keeps the clicks by day.
const KeptDays = 400

// Date is a day in UTC: the number of days since 1970-01-01. The zero Date means none.
type Date int32

const (
	secondsPerDay = 24 * 60 * 60
	// maxDate is 9999-12-31, the last day that every database can store.
	maxDate Date = 2_932_896
)

// DateOf returns the day of a time, or 0 if the time is before 1970-01-02 or after the year 9999: a
// working clock never shows such a time.
func DateOf(t time.Time) Date {
	d := t.Unix() / secondsPerDay
	if d < 1 || d > int64(maxDate) {
		return 0
	}
	return Date(d)
}

// ParseDate is the inverse of String. It fails for days that DateOf doesn't return.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return 0, err
	}
	d := DateOf(t)
	if d == 0 {
		return 0, fmt.Errorf("%s is out of range", s)
	}
	return d, nil
}

// Time returns the beginning of the day, in UTC.
func (d Date) Time() time.Time { return time.Unix(int64(d)*secondsPerDay, 0).UTC() }

// String returns the day as in 2006-01-02.
func (d Date) String() string { return d.Time().Format(time.DateOnly) }

// DayClicks is the number of clicks of one player on one day.
type DayClicks struct {
	Date   Date
	Clicks uint64
}

// Days has the days on which a player clicked, oldest first. Its JSON form is an object with a
// number of clicks for each date, as in {"2006-01-02":3}.
type Days []DayClicks

// On returns the clicks on a day.
func (d Days) On(date Date) uint64 { return d.Between(date, date) }

// Between returns the clicks from one day to another, both included.
func (d Days) Between(from, to Date) (clicks uint64) {
	for i := len(d) - 1; i >= 0 && d[i].Date >= from; i-- { // most callers want the newest
		if d[i].Date <= to {
			clicks += d[i].Clicks
		}
	}
	return clicks
}

// Since returns the days from a date on. It shares the memory of d.
func (d Days) Since(from Date) Days {
	i := len(d)
	for i > 0 && d[i-1].Date >= from {
		i--
	}
	return d[i:]
}

// Streak returns the number of consecutive days with clicks up to a date or, if the date has none
// yet, up to the day before.
func (d Days) Streak(to Date) (n int) {
	d = d[:len(d)-len(d.Since(to+1))]
	if len(d) > 0 && d[len(d)-1].Date == to-1 {
		to--
	}
	for n < len(d) && d[len(d)-1-n].Date == to-Date(n) {
		n++
	}
	return n
}

// Add returns the days with more clicks on one of them. It changes d in place.
func (d Days) Add(date Date, clicks uint64) Days {
	i := len(d) - len(d.Since(date))
	if i == len(d) || d[i].Date != date {
		d = slices.Insert(d, i, DayClicks{Date: date})
	}
	d[i].Clicks += clicks
	return d
}

// MarshalJSON implements json.Marshaler.
func (d Days) MarshalJSON() ([]byte, error) {
	text := []byte{'{'}
	for i, day := range d {
		if i > 0 {
			text = append(text, ',')
		}
		text = day.Date.Time().AppendFormat(text, `"`+time.DateOnly+`":`)
		text = strconv.AppendUint(text, day.Clicks, 10)
	}
	return append(text, '}'), nil
}

// UnmarshalJSON implements json.Unmarshaler. It fails if a date is invalid.
func (d *Days) UnmarshalJSON(text []byte) error {
	var byDate map[string]uint64
	if err := json.Unmarshal(text, &byDate); err != nil {
		return err
	}
	*d = nil
	for _, s := range slices.Sorted(maps.Keys(byDate)) {
		date, err := ParseDate(s)
		if err != nil {
			return err
		}
		if byDate[s] > 0 {
			*d = append(*d, DayClicks{date, byDate[s]})
		}
	}
	return nil
}

package game_test

import (
	"encoding/json"
	"testing"
	"time"

	"clickky/sync/game"
)

func day(text string) game.Date {
	d, err := game.ParseDate(text)
	if err != nil {
		panic(err)
	}
	return d
}

func TestDateOfIsTheUTCDay(t *testing.T) {
	west := time.FixedZone("", -8*60*60)
	for _, c := range []struct {
		at   time.Time
		want string
	}{
		{time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC), "2026-11-30"},
		{time.Date(2026, 11, 30, 23, 59, 59, 999_999_999, time.UTC), "2026-11-30"},
		{time.Date(2026, 11, 29, 16, 0, 0, 0, west), "2026-11-30"},
		{time.Date(2028, 2, 29, 12, 0, 0, 0, time.UTC), "2028-02-29"},
		{time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC), "9999-12-31"},
	} {
		if got := game.DateOf(c.at); got != day(c.want) || got.String() != c.want {
			t.Errorf("DateOf(%s) = %s, want %s", c.at, got, c.want)
		}
	}
	for _, at := range []time.Time{{}, time.Unix(0, 0), time.Unix(-1, 0), time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC)} {
		if got := game.DateOf(at); got != 0 {
			t.Errorf("DateOf(%s) = %d, want 0", at, got)
		}
	}
	for _, s := range []string{"", "2026-02-30", "1970-01-01", "0001-01-01", "10000-01-01", "2026-11-30T00:00:00Z"} {
		if d, err := game.ParseDate(s); err == nil {
			t.Errorf("ParseDate(%q) = %s, want an error", s, d)
		}
	}
}

func TestDaysAddKeepsOrder(t *testing.T) {
	var d game.Days
	for _, date := range []game.Date{20, 22, 22, 21, 19, 22} {
		d = d.Add(date, uint64(date))
	}
	want := []game.DayClicks{{19, 19}, {20, 20}, {21, 21}, {22, 66}}
	if len(d) != len(want) {
		t.Fatalf("days are %v, want %v", d, want)
	}
	for i := range want {
		if d[i] != want[i] {
			t.Fatalf("days are %v, want %v", d, want)
		}
	}
	for _, c := range []struct {
		from, to game.Date
		want     uint64
	}{{22, 22, 66}, {20, 21, 41}, {0, 100, 126}, {23, 30, 0}, {1, 18, 0}, {21, 20, 0}} {
		if got := d.Between(c.from, c.to); got != c.want {
			t.Errorf("%d to %d have %d clicks, want %d", c.from, c.to, got, c.want)
		}
	}
}

func TestDaysStreakEndsTodayOrYesterday(t *testing.T) {
	d := game.Days{{10, 1}, {12, 1}, {13, 5}, {14, 1}}
	for to, want := range map[game.Date]int{9: 0, 10: 1, 11: 1, 12: 1, 13: 2, 14: 3, 15: 3, 16: 0} {
		if got := d.Streak(to); got != want {
			t.Errorf("on day %d the streak is %d, want %d", to, got, want)
		}
	}
	if got := game.Days(nil).Streak(5); got != 0 {
		t.Errorf("without days the streak is %d", got)
	}
}

func TestDaysJSONIsByDate(t *testing.T) {
	d := game.Days{{day("2026-01-31"), 3}, {day("2026-02-01"), 18_000_000_000_000_000_000}}
	text, err := json.Marshal(d)
	if err != nil || string(text) != `{"2026-01-31":3,"2026-02-01":18000000000000000000}` {
		t.Fatalf("%s, %v", text, err)
	}
	var back game.Days
	if err := json.Unmarshal(text, &back); err != nil || len(back) != 2 || back[0] != d[0] || back[1] != d[1] {
		t.Errorf("read back %v, %v", back, err)
	}
	for _, bad := range []string{`{"yesterday":1}`, `{"2026-01-01":-1}`, `[1]`, `{"1969-12-31":1}`} {
		if err := json.Unmarshal([]byte(bad), &back); err == nil {
			t.Errorf("%s was read as %v", bad, back)
		}
	}
}

package ledger

import (
	"testing"
	"testing/synctest"
	"time"

	"clickky/sync/game"
)

// TestTodaySurvivesClockThatIsSet sets the clock over midnight and back, with clicks in all stages of
// their way to the log.
func TestTodaySurvivesClockThatIsSet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New()
		l.Open()
		alice := l.Join("alice")
		click := func(n int) {
			for range n {
				alice.Click()
			}
		}
		check := func(what string, want uint64) {
			t.Helper()
			if got := alice.Standing().Today.Clicks; got != want {
				t.Errorf("%s alice has %d clicks today, want %d", what, got, want)
			}
			if lines := l.DayLines(1); want == 0 && len(lines) > 0 || want > 0 && (len(lines) != 1 || lines[0].Clicks != want) {
				t.Errorf("%s the day has %+v, want %d clicks", what, lines, want)
			}
		}
		var position uint64
		apply := func(e game.Event) {
			position++
			l.Apply(position, e, true)
		}

		click(1)
		apply(l.Drain(0, 10))
		click(2)
		first := l.Drain(0, 10) // on its way
		click(4)                // in no event yet
		check("before the clock is set", 7)

		l.clock.skew = 24 * time.Hour
		check("a day ahead", 4) // those without an event may still get one of that day
		click(8)
		second := l.Drain(0, 10)
		click(16)
		check("a day ahead, after clicks", 28)

		l.clock.skew = 0
		check("set back", 17) // the first event counts again once it is in the log
		apply(first)
		check("set back, after an event of that day", 19)
		apply(second)
		check("set back, after an event of the next day", 19)
		apply(l.Drain(0, 10))
		check("when all is in the log", 19)

		l.clock.skew = 24 * time.Hour
		check("a day ahead again", 12)
		l.clock.skew = 0
		check("set back again", 19)
		if got, today := l.Days("alice"), game.DateOf(time.Now()); len(got) != 2 || got.On(today) != 19 || got.On(today+1) != 12 {
			t.Errorf("the log has %v", got)
		}
	})
}

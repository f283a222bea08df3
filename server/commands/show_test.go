package commands_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/charmbracelet/x/exp/golden"

	"clickky/server/commands"
	"clickky/server/identity"
	"clickky/sync/game"
)

// evening returns a game in fake time: alice watches, bob plays, carol has left, dave has not
// scored yet, and zed, who clicked on another server, has a session that runs a command.
func evening(t *testing.T) *commands.Commands {
	t.Helper()
	c := setup(t)
	c.Ledger.Apply(1, game.Event{Clicks: map[string]uint64{"zed": 500}}, false)
	carol := c.Ledger.Join("carol")
	carol.Click()
	time.Sleep(30 * time.Minute)
	carol.Click()
	carol.Leave()
	bob := c.Ledger.Join("bob")
	for range 5 {
		bob.Click()
	}
	time.Sleep(5 * time.Hour)
	c.Ledger.Join("alice")
	c.Ledger.Join("dave")
	for range 30 {
		bob.Click()
		time.Sleep(100 * time.Millisecond)
	}
	time.Sleep(time.Second)
	c.Sessions = func() []game.SessionInfo {
		return []game.SessionInfo{{Name: "bob"}, {Name: "alice"}, {Name: "bob"}, {Name: "dave"}, {Name: "zed"}}
	}
	return c
}

// transcript returns the answers to an admin's commands.
func transcript(t *testing.T, c *commands.Commands, lines ...string) string {
	t.Helper()
	var b strings.Builder
	for _, line := range lines {
		status, out, errs := run(t, c, player(t, "carol", true), line)
		if status != commands.Done || errs != "" {
			t.Errorf("%q: status %d, %q", line, status, errs)
		}
		b.WriteString("$ " + identity.Printable(line) + "\n" + out)
	}
	return b.String()
}

func TestPlayersListSortBy(t *testing.T) {
	var said string
	synctest.Test(t, func(t *testing.T) {
		said = transcript(t, evening(t),
			"players", "players --sort=rank", "players --sort name", "players --sort rate", "players --sort seen",
			"players --search O", "players --search IL, --sort seen --json", "players --search zoe",
			"players --top 3 --page 2 --json", "players --sort rate --top 1 --page 1", "players --search O --top 1 --page 2",
			"players --top 1 --page 6 --json", "players --top 9223372036854775807 --page 9223372036854775807",
			"players --online", "players --online --sort seen", "players --online --sort name", "players --online --sort rate", "players --online --sort seen --top 2 --page 2 --json",
			"players --online --search B --json",
		)
	})
	golden.RequireEqual(t, said)
}

func TestPlayersShowHasLastDay(t *testing.T) {
	var said string
	synctest.Test(t, func(t *testing.T) {
		said = transcript(t, evening(t),
			"players show bob", "players show carol", "players show dave", "players show ev\x1b[2Jil,\"x\"", "players show carol --json", "players show dave --json")
	})
	golden.RequireEqual(t, said)
}

// TestPlayersShowChartHasBarPerHour draws every height.
func TestPlayersShowChartHasBarPerHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := setup(t)
		start := time.Now()
		time.Sleep(23*time.Hour + 59*time.Minute)
		for hour, n := range []uint64{1, 10, 11, 20, 30, 40, 50, 60, 70, 71, 80} {
			// The first and the last part of an hour are one bar.
			for after, n := range map[time.Duration]uint64{0: n / 2, 50 * time.Minute: n - n/2} {
				at := start.Add(time.Duration(hour)*time.Hour + after)
				c.Ledger.Apply(c.Ledger.Position()+1, game.Event{At: at, Clicks: map[string]uint64{"bob": n}}, false)
			}
		}
		_, out, _ := run(t, c, player(t, "carol", true), "players show bob")
		if want := "last 24 hours    ▁▁▂▂▃▄▅▆▇██               443\n"; !strings.Contains(out, want) {
			t.Errorf("%s\nwant %q", out, want)
		}
	})
}

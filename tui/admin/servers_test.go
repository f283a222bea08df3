package admin_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/exp/golden"

	"clickky/sync/game"
	"clickky/tui/admin"
	"clickky/tui/tuitest"
)

// games are what there is to see of several servers.
func games() map[string]func(*tuitest.FakeBackend) {
	one := game.Server{Name: "alpha", Version: "v1.4.0 go1.26.0", Players: 1204, State: "up"}
	two := game.Server{Name: "beta", Version: "v1.4.0 go1.26.0", Players: 1, Lag: 4, State: "up"}
	return map[string]func(*tuitest.FakeBackend){
		"fine": func(d *tuitest.FakeBackend) { d.Servers = []game.Server{one, two} },
		"trouble": func(d *tuitest.FakeBackend) {
			late, gone := two, game.Server{Name: "gamma", Version: "v1.3.9 go1.26.0", State: "silent"}
			late.Lag, late.State = 1530, "behind"
			d.Servers = []game.Server{one, late, gone}
		},
		"many": func(d *tuitest.FakeBackend) {
			for i := range 12 {
				s := game.Server{Name: fmt.Sprintf("server%02d.example.org", i), Version: "v1.4.0", Players: i, State: "up"}
				if i == 7 {
					s.State = "database down"
				}
				d.Servers = append(d.Servers, s)
			}
		},
	}
}

func TestGoldenServers(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {120, 40}, {60, 30}, {40, 12}, {40, 24}, {30, 8}} {
		for name, set := range games() {
			t.Run(fmt.Sprintf("%dx%d-%s", size[0], size[1], name), func(t *testing.T) {
				d := tuitest.NewFakeBackend(t)
				set(d)
				s := tuitest.New(t, tuitest.DashboardOptions(d, size[0], size[1], colorprofile.ASCII)).Press("d")
				golden.RequireEqual(t, tuitest.TrimLines(ansi.Strip(s.View())))
			})
		}
	}
	t.Run("colours", func(t *testing.T) {
		d := tuitest.NewFakeBackend(t)
		games()["trouble"](d)
		golden.RequireEqual(t, tuitest.New(t, tuitest.DashboardOptions(d, 80, 24, colorprofile.TrueColor)).Send(tuitest.OnDark).Press("d").View())
	})
}

func TestPlayerPageNamesServerOfSession(t *testing.T) {
	d := tuitest.NewFakeBackend(t)
	games()["fine"](d)
	d.Details.Sessions = append(d.Details.Sessions,
		game.SessionInfo{Server: "beta", From: "198.51.100.4", Terminal: "xterm", Since: d.Now.Add(-7 * time.Minute)}, game.SessionInfo{Server: "gamma"})
	s := tuitest.New(t, tuitest.DashboardOptions(d, 80, 24, colorprofile.ASCII)).Press("d", "down", "down", "enter")
	tuitest.RequireShows(t, s, "198.51.100.4  xterm  on beta", "7 min ago", "on gamma, which isn't answering")
	d.Details.Sessions = nil
	tuitest.RequireShows(t, s.Send(admin.SecondMsg{}), "none on any server")
}

func TestServersAreHiddenWithOnlyOne(t *testing.T) {
	d := tuitest.NewFakeBackend(t)
	before := tuitest.New(t, tuitest.DashboardOptions(d, 80, 24, colorprofile.ASCII)).Press("d").View()
	games()["fine"](d)
	d.Servers = d.Servers[:1]
	if after := tuitest.New(t, tuitest.DashboardOptions(d, 80, 24, colorprofile.ASCII)).Press("d").View(); after != before {
		t.Errorf("a server of its own is told of:\n%s", after)
	}
}

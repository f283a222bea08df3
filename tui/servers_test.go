package tui_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/exp/golden"

	"clickky/tui/admin"
)

// games are what there is to see of several servers.
func games() map[string]func(*desk) {
	one := admin.Server{Name: "alpha", Version: "v1.4.0 go1.26.0", Here: true, Players: 1204, State: "up", OK: true}
	two := admin.Server{Name: "beta", Version: "v1.4.0 go1.26.0", Players: 1, Lag: 4, State: "up", OK: true}
	return map[string]func(*desk){
		"fine": func(d *desk) { d.servers = []admin.Server{one, two} },
		"trouble": func(d *desk) {
			late, gone := two, admin.Server{Name: "gamma", Version: "v1.3.9 go1.26.0", State: "silent"}
			late.Lag, late.State, late.OK = 1530, "behind", false
			d.servers, d.differ = []admin.Server{one, late, gone}, "different versions"
		},
		"many": func(d *desk) {
			for i := range 12 {
				s := admin.Server{Name: fmt.Sprintf("server%02d.example.org", i), Version: "v1.4.0", Players: i, State: "up", OK: true}
				if i == 7 {
					s.State, s.OK = "database down", false
				}
				d.servers = append(d.servers, s)
			}
		},
	}
}

func TestTheServersOfAGameLookAsTheyDid(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {120, 40}, {60, 30}, {40, 12}, {40, 24}, {30, 8}} {
		for name, set := range games() {
			t.Run(fmt.Sprintf("%dx%d-%s", size[0], size[1], name), func(t *testing.T) {
				d := newDesk(t)
				set(d)
				s := newScreen(t, managing(d, size[0], size[1], colorprofile.ASCII)).press("d")
				golden.RequireEqual(t, trimmed(ansi.Strip(s.view())))
			})
		}
	}
	t.Run("colours", func(t *testing.T) {
		d := newDesk(t)
		games()["trouble"](d)
		golden.RequireEqual(t, newScreen(t, managing(d, 80, 24, colorprofile.TrueColor)).send(onDark).press("d").view())
	})
}

func TestSessionsOnOtherServersSayWhereTheyAre(t *testing.T) {
	d := newDesk(t)
	games()["fine"](d)
	d.sheet.Sessions = append(d.sheet.Sessions,
		admin.Session{Server: "beta", From: "198.51.100.4", Terminal: "xterm", Since: d.now.Add(-7 * time.Minute)}, admin.Session{Server: "gamma"})
	s := newScreen(t, managing(d, 80, 24, colorprofile.ASCII)).press("d", "down", "down", "enter")
	requireShows(t, s, "198.51.100.4  xterm  on beta", "7 min ago", "on gamma, which isn't answering")
	d.sheet.Sessions = nil
	requireShows(t, s.send(admin.SecondMsg{}), "none on any server")
}

func TestOneServerIsNotWorthALine(t *testing.T) {
	d := newDesk(t)
	before := newScreen(t, managing(d, 80, 24, colorprofile.ASCII)).press("d").view()
	games()["fine"](d)
	d.servers = d.servers[:1]
	if after := newScreen(t, managing(d, 80, 24, colorprofile.ASCII)).press("d").view(); after != before {
		t.Errorf("a server of its own is told of:\n%s", after)
	}
}

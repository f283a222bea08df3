package tuitest

import (
	"fmt"
	"image/color"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"clickky/sync/game"
	"clickky/sync/ledger"
	"clickky/sync/live"
	"clickky/tui"
	"clickky/tui/admin"
)

// FakeBackend is a fake data source for the dashboard.
type FakeBackend struct {
	Board   *live.Leaderboard
	Now     time.Time
	Servers []game.Server

	mu       sync.Mutex
	Details  admin.Details
	Lookups  int                            // calls of Details
	Commands []string                       // the commands that were run; confirmed ones end in !
	Answer   func(line string) admin.Output // answers other commands than actions
}

// NewFakeBackend returns a game of 120 players, some of whom were online recently.
func NewFakeBackend(t testing.TB) *FakeBackend {
	d := &FakeBackend{Answer: func(line string) admin.Output {
		return admin.Output{Lines: []string{"unexpected argument " + line + "; `help` lists the commands"}}
	}}
	play := func() {
		l := ledger.New()
		if err := l.Load(game.Contents{Players: Players(), Total: 1_342_977}); err != nil {
			t.Fatal(err)
		}
		l.Open()
		for i, name := range []string{"player005", "player009", "player030", "player002"} {
			session := l.Join(name)
			session.Click()
			if i < 3 {
				time.Sleep(time.Duration(i+1) * 17 * time.Minute)
			}
			session.Leave()
		}
		time.Sleep(40 * time.Second)
		for i, name := range []string{"alice", "player001", "player003", "player012", "player100"} {
			session := l.Join(name)
			for range i * i * 2 {
				session.Click()
			}
		}
		time.Sleep(2 * time.Second)
		d.Board, d.Now = live.New(l).Leaderboard(), time.Now()
	}
	if tt, ok := t.(*testing.T); ok {
		synctest.Test(tt, func(*testing.T) { play() })
	} else {
		d.Board, d.Now = NewBoard(t, Players()...), time.Unix(1e9, 0)
	}
	d.Details = player003(d.Now)
	return d
}

// player003 returns the details of a player.
func player003(now time.Time) admin.Details {
	s := admin.Details{
		Row:    live.Row{Rank: 3, Name: "player003", Clicks: 133_341, Rate: 1.6, Online: true},
		Exists: true, Now: now,
		Keys: []game.Key{
			{Fingerprint: "SHA256:kDE6OxCDtGGQ2oi9k9Y8cZB0a1jQ9vVWrPqVEJmQ4nA", Since: now.Add(-2000 * time.Hour)},
			{Fingerprint: "SHA256:t1Yz0mWbsFq8pXG3aVnB5uRkHcLd7eJ9oTfQwZxSyPI", Bound: true, Since: now.Add(-30 * time.Hour)},
		},
		Sessions: []game.SessionInfo{
			{From: "192.0.2.17", Terminal: "xterm-ghostty", Since: now.Add(-95 * time.Minute)},
			{From: "2001:db8::17", Since: now.Add(-4 * time.Second)},
		},
	}
	s.Last24Hours.Until = now.Truncate(10 * time.Minute).Add(10 * time.Minute)
	for i := range s.Last24Hours.Clicks {
		if hour := i / 6; hour > 5 && hour < 9 || hour > 13 {
			s.Last24Hours.Clicks[i] = uint32(i*i*7%311 + i)
		}
	}
	return s
}

// Backend returns it as an option of a screen.
func (d *FakeBackend) Backend() *admin.Backend {
	return &admin.Backend{
		Status: func() admin.Status {
			return admin.Status{Now: d.Now, Memory: 24_137_000, Goroutines: 412, Servers: d.Servers}
		},
		Details: func(name string) admin.Details {
			d.mu.Lock()
			defer d.mu.Unlock()
			d.Lookups++
			s := d.Details
			if s.Name != name && s.Exists {
				s.Name, s.Keys, s.Sessions = name, nil, nil
			}
			return s
		},
		Run:        d.run,
		WaitSecond: func() {},
	}
}

// run answers as the commands do.
func (d *FakeBackend) run(line string, confirmed bool) admin.Output {
	d.mu.Lock()
	defer d.mu.Unlock()
	mark := ""
	if confirmed {
		mark = "!"
	}
	d.Commands = append(d.Commands, line+mark)
	words := strings.Fields(line)
	switch {
	case line == "audit":
		return admin.Output{OK: true, Lines: auditLines()}
	case len(words) == 4 && words[1] == "rename" && words[3] == "root":
		return admin.Output{Lines: []string{"everybody shares that name"}}
	case len(words) == 4 && words[1] == "rename" && confirmed:
		return admin.Output{OK: true, Lines: []string{fmt.Sprintf("#13: %s is %s now. Take it back with `undo 13`.", words[2], words[3])}}
	case len(words) == 4 && words[1] == "rename":
		return admin.Output{Question: fmt.Sprintf("rename %s to %s, with 133,341 clicks and all keys", words[2], words[3])}
	default:
		return d.Answer(line)
	}
}

func auditLines() []string {
	var lines []string
	for n := 12; n > 0; n-- {
		did, why := fmt.Sprintf("renamed player%03d to bob%d", n, n), ""
		if n%3 == 0 {
			did, why = fmt.Sprintf("told everybody %q", "tea at five, and then the great clicking of the year"), "because: it is time"
		}
		lines = append(lines, fmt.Sprintf("#%-3d  2026-11-%02dT09:41:00Z  chief  %-30s  %s", n, n, did, why))
	}
	return lines
}

// NewDashboard returns alice's screen with a dashboard.
func NewDashboard(t testing.TB, width, height int, profile colorprofile.Profile) (*Screen, *FakeBackend) {
	t.Helper()
	d := NewFakeBackend(t)
	return New(t, DashboardOptions(d, width, height, profile)), d
}

// DashboardOptions returns the options of that screen.
func DashboardOptions(d *FakeBackend, width, height int, profile colorprofile.Profile) tui.Options {
	p := Alice()
	p.At.Clicks, p.At.Rank = 23_529, 17
	o := Options(p)
	o.Admin = true
	o.Board = func(int) *live.Leaderboard { return d.Board }
	o.Dashboard = d.Backend()
	o.Snapshot.Best = 87
	o.Width, o.Height, o.Profile = width, height, profile
	return o
}

// Second returns the message that a second has passed.
func Second() tea.Msg { return admin.SecondMsg{} }

// Answers about the terminal's background.
var (
	OnDark  = tea.BackgroundColorMsg{Color: color.Black}
	OnLight = tea.BackgroundColorMsg{Color: color.White}
)

// Bench measures an update with its view.
func Bench(b *testing.B, o tui.Options, msg func(i int) tea.Msg, before ...tea.Msg) {
	b.Helper()
	s := New(b, o).Send(before...)
	var model tea.Model = s.Model
	var size int
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		model, _ = model.Update(msg(i))
		size = len(model.View().Content)
	}
	b.ReportMetric(float64(size), "B/frame")
}

package tui_test

import (
	"fmt"
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

// desk is a server for admins to look after, as a test sets it.
type desk struct {
	board   *live.Board
	now     time.Time
	servers []admin.Server
	differ  string

	mu     sync.Mutex
	sheet  admin.Sheet
	looks  int                            // how often Sheet was called
	lines  []string                       // what was run; ending in ! if it was meant
	answer func(line string) admin.Output // to what is no act
}

// newDesk is the one of a game of 120 players of whom some were here lately.
func newDesk(t testing.TB) *desk {
	d := &desk{answer: func(line string) admin.Output {
		return admin.Output{Lines: []string{"unexpected argument " + line + "; `help` lists the commands"}}
	}}
	play := func() {
		l := ledger.New()
		if err := l.Load(game.Contents{Players: players(), Total: 1_342_977}); err != nil {
			t.Fatal(err)
		}
		l.Open()
		for i, name := range []string{"player005", "player009", "player030", "player002"} {
			seat := l.Join(name)
			seat.Click()
			if i < 3 {
				time.Sleep(time.Duration(i+1) * 17 * time.Minute)
			}
			seat.Leave()
		}
		time.Sleep(40 * time.Second)
		for i, name := range []string{"alice", "player001", "player003", "player012", "player100"} {
			seat := l.Join(name)
			for range i * i * 2 {
				seat.Click()
			}
		}
		time.Sleep(2 * time.Second)
		d.board, d.now = live.New(l).Board(), time.Now()
	}
	if tt, ok := t.(*testing.T); ok {
		synctest.Test(tt, func(*testing.T) { play() })
	} else {
		d.board, d.now = boardOf(t, players()...), time.Unix(1e9, 0)
	}
	d.sheet = sheetOf(d.now)
	return d
}

// sheetOf is what there is to know of player003.
func sheetOf(now time.Time) admin.Sheet {
	s := admin.Sheet{
		Row:   live.Row{Rank: 3, Name: "player003", Clicks: 133_341, Rate: 1.6, Online: true},
		Known: true, Of: 120, Now: now,
		Keys: []admin.Key{
			{Fingerprint: "SHA256:kDE6OxCDtGGQ2oi9k9Y8cZB0a1jQ9vVWrPqVEJmQ4nA", Since: now.Add(-2000 * time.Hour)},
			{Fingerprint: "SHA256:t1Yz0mWbsFq8pXG3aVnB5uRkHcLd7eJ9oTfQwZxSyPI", Bound: true, Since: now.Add(-30 * time.Hour)},
		},
		Sessions: []admin.Session{
			{From: "192.0.2.17", Terminal: "xterm-ghostty", Since: now.Add(-95 * time.Minute)},
			{From: "2001:db8::17", Since: now.Add(-4 * time.Second)},
		},
	}
	s.Day.Until = now.Truncate(10 * time.Minute).Add(10 * time.Minute)
	for i := range s.Day.Clicks {
		if hour := i / 6; hour > 5 && hour < 9 || hour > 13 {
			s.Day.Clicks[i] = uint32(i*i*7%311 + i) //nolint:gosec // small
		}
	}
	return s
}

// options are what a screen is given of it.
func (d *desk) options() *admin.Desk {
	return &admin.Desk{
		Machine: func() admin.Machine {
			return admin.Machine{Now: d.now, Memory: 24_137_000, Goroutines: 412, Servers: d.servers, Differ: d.differ}
		},
		Sheet: func(name string) admin.Sheet {
			d.mu.Lock()
			defer d.mu.Unlock()
			d.looks++
			s := d.sheet
			if s.Name != name && s.Known {
				s.Name, s.Keys, s.Sessions = name, nil, nil
			}
			return s
		},
		Run:    d.run,
		Second: func() {},
	}
}

// run answers as the commands do.
func (d *desk) run(line string, sure bool) admin.Output {
	d.mu.Lock()
	defer d.mu.Unlock()
	mark := ""
	if sure {
		mark = "!"
	}
	d.lines = append(d.lines, line+mark)
	words := strings.Fields(line)
	switch {
	case line == "audit":
		return admin.Output{OK: true, Lines: auditLines()}
	case len(words) == 4 && words[1] == "rename" && words[3] == "root":
		return admin.Output{Lines: []string{"everybody shares that name"}}
	case len(words) == 4 && words[1] == "rename" && sure:
		return admin.Output{OK: true, Lines: []string{fmt.Sprintf("#13: %s is %s now. Take it back with `undo 13`.", words[2], words[3])}}
	case len(words) == 4 && words[1] == "rename":
		return admin.Output{Question: fmt.Sprintf("rename %s to %s, with 133,341 clicks and all keys", words[2], words[3])}
	default:
		return d.answer(line)
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

// manage is alice's screen with a dashboard.
func manage(t testing.TB, width, height int, profile colorprofile.Profile) (*screen, *desk) {
	t.Helper()
	d := newDesk(t)
	return newScreen(t, managing(d, width, height, profile)), d
}

func managing(d *desk, width, height int, profile colorprofile.Profile) tui.Options {
	p := alice()
	p.standing.Clicks, p.standing.Rank = 23_529, 17
	o := options(p)
	o.Admin = true
	o.Board = func() *live.Board { return d.board }
	o.Desk = d.options()
	o.Snapshot.Best = 87
	o.Width, o.Height, o.Profile = width, height, profile
	return o
}

// second lets a second pass.
func second() tea.Msg { return admin.SecondMsg{} }

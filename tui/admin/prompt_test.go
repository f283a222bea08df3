package admin_test

import (
	"slices"
	"strings"
	"testing"

	"clickky/tui/tuitest"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"clickky/sync/game"
	"clickky/sync/live"
	"clickky/tui"
	"clickky/tui/admin"
)

// asking is a desk whose commands all ask.
func asking(t testing.TB) *tuitest.FakeBackend {
	d := tuitest.NewFakeBackend(t)
	d.Answer = func(line string) admin.Output { return admin.Output{Question: "do: " + line} }
	return d
}

func TestPlayerPageKeysOpenCommands(t *testing.T) {
	const key = "SHA256:kDE6OxCDtGGQ2oi9k9Y8cZB0a1jQ9vVWrPqVEJmQ4nA"
	for _, c := range []struct {
		keys        []string
		typed, want string
	}{
		{[]string{"c"}, "500", "players set player003 500"},
		{[]string{"x"}, "--why x", "players delete player003 --why x"},
		{[]string{"f"}, "", "players release player003 "},
		{[]string{"k"}, "", "players kick player003 "},
		{[]string{"g"}, "it's tea", `players message --to player003 "it's tea"`},
		{[]string{"b"}, "", "players ban " + key + " --for 30d"},
		{[]string{"b", "down", "down"}, "", "players ban 192.0.2.17 --for 30d"},
		{[]string{"b", "up"}, "", "players ban 2001:db8::17 --for 30d"},
		{[]string{"u"}, "3", "undo 3"},
		{[]string{":"}, "players unban 192.0.2.17", "players unban 192.0.2.17"},
		{[]string{"esc", "g"}, "tea, all", `players message "tea, all"`},
	} {
		d := asking(t)
		s := tuitest.New(t, tuitest.DashboardOptions(d, 80, 24, colorprofile.ASCII)).Press("d", "down", "down", "enter").Press(c.keys...)
		s.Type(c.typed).Press("enter")
		if !slices.Equal(d.Commands, []string{c.want}) {
			t.Errorf("%v, %q runs %q, want %q", c.keys, c.typed, d.Commands, c.want)
		}
		tuitest.RequireShows(t, s, "do: "+strings.Fields(c.want)[0], "y confirm")
		s.Press("y")
		if want := []string{c.want, c.want + "!"}; !slices.Equal(d.Commands, want) {
			t.Errorf("and then %q, want %q", d.Commands, want)
		}
	}
}

func TestQuestionIsConfirmedByYOnly(t *testing.T) {
	d := asking(t)
	for _, k := range tuitest.EveryKey(0x82) {
		d.Commands = nil
		s := tuitest.New(t, tuitest.DashboardOptions(d, 80, 24, colorprofile.ASCII)).Press("d", "u", "1", "enter")
		if s.Send(k); k.Text != "y" && len(d.Commands) > 1 {
			t.Errorf("%q does it", k.String())
		}
		if s.Quit || k.Text == "y" {
			continue
		}
		s.Press("y")
		if len(d.Commands) > 1 {
			t.Errorf("y does it, though %q has cancelled", k.String())
		}
		tuitest.RequireHides(t, s, "do: ")
	}
}

func TestQuestionIgnoresHeldKey(t *testing.T) {
	d := asking(t)
	s := tuitest.New(t, tuitest.DashboardOptions(d, 80, 24, colorprofile.ASCII)).Press("d", "u", "1", "enter")
	for _, name := range []string{"y", "enter", "space"} {
		k := tuitest.KeyPress(name)
		k.IsRepeat = true
		s.Send(k)
	}
	tuitest.RequireShows(t, s, "do: undo 1?")
	if len(d.Commands) != 1 {
		t.Errorf("run: %q", d.Commands)
	}
}

func TestQuestionIgnoresKeysTypedAhead(t *testing.T) {
	d := asking(t)
	s := tuitest.New(t, tuitest.DashboardOptions(d, 80, 24, colorprofile.ASCII)).Press("d", "u", "1")
	model, run := s.Model.Update(tuitest.KeyPress("enter"))
	for _, k := range []string{"y", "y", "enter"} { // typed ahead
		var cmd tea.Cmd
		if model, cmd = model.Update(tuitest.KeyPress(k)); cmd != nil {
			t.Fatalf("%s has run something", k)
		}
	}
	s.Model, _ = model.(tui.Model)
	tuitest.RequireShows(t, s, ":undo 1", "one moment")
	tuitest.RequireShows(t, s.Send(run()), "do: undo 1?")
}

func TestPromptKeepsFailedCommand(t *testing.T) {
	s, d := tuitest.NewDashboard(t, 80, 24, colorprofile.ASCII)
	s.Press("d", "down", "down", "enter", "r").Type("root").Press("enter")
	tuitest.RequireShows(t, s, "everybody shares that name", ":players rename player003 root")
	in := tea.KeyPressMsg{Code: tea.KeyBackspace}
	s.Send(in, in, in, in).Type("alicia").Press("enter")
	tuitest.RequireShows(t, s, "rename player003 to alicia, with 133,341 clicks and all keys?")
	tuitest.RequireHides(t, s, "everybody's")
	tuitest.RequireShows(t, s.Press("y"), "#13: player003 is alicia now. Take it back with `undo 13`.", "r rename")
	if want := []string{"players rename player003 root", "players rename player003 alicia", "players rename player003 alicia!"}; !slices.Equal(d.Commands, want) {
		t.Errorf("run: %q", d.Commands)
	}
}

func TestPromptOpensLongOutputAsPage(t *testing.T) {
	s, d := tuitest.NewDashboard(t, 80, 24, colorprofile.ASCII)
	tuitest.RequireShows(t, s.Press("d", "a"), "╭─ audit ", "#12 ", "told everybody", "great clicking")
	tuitest.RequireShows(t, s.Press("u").Type("12"), ":undo 12")
	tuitest.RequireShows(t, s.Press("esc", "esc"), "players by rank")
	d.Answer = func(string) admin.Output { return admin.Output{OK: true, Lines: []string{"Nobody is banned."}} }
	tuitest.RequireShows(t, s.Press(":").Type("players bans").Press("enter"), "Nobody is banned.", "players by rank")
	d.Answer = func(string) admin.Output { return admin.Output{OK: true} }
	tuitest.RequireShows(t, s.Press(":").Type("x").Press("enter"), "done", "players by rank")
	d.Answer = func(string) admin.Output {
		return admin.Output{OK: true, Lines: []string{"{\"a\":\"" + strings.Repeat("x", 300) + "\x1b[2J\"}"}}
	}
	tuitest.RequireShows(t, s.Press(":").Type("me --json").Press("enter"), "╭─ me --json ", "xxx", "·[2J")
	d.Answer = func(string) admin.Output { return admin.Output{OK: true, Lines: slices.Repeat([]string{"line"}, 100)} }
	tuitest.RequireShows(t, s.Press("esc", ":").Type("x").Press("enter"), "1-20 of 100")
	tuitest.RequireShows(t, s.Press("down", "pgdown"), "21-40 of 100")
	tuitest.RequireShows(t, s.Send(tea.MouseWheelMsg{Button: tea.MouseWheelDown}), "24-43 of 100")
	tuitest.RequireShows(t, s.Press("end"), "81-100 of 100")
	tuitest.RequireShows(t, s.Press("home", "up"), "1-20 of 100")
	tuitest.RequireShows(t, s.Press("tab"), "press space")
}

func TestPromptTakesKeysAsText(t *testing.T) {
	s, d := tuitest.NewDashboard(t, 80, 24, colorprofile.ASCII)
	s.Press("d", ":").Type("q djk:/?é世").Send(tea.PasteMsg{Content: "pasted"}, tea.KeyPressMsg{Code: 'v', Mod: tea.ModCtrl})
	tuitest.RequireShows(t, s, ":q djk:/?é世")
	tuitest.RequireHides(t, s, "pasted")
	s.Type(strings.Repeat("x", 900)).Press("home").Type("ab")
	tuitest.RequireShows(t, s, ":q d") // no more fits
	s.Press("end", "esc").Press(":", "enter")
	tuitest.RequireShows(t, s, "players by rank")
	if s.Quit || len(d.Commands) > 0 {
		t.Errorf("quit %v, run %q", s.Quit, d.Commands)
	}
}

func TestPromptRunsOneCommandAtATime(t *testing.T) {
	d := asking(t)
	s := tuitest.New(t, tuitest.DashboardOptions(d, 80, 24, colorprofile.ASCII)).Press("d", "u", "1", "enter")
	model, slow := s.Model.Update(tuitest.KeyPress("y"))
	s.Model, _ = model.(tui.Model)
	s.Press("esc", "u", "2", "enter")
	tuitest.RequireShows(t, s, "one moment", ":undo 2")
	if len(d.Commands) != 1 {
		t.Errorf("run: %q", d.Commands)
	}
	d.Answer = func(line string) admin.Output { return admin.Output{OK: true, Lines: []string{line + " is done"}} }
	tuitest.RequireShows(t, s.Send(slow()), "undo 1 is done", ":undo 2") // a notice, because the player has typed on
	tuitest.RequireShows(t, s.Press("enter"), "undo 2 is done")
}

func TestQuestionCanceledIsNotAsked(t *testing.T) {
	for _, gone := range [][]string{{"esc"}, {"esc", "esc"}, {"esc", "u"}} {
		s := tuitest.New(t, tuitest.DashboardOptions(asking(t), 80, 24, colorprofile.ASCII)).Press("d", "u", "1")
		model, run := s.Model.Update(tuitest.KeyPress("enter"))
		s.Model, _ = model.(tui.Model)
		s.Press(gone...).Send(run())
		tuitest.RequireHides(t, s, "do: ")
	}
}

func TestPromptQuotesAnyName(t *testing.T) {
	for name, want := range map[string]string{
		"old name":  "players kick 'old name' ",
		"it's":      `players kick 'it'\''s' `,
		"$(reboot)": "players kick '$(reboot)' ",
		"-x":        "players kick -- -x ",
		"--yes":     "players kick -- --yes ",
		"a\nb":      "players kick 'a\nb' ",
		"世界":        "players kick '世界' ",
		"":          "",
		"\xff":      "",
	} {
		d := asking(t)
		d.Board = tuitest.NewBoard(t, game.Player{Name: name, Clicks: 1})
		d.Details.Name = name
		s := tuitest.New(t, tuitest.DashboardOptions(d, 80, 24, colorprofile.ASCII)).Press("d", "enter", "k", "enter")
		switch {
		case want == "":
			tuitest.RequireShows(t, s, "commands can't name this player")
		case !slices.Equal(d.Commands, []string{want}):
			t.Errorf("%q: run %q, want %q", name, d.Commands, want)
		}
		if strings.Contains(ansi.Strip(s.View()), "\x1b") {
			t.Errorf("%q: the screen shows %q", name, s.View())
		}
	}
	d := asking(t)
	d.Board = tuitest.NewBoard(t, game.Player{Name: "-x", Clicks: 1})
	d.Details.Name, d.Details.Keys, d.Details.Sessions = "-x", nil, nil
	s := tuitest.New(t, tuitest.DashboardOptions(d, 80, 24, colorprofile.ASCII)).Press("d", "enter", "b")
	tuitest.RequireShows(t, s, "there's nothing to ban")
	s.Press("g").Type("tea").Press("enter")
	if want := `players message --to=-x "tea"`; d.Commands[0] != want {
		t.Errorf("run %q, want %q", d.Commands[0], want)
	}
}

func TestDashboardClosesWhenRightsEnd(t *testing.T) {
	d := tuitest.NewFakeBackend(t)
	public := func(int) *live.Leaderboard { return d.Board }
	for name, play := range dashboardScenes() {
		for what, msg := range map[string]tui.AdminMsg{"hidden": {}, "public": {Board: public}} {
			s := tuitest.New(t, tuitest.DashboardOptions(d, 80, 24, colorprofile.ASCII))
			play(s)
			s.Send(msg, tuitest.Second())
			if name == "help" {
				s.Press("esc")
			}
			tuitest.RequireShows(t, s, "you're no longer an admin", "space click")
			tuitest.RequireHides(t, s, "player0", "dashboard", "SHA256", "players by", "audit")
			tuitest.RequireHides(t, s.Press("d", "enter", "?"), "players by", "the dashboard")
			if t.Failed() {
				t.Fatalf("in the scene %s, with a leaderboard that is %s", name, what)
			}
		}
	}
}

func TestDashboardDropsPendingWhenRightsEnd(t *testing.T) {
	for _, keys := range [][]string{{"d"}, {"d", "enter"}, {"d", "a"}, {"d", "u", "1", "enter"}, {"d", "u", "1", "enter", "y"}} {
		d := tuitest.NewFakeBackend(t)
		d.Answer = func(string) admin.Output {
			return map[bool]admin.Output{false: {Question: "undo that"}, true: {OK: true, Lines: []string{"player007"}}}[len(d.Commands) > 1]
		}
		s := tuitest.New(t, tuitest.DashboardOptions(d, 80, 24, colorprofile.ASCII)).Press(keys[:len(keys)-1]...)
		model, cmd := s.Model.Update(tuitest.KeyPress(keys[len(keys)-1]))
		s.Model, _ = model.(tui.Model)
		s.Send(tui.AdminMsg{}, cmd())
		tuitest.RequireShows(t, s, "you're no longer an admin")
		tuitest.RequireHides(t, s, "player0", "undo that")
	}
}

func TestDashboardOpensWhenRightsBegin(t *testing.T) {
	d := tuitest.NewFakeBackend(t)
	s := tuitest.New(t, tuitest.Options(tuitest.Alice()))
	tuitest.RequireHides(t, s.Press("d"), "players by")
	s.Send(tui.AdminMsg{Admin: true, Board: func(int) *live.Leaderboard { return d.Board }, Dashboard: d.Backend()})
	tuitest.RequireShows(t, s, "d dashboard")
	tuitest.RequireShows(t, s.Press("d"), "players by rank", "player001")
}

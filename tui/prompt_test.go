package tui_test

import (
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"clickky/sync/game"
	"clickky/sync/live"
	"clickky/tui"
	"clickky/tui/admin"
)

// asking is a desk whose commands all ask.
func asking(t testing.TB) *desk {
	d := newDesk(t)
	d.answer = func(line string) admin.Output { return admin.Output{Question: "do: " + line} }
	return d
}

func TestEveryKeyOfAPlayersPageBeginsItsCommand(t *testing.T) {
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
		s := newScreen(t, managing(d, 80, 24, colorprofile.ASCII)).press("d", "down", "down", "enter").press(c.keys...)
		s.typed(c.typed).press("enter")
		if !slices.Equal(d.lines, []string{c.want}) {
			t.Errorf("%v, %q runs %q, want %q", c.keys, c.typed, d.lines, c.want)
		}
		requireShows(t, s, "do: "+strings.Fields(c.want)[0], "y confirm")
		s.press("y")
		if want := []string{c.want, c.want + "!"}; !slices.Equal(d.lines, want) {
			t.Errorf("and then %q, want %q", d.lines, want)
		}
	}
}

func TestOnlyYDoesIt(t *testing.T) {
	d := asking(t)
	for _, k := range everyKey() {
		d.lines = nil
		s := newScreen(t, managing(d, 80, 24, colorprofile.ASCII)).press("d", "u", "1", "enter")
		if s.send(k); k.Text != "y" && len(d.lines) > 1 {
			t.Errorf("%q does it", k.String())
		}
		if s.quit || k.Text == "y" {
			continue
		}
		s.press("y")
		if len(d.lines) > 1 {
			t.Errorf("y does it, though %q has cancelled", k.String())
		}
		requireHides(t, s, "do: ")
	}
}

func TestAHeldKeyAnswersNothing(t *testing.T) {
	d := asking(t)
	s := newScreen(t, managing(d, 80, 24, colorprofile.ASCII)).press("d", "u", "1", "enter")
	for _, name := range []string{"y", "enter", "space"} {
		k := keyPress(name)
		k.IsRepeat = true
		s.send(k)
	}
	requireShows(t, s, "do: undo 1?")
	if len(d.lines) != 1 {
		t.Errorf("run: %q", d.lines)
	}
}

func TestAQuestionMayBeAnsweredAfterItStandsThere(t *testing.T) {
	d := asking(t)
	s := newScreen(t, managing(d, 80, 24, colorprofile.ASCII)).press("d", "u", "1")
	model, run := s.model.Update(keyPress("enter"))
	for _, k := range []string{"y", "y", "enter"} { // typed ahead
		var cmd tea.Cmd
		if model, cmd = model.Update(keyPress(k)); cmd != nil {
			t.Fatalf("%s has run something", k)
		}
	}
	s.model, _ = model.(tui.Model)
	requireShows(t, s, ":undo 1", "one moment")
	requireShows(t, s.send(run()), "do: undo 1?")
}

func TestAnErrorLeavesTheCommandToBeMended(t *testing.T) {
	s, d := manage(t, 80, 24, colorprofile.ASCII)
	s.press("d", "down", "down", "enter", "r").typed("root").press("enter")
	requireShows(t, s, "everybody shares that name", ":players rename player003 root")
	in := tea.KeyPressMsg{Code: tea.KeyBackspace}
	s.send(in, in, in, in).typed("alicia").press("enter")
	requireShows(t, s, "rename player003 to alicia, with 133,341 clicks and all keys?")
	requireHides(t, s, "everybody's")
	requireShows(t, s.press("y"), "#13: player003 is alicia now. Take it back with `undo 13`.", "r rename")
	if want := []string{"players rename player003 root", "players rename player003 alicia", "players rename player003 alicia!"}; !slices.Equal(d.lines, want) {
		t.Errorf("run: %q", d.lines)
	}
}

func TestWhatIsLongIsAPageOfItsOwn(t *testing.T) {
	s, d := manage(t, 80, 24, colorprofile.ASCII)
	requireShows(t, s.press("d", "a"), "╭─ audit ", "#12 ", "told everybody", "great clicking")
	requireShows(t, s.press("u").typed("12"), ":undo 12")
	requireShows(t, s.press("esc", "esc"), "players by rank")
	d.answer = func(string) admin.Output { return admin.Output{OK: true, Lines: []string{"Nobody is banned."}} }
	requireShows(t, s.press(":").typed("players bans").press("enter"), "Nobody is banned.", "players by rank")
	d.answer = func(string) admin.Output { return admin.Output{OK: true} }
	requireShows(t, s.press(":").typed("x").press("enter"), "done", "players by rank")
	d.answer = func(string) admin.Output {
		return admin.Output{OK: true, Lines: []string{"{\"a\":\"" + strings.Repeat("x", 300) + "\x1b[2J\"}"}}
	}
	requireShows(t, s.press(":").typed("me --json").press("enter"), "╭─ me --json ", "xxx", "·[2J")
	d.answer = func(string) admin.Output { return admin.Output{OK: true, Lines: slices.Repeat([]string{"line"}, 100)} }
	requireShows(t, s.press("esc", ":").typed("x").press("enter"), "1-20 of 100")
	requireShows(t, s.press("down", "pgdown"), "21-40 of 100")
	requireShows(t, s.send(tea.MouseWheelMsg{Button: tea.MouseWheelDown}), "24-43 of 100")
	requireShows(t, s.press("end"), "81-100 of 100")
	requireShows(t, s.press("home", "up"), "1-20 of 100")
	requireShows(t, s.press("tab"), "press space")
}

func TestWhileACommandIsTypedKeysAreText(t *testing.T) {
	s, d := manage(t, 80, 24, colorprofile.ASCII)
	s.press("d", ":").typed("q djk:/?é世").send(tea.PasteMsg{Content: "pasted"}, tea.KeyPressMsg{Code: 'v', Mod: tea.ModCtrl})
	requireShows(t, s, ":q djk:/?é世")
	requireHides(t, s, "pasted")
	s.typed(strings.Repeat("x", 900)).press("home").typed("ab")
	requireShows(t, s, ":q d") // no more fits
	s.press("end", "esc").press(":", "enter")
	requireShows(t, s, "players by rank")
	if s.quit || len(d.lines) > 0 {
		t.Errorf("quit %v, run %q", s.quit, d.lines)
	}
}

func TestOneCommandAtATime(t *testing.T) {
	d := asking(t)
	s := newScreen(t, managing(d, 80, 24, colorprofile.ASCII)).press("d", "u", "1", "enter")
	model, slow := s.model.Update(keyPress("y"))
	s.model, _ = model.(tui.Model)
	s.press("esc", "u", "2", "enter")
	requireShows(t, s, "one moment", ":undo 2")
	if len(d.lines) != 1 {
		t.Errorf("run: %q", d.lines)
	}
	d.answer = func(line string) admin.Output { return admin.Output{OK: true, Lines: []string{line + " is done"}} }
	requireShows(t, s.send(slow()), "undo 1 is done", ":undo 2") // of which whoever has gone on is told
	requireShows(t, s.press("enter"), "undo 2 is done")
}

func TestAQuestionThatNobodyWaitsForIsNotAsked(t *testing.T) {
	for _, gone := range [][]string{{"esc"}, {"esc", "esc"}, {"esc", "u"}} {
		s := newScreen(t, managing(asking(t), 80, 24, colorprofile.ASCII)).press("d", "u", "1")
		model, run := s.model.Update(keyPress("enter"))
		s.model, _ = model.(tui.Model)
		s.press(gone...).send(run())
		requireHides(t, s, "do: ")
	}
}

func TestNamesThatMayHoldAnythingAreNamed(t *testing.T) {
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
		d.board = boardOf(t, game.Player{Name: name, Clicks: 1})
		d.sheet.Name = name
		s := newScreen(t, managing(d, 80, 24, colorprofile.ASCII)).press("d", "enter", "k", "enter")
		switch {
		case want == "":
			requireShows(t, s, "commands can't name this player")
		case !slices.Equal(d.lines, []string{want}):
			t.Errorf("%q: run %q, want %q", name, d.lines, want)
		}
		if strings.Contains(ansi.Strip(s.view()), "\x1b") {
			t.Errorf("%q: the screen shows %q", name, s.view())
		}
	}
	d := asking(t)
	d.board = boardOf(t, game.Player{Name: "-x", Clicks: 1})
	d.sheet.Name, d.sheet.Keys, d.sheet.Sessions = "-x", nil, nil
	s := newScreen(t, managing(d, 80, 24, colorprofile.ASCII)).press("d", "enter", "b")
	requireShows(t, s, "there's nothing to ban")
	s.press("g").typed("tea").press("enter")
	if want := `players message --to=-x "tea"`; d.lines[0] != want {
		t.Errorf("run %q, want %q", d.lines[0], want)
	}
}

func TestWhoIsNoAdminAnyMoreLosesAllOfTheDashboard(t *testing.T) {
	d := newDesk(t)
	public := func() *live.Board { return d.board }
	for name, play := range deskScenes() {
		for what, msg := range map[string]tui.AdminMsg{"hidden": {}, "public": {Board: public}} {
			s := newScreen(t, managing(d, 80, 24, colorprofile.ASCII))
			play(s)
			s.send(msg, second())
			if name == "help" {
				s.press("esc")
			}
			requireShows(t, s, "you're no longer an admin", "space click")
			requireHides(t, s, "player0", "dashboard", "SHA256", "players by", "audit")
			requireHides(t, s.press("d", "enter", "?"), "players by", "the dashboard")
			if t.Failed() {
				t.Fatalf("in the scene %s, with a leaderboard that is %s", name, what)
			}
		}
	}
}

func TestWhatIsUnderWayIsForNobodyWhoIsNoAdminAnyMore(t *testing.T) {
	for _, keys := range [][]string{{"d"}, {"d", "enter"}, {"d", "a"}, {"d", "u", "1", "enter"}, {"d", "u", "1", "enter", "y"}} {
		d := newDesk(t)
		d.answer = func(string) admin.Output {
			return map[bool]admin.Output{false: {Question: "undo that"}, true: {OK: true, Lines: []string{"player007"}}}[len(d.lines) > 1]
		}
		s := newScreen(t, managing(d, 80, 24, colorprofile.ASCII)).press(keys[:len(keys)-1]...)
		model, cmd := s.model.Update(keyPress(keys[len(keys)-1]))
		s.model, _ = model.(tui.Model)
		s.send(tui.AdminMsg{}, cmd())
		requireShows(t, s, "you're no longer an admin")
		requireHides(t, s, "player0", "undo that")
	}
}

func TestWhoBecomesAnAdminGetsTheDashboardAtOnce(t *testing.T) {
	d := newDesk(t)
	s := newScreen(t, options(alice()))
	requireHides(t, s.press("d"), "players by")
	s.send(tui.AdminMsg{Admin: true, Board: func() *live.Board { return d.board }, Desk: d.options()})
	requireShows(t, s, "d dashboard")
	requireShows(t, s.press("d"), "players by rank", "player001")
}

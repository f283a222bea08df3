package commands_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"clickky/server/commands"
	"clickky/server/identity"
	"clickky/sync/game"
	"clickky/sync/ledger"
	"clickky/sync/ledger/ledgertest"
)

// newGame is setup with a journal in memory, and with sessions of bob.
func newGame(t *testing.T) *commands.Commands {
	t.Helper()
	c := setup(t)
	admins, err := identity.ParseAdmins([]string{"boss"})
	if err != nil {
		t.Fatal(err)
	}
	c.Rules = identity.NewRules(admins, false, nil)
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	c.Sessions = func() []game.SessionInfo {
		return []game.SessionInfo{{Name: "bob", From: "192.0.2.1", Terminal: "xterm\x1b", Since: at}, {Name: "newcomer", From: "192.0.2.2", Since: at}}
	}
	c.Ledger.ProposeKeyChange(game.KeyChange{Kind: game.KeyBind, Name: "bob", Key: testKey})
	fold(c.Ledger, at)
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			case <-c.Ledger.Due():
				fold(c.Ledger, time.Now())
			}
		}
	}()
	t.Cleanup(func() { close(stop); <-stopped })
	return c
}

func fold(l *ledger.Ledger, at time.Time) {
	for e := l.Drain(100, 100); !e.Empty(); e = l.Drain(100, 100) {
		e.At = at
		l.Apply(l.Position()+1, e, true)
	}
}

const testKey = "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

func TestPlayersCommands(t *testing.T) {
	c := newGame(t)
	admin := player(t, "carol", true)
	admin.Key = "SHA256:BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBA"
	for _, tc := range []struct {
		line   string
		status int
		out    string
		errs   string
	}{
		{"help", 0, "players set <name> <count> [--why=TEXT] [--yes]", ""},
		{"help", 0, "players ban <key|address/prefix> [--why=TEXT] [--yes] --for=30d", ""},
		{"players", 0, "1,342,977  0.0   -     0\n2     bob           12         0.0   -     1\n", ""},
		{"players --top 1", 0, "alice", ""},
		{"players --online --json", 0, `[{"rank":2,"name":"bob","clicks":12,"sessions":1,"rate":0,"online":false,"seen":null},{"rank":5,"name":"newcomer","clicks":0,"sessions":1,"rate":0`, ""},
		{"players --top -1", 2, "", "--top"},
		{"players --sort clicks", 2, "", "--sort must be one of"},
		{"players --page 0", 2, "", "--page starts at 1"},
		{"players --page -9223372036854775808", 2, "", "--page"},
		{"players --page 2 --top 0", 2, "", "--page needs a --top"},
		{"players show BOB", 0, testKey + "  since 2026-01-02T03:04:05Z  bound by the operator", ""},
		{"players show bob", 0, "from 192.0.2.1 since 2026-01-02T03:04:05Z  xterm·", ""},
		{"players show bob --json", 0, `{"name":"bob","clicks":12,"rank":2,"keys":[{"fingerprint":"` + testKey +
			`","since":"2026-01-02T03:04:05Z","bound":true,"current":false}],"sessions":[{"from":"192.0.2.1","terminal":"xterm·","since":"2026-01-02T03:04:05Z"}],"rate":0,"online":false,"seen":null,"day":{"until":"20`, ""},
		{"players show newcomer", 0, "no terminal", ""},
		{"players show zoe", 1, "", "there's no player zoe"},
		{"players dance", 2, "", "`help`"},
		{"audit", 0, "No admin has changed anything yet.", ""},
		{"audit --json", 0, "[]\n", ""},

		{"players set bob 5", 1, "", "this would change the clicks of bob from 12 to 5; add --yes to do it"},
		{"players set bob -5", 2, "", "5"},
		{"players set zoe 5 --yes", 1, "", "there's no player zoe"},
		{"players set Bob 5000 --yes --why typing", 0, "#1: bob now has 5,000 clicks. Take it back with `undo 1`.", ""},
		{"undo 1", 1, "", "this would undo #1 (set bob from 12 to 5,000 clicks)"},
		{"undo 1 --yes", 0, "#2: undid #1 (set bob from 12 to 5,000 clicks).\n", ""},
		{"undo 1 --yes", 1, "", "was already undone by #2"},
		{"undo 77", 1, "", "undo #77;"},
		{"undo 77 --yes", 1, "", "no #77"},
		{"undo zero", 2, "", "zero"},

		{"players rename bob Bobby", 1, "", "rename bob to bobby, with 12 clicks and all keys"},
		{"players rename bob -x", 2, "", "-x"},
		{"players rename bob x/y", 1, "", "letters a to z"},
		{"players rename bob root --yes", 1, "", "everybody shares that name"},
		{"players rename bob boss --yes", 1, "", "that name is reserved by the operator"},
		{"players rename bob alice --yes", 1, "", "the name alice is taken"},
		{"players rename bob Bobby --yes", 0, "#3: bob is now bobby", ""},
		{"undo 3 --yes", 0, "#4: ", ""},
		{"players release bob", 1, "", "remove all keys from the name bob, so the next key that scores owns it"},
		{"players release bob --yes", 0, "#5: the name bob is now free", ""},
		{"players release bob --yes", 1, "", "the name bob has no key"},
		{"players delete alice", 1, "", "delete alice with 1,342,977 clicks"},
		{"players delete alice --yes", 0, "#6: alice was deleted. Take it back with `undo 6`.", ""},
		{"undo 6 --yes", 0, "#7: ", ""},
		{"players kick bob", 1, "", "end all sessions of bob"},
		{"players kick bob --yes", 0, "#8: ended all sessions of bob.\n", ""},
		{"players kick zoe --yes", 1, "", "no player zoe"},
		{"players message tea at five", 1, "", `show "tea at five" to everybody`},
		{"players message --to bob tea --yes", 0, "#9: bob got the message.\n", ""},
		{"players message --to zoe tea --yes", 1, "", "no player zoe"},
		{"players message", 2, "", "text"},

		{"players ban 192.0.2.7/24", 2, "", "--for"},
		{"players ban /etc/passwd --for 1h", 1, "", "you can ban a key"},
		{"players ban SHA256:abc --for 1h", 1, "", "this fingerprint is incomplete"},
		{"players ban 192.0.2.7/24 --for soon", 2, "", "such as 90m, 12h or 30d"},
		{"players ban 192.0.2.7/24 --for 9999999d", 2, "", "up to ten years"},
		{"players ban " + string(admin.Key) + " --for 1h --yes", 1, "", "your own key"},
		{"players ban 192.0.2.7/24 --for 30d", 1, "", "ban 192.0.2.0/24 until 20"},
		{"players bans", 0, "Nobody is banned.", ""},
		{"players ban 192.0.2.7/24 --for 30d --yes", 0, "#10: banned", ""},
		{"players bans", 0, "192.0.2.0/24  until 20", ""},
		{"players bans --json", 0, `[{"target":"192.0.2.0/24","until":"20`, ""},
		{"players unban 192.0.2.0/24", 1, "", "let 192.0.2.0/24 connect again"},
		{"players unban 192.0.2.0/24 --yes", 0, "#11: ", ""},
		{"players unban 192.0.2.0/24 --yes", 1, "", "isn't banned"},
		{"players unban bob --yes", 1, "", "you can ban a key"},

		{"audit --top 1", 0, "carol  unbanned 192.0.2.0/24", ""},
		{"audit", 0, "set bob from 12 to 5,000 clicks", ""},
		{"audit", 0, "undone by #2  reason: typing", ""},
		{"audit --top 1 --json", 0, `"do":"unban","who":"carol","key":"` + string(admin.Key) + `","why":"","target":"192.0.2.0/24"`, ""},

		{"players note bob", 2, "", "text"},
		{"players note zoe cheats --yes", 1, "", "no player zoe"},
		{"players note bob cheats a bit", 1, "", `note "cheats a bit" about bob`},
		{"players note bob cheats a bit --yes", 0, "#12: saved the note about bob. Take it back with `undo 12`.", ""},
		{"players show bob", 0, "carol: cheats a bit", ""},
		{"players show bob --json", 0, `"who":"carol","text":"cheats a bit"}]`, ""},
		{"audit --top 1", 0, `noted "cheats a bit" about bob`, ""},
		{"undo 12 --yes", 0, "#13: ", ""},
		{"players show bob --json", 0, `"notes":[]`, ""},
	} {
		status, out, errs := run(t, c, admin, tc.line)
		if status != tc.status || !strings.Contains(out, tc.out) || !strings.Contains(errs, tc.errs) || (tc.errs == "") != (errs == "") {
			t.Errorf("%q: status %d, %q, errors %q; want %d, %q, %q", tc.line, status, out, errs, tc.status, tc.out, tc.errs)
		}
		if strings.Count(errs, "\n") > 1 || status != 0 && out != "" {
			t.Errorf("%q: %q, and the errors %q", tc.line, out, errs)
		}
	}
}

func TestAdminCommandsNeedRights(t *testing.T) {
	c := newGame(t)
	c.PublicLeaderboard = true
	for _, line := range []string{
		"players", "players show bob", "players show nobody", "players set bob 1 --yes", "players dance", "players kick bob --yes",
		"audit", "audit --json", "undo 1 --yes", "undo",
	} {
		status, out, errs := run(t, c, player(t, "alice", false), line)
		if status != commands.Failed || out != "" || errs != "only admins can use that command; log in with an admin's SSH key\n" {
			t.Errorf("%q: status %d, %q, %q", line, status, out, errs)
		}
	}
	if _, out, _ := run(t, c, player(t, "alice", false), "help"); strings.Contains(out, "players s") || strings.Contains(out, "audit") || strings.Contains(out, "undo") {
		t.Errorf("help tells everybody what admins can do:\n%s", out)
	}
	if c.Ledger.Status().LastAction != 0 {
		t.Error("something was done")
	}
}

func TestAuditHasNoControls(t *testing.T) {
	c := newGame(t)
	admin := player(t, "carol", true)
	if r, err := ledgertest.SubmitAction(t.Context(), c.Ledger, game.AdminAction{Kind: game.ActionDelete, Admin: "x\u009b", Reason: "\x1b[2J\u202e", Target: "ev\x1b[2Jil,\"x\""}); err != nil {
		t.Fatal(r, err)
	}
	for _, line := range []string{"audit", "audit --json", "undo 1"} {
		_, out, errs := run(t, c, admin, line)
		if said := out + errs; strings.ContainsAny(said, "\x1b\u009b\u202e") || !strings.Contains(said, "ev") {
			t.Errorf("%q prints %q", line, said)
		}
	}
	var got []map[string]any
	if _, out, _ := run(t, c, admin, "audit --json"); json.Unmarshal([]byte(out), &got) != nil || len(got) != 1 {
		t.Errorf("audit --json is %q", out)
	}
}

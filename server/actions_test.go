package server_test

import (
	"errors"
	"strings"
	"testing"

	gossh "golang.org/x/crypto/ssh"

	"clickky/cmd/clickky/sshtest"
	"clickky/server"
	"clickky/sync/game"
)

// ruled returns a game with a journal, and a function that runs an admin's command.
func ruled(t *testing.T) (g *testServer, boss func(line string) sshtest.Result) {
	t.Helper()
	key := sshtest.Signer(t, 100)
	g = start(t, func(c *server.Config) { c.Admins = admins(t, fingerprint(key)) }).
		load(t, 100, game.Player{Name: "alice", Clicks: 50}, game.Player{Name: "bob", Clicks: 7}).journal(t)
	return g, func(line string) sshtest.Result {
		t.Helper()
		return sshtest.Dial(t, g.addr, "chief", key).Run(t, line, false)
	}
}

// does runs an admin's command, which must succeed.
func does(t *testing.T, boss func(string) sshtest.Result, line string) {
	t.Helper()
	if r := boss(line + " --yes"); r.Status != 0 || !strings.HasPrefix(r.Out, "#") {
		t.Fatalf("%s: %+v", line, r)
	}
}

func TestBanEndsSessionsAndKeepsOut(t *testing.T) {
	t.Parallel()
	key := sshtest.Signer(t, 1)
	for what, target := range map[string]string{"key": fingerprint(key), "address": "127.0.0.0/8"} {
		t.Run(what, func(t *testing.T) {
			g, boss := ruled(t)
			screen := sshtest.Dial(t, g.addr, "alice", key).Play(t, 80, 24)
			screen.WaitFor(t, "alice")
			other := sshtest.Dial(t, g.addr, "bob").Play(t, 80, 24)
			other.WaitFor(t, "bob")

			if what == "address" {
				if r := boss("players ban " + target + " --for 2d --yes"); r.Status != 1 || !strings.Contains(r.Errors, "--force") {
					t.Errorf("a ban of everybody: %+v", r)
				}
				target += " --force"
			}
			does(t, boss, "players ban "+target+" --for 2d")
			sentence := "An admin banned your " + what + " until 20"
			screen.WaitFor(t, sentence)
			screen.Status(t)
			for _, line := range []string{"me", "watch", ""} {
				r := sshtest.Dial(t, g.addr, "alice", key).Run(t, line, false)
				if r.Status != 1 || r.Out != "" || strings.Count(r.Errors, "\n") != 1 || !strings.Contains(r.Errors, sentence) {
					t.Errorf("%q of somebody banned: %+v", line, r)
				}
			}
			if what == "key" {
				other.Type(t, " ")
				other.WaitFor(t, "101 clicks by")
			} else {
				other.WaitFor(t, sentence)
				if r := sshtest.Dial(t, g.addr, "+abcd-efgh-jkmn", key).Run(t, "", false); !strings.Contains(r.Errors, sentence) {
					t.Errorf("somebody banned with a code: %+v", r)
				}
			}

			does(t, boss, "players unban "+strings.TrimSuffix(target, " --force")) // an admin is not kept out by the address
			again := sshtest.Dial(t, g.addr, "alice", key).Play(t, 80, 24)
			again.WaitFor(t, "clicks by")
		})
	}
}

func TestKickEndsSessionsOnce(t *testing.T) {
	t.Parallel()
	g, boss := ruled(t)
	screen := sshtest.Dial(t, g.addr, "bob").Play(t, 80, 24)
	screen.WaitFor(t, "bob")
	watching, _ := watch(t, g, "bob", false)
	alice := sshtest.Dial(t, g.addr, "alice").Play(t, 80, 24)
	alice.WaitFor(t, "alice")
	if r := boss("players show bob --json"); strings.Count(r.Out, `"from":"127.0.0.1"`) != 2 || !strings.Contains(r.Out, `"terminal":"xterm-256color"`) {
		t.Errorf("bob's sessions: %+v", r)
	}

	if r := boss("players kick bob"); r.Status != 1 || !strings.Contains(r.Errors, "--yes") {
		t.Errorf("without --yes: %+v", r)
	}
	does(t, boss, "players kick bob")
	screen.WaitFor(t, "An admin ended your sessions.")
	screen.Status(t)
	var exit *gossh.ExitError
	if err := watching.Wait(); !errors.As(err, &exit) || exit.ExitStatus() != 1 {
		t.Errorf("watch of somebody kicked: %v", err)
	}
	alice.Type(t, " ")
	alice.WaitFor(t, "101 clicks by")
	again := sshtest.Dial(t, g.addr, "bob").Play(t, 80, 24)
	again.Type(t, " ")
	again.WaitFor(t, "102 clicks by")
}

func TestMessageShowsOnAddressedScreens(t *testing.T) {
	t.Parallel()
	g, boss := ruled(t)
	alice, bob := sshtest.Dial(t, g.addr, "alice").Play(t, 80, 24), sshtest.Dial(t, g.addr, "bob").Play(t, 80, 24)
	alice.WaitFor(t, "alice")
	bob.WaitFor(t, "bob")
	does(t, boss, "players message 'tea at five'")
	alice.WaitFor(t, "admin: tea at five")
	bob.WaitFor(t, "admin: tea at five")
	does(t, boss, "players message --to alice 'only\x1b[2J you'")
	does(t, boss, "players message --to bob well")
	alice.WaitFor(t, "admin: only·[2J you")
	bob.WaitFor(t, "admin: well")
	if strings.Contains(string(bob.Bytes()), "only") {
		t.Error("bob has read what alice was told")
	}
}

func TestRenameKeepsSession(t *testing.T) {
	t.Parallel()
	g, boss := ruled(t)
	key := sshtest.Signer(t, 1)
	screen := sshtest.Dial(t, g.addr, "alice", key).Play(t, 80, 24)
	screen.Type(t, " ")
	screen.WaitFor(t, "101 clicks by")
	sshtest.Eventually(t, "the name is the key's", func() bool {
		keys := g.Keys("alice")
		return len(keys) == 1 && !keys[0].Since.IsZero()
	})
	does(t, boss, "players rename alice alicia")
	screen.WaitUntil(t, "shows alicia and no alice", func(s string) bool {
		return strings.Contains(s, "you're now alicia") && !strings.Contains(s, "alice")
	})
	screen.Type(t, " ")
	screen.WaitFor(t, "102 clicks by")
	if r := sshtest.Dial(t, g.addr, "alicia", key).Run(t, "me --json", false); !strings.Contains(r.Out, `"clicks":52,"rank":1,"claimed":true`) {
		t.Errorf("alicia is %+v", r)
	}
	if r := boss("players show alicia --json"); strings.Count(r.Out, `"from"`) != 1 {
		t.Errorf("the sessions have not followed: %+v", r)
	}
	does(t, boss, "undo 1")
	screen.WaitFor(t, "you're now alice")
	does(t, boss, "players kick alice")
	screen.WaitFor(t, "An admin ended", "alice@HOST")
}

func TestDeleteTellsPlayer(t *testing.T) {
	t.Parallel()
	g, boss := ruled(t)
	screen := sshtest.Dial(t, g.addr, "alice").Play(t, 80, 24)
	screen.WaitFor(t, "alice")
	does(t, boss, "players delete alice")
	screen.WaitFor(t, "An admin deleted the player alice.")
	screen.Status(t)
	if s := g.Standing("alice"); s.Clicks != 0 || g.Latest().Total != 100 {
		t.Errorf("alice is %+v of %d", s, g.Latest().Total)
	}
	does(t, boss, "undo 1")
	again := sshtest.Dial(t, g.addr, "alice").Play(t, 80, 24)
	again.Type(t, " ")
	again.WaitFor(t, "101 clicks by", "51")
}

func TestPlayersCommandIsForAdmins(t *testing.T) {
	t.Parallel()
	g, _ := ruled(t)
	sshtest.Dial(t, g.addr, "bob").Play(t, 80, 24).WaitFor(t, "bob")
	for _, line := range []string{"players", "players --online --json", "players show bob", "players kick bob --yes", "audit", "undo 1 --yes"} {
		for _, tty := range []bool{false, true} {
			r := sshtest.Dial(t, g.addr, "alice", sshtest.Signer(t, 1)).Run(t, line, tty)
			if said := r.Out + r.Errors; r.Status != 1 || !strings.Contains(said, "only admins") || strings.Contains(said, "bob") {
				t.Errorf("%q: %+v", line, r)
			}
		}
	}
	if g.Status().LastAction != 0 {
		t.Error("something was done")
	}
}

func TestActionsBeforeStartConcernNoSession(t *testing.T) {
	t.Parallel()
	boss := sshtest.Signer(t, 100)
	g := start(t, func(c *server.Config) { c.Admins = admins(t, fingerprint(boss)) })
	err := g.Load(game.Contents{Players: []game.Player{{Name: "bob", Clicks: 7}}, Total: 7, Records: []game.AuditRecord{
		{Number: 1, Kind: game.ActionKick, Admin: "old", Target: "bob"},
		{Number: 2, Kind: game.ActionMessage, Admin: "old", After: game.TargetState{Text: "long ago"}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	g.Open()
	g.journal(t)
	screen := sshtest.Dial(t, g.addr, "bob").Play(t, 80, 24)
	screen.WaitFor(t, "bob")
	if r := sshtest.Dial(t, g.addr, "chief", boss).Run(t, "players message --to bob today --yes", false); !strings.HasPrefix(r.Out, "#3") {
		t.Fatalf("%+v", r)
	}
	screen.WaitFor(t, "admin: today")
	if strings.Contains(string(screen.Bytes()), "long ago") {
		t.Error("an old message is shown")
	}
	g.end()
	if log := g.log.String(); strings.Contains(log, "who=old") || strings.Count(log, "admin action") != 1 {
		t.Errorf("the log is\n%s", log)
	}
}

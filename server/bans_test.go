package server_test

import (
	"errors"
	"strings"
	"testing"

	gossh "golang.org/x/crypto/ssh"

	"clickky/cmd/clickky/sshtest"
	"clickky/server"
	"clickky/server/identity"
)

func bans(t *testing.T, who ...string) *identity.Bans {
	t.Helper()
	b, err := identity.ParseBans(who)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestBanByOperatorIsExplained(t *testing.T) {
	t.Parallel()
	key := sshtest.Signer(t, 1)
	for what, target := range map[string]string{"key": fingerprint(key), "address": "127.0.0.0/8"} {
		t.Run(what, func(t *testing.T) {
			g := start(t, func(c *server.Config) { c.Bans = bans(t, target) }).load(t, 0)
			sentence := "The operator banned your " + what + ".\n"
			for _, line := range []string{"me", "watch", ""} {
				r := sshtest.Dial(t, g.addr, "alice", key).Run(t, line, false)
				if r.Status != 1 || r.Out != "" || r.Errors != sentence {
					t.Errorf("%q of somebody banned: %+v", line, r)
				}
			}
			if r := sshtest.Dial(t, g.addr, "+abcd-efgh-jkmn", key).Run(t, "", false); r.Errors != sentence {
				t.Errorf("somebody banned with a code: %+v", r)
			}
			if r := sshtest.Dial(t, g.addr, "bob").Run(t, "me", false); (r.Status == 0) != (what == "key") {
				t.Errorf("somebody else: %+v", r)
			}
		})
	}
}

func TestBanByOperatorEndsSession(t *testing.T) {
	t.Parallel()
	key, boss := sshtest.Signer(t, 1), sshtest.Signer(t, 2)
	for what, target := range map[string]string{"key": fingerprint(key), "address": "127.0.0.1"} {
		t.Run(what, func(t *testing.T) {
			g := start(t, func(c *server.Config) { c.Admins = admins(t, fingerprint(boss)) }).load(t, 0)
			alice := sshtest.Dial(t, g.addr, "alice", key).Play(t, 80, 24)
			bob := sshtest.Dial(t, g.addr, "bob").Play(t, 80, 24)
			chief := sshtest.Dial(t, g.addr, "chief", boss).Play(t, 80, 24)
			for _, screen := range []*sshtest.Screen{alice, bob, chief} {
				screen.WaitFor(t, "press space")
			}
			watching, _ := watch(t, g, "alice", false, key)

			g.server.Reload(admins(t, fingerprint(boss)), bans(t, target)) // and nobody clicks
			sentence := "The operator banned your " + what
			alice.WaitFor(t, sentence)
			alice.Status(t)
			var exit *gossh.ExitError
			if err := watching.Wait(); !errors.As(err, &exit) || exit.ExitStatus() != 1 {
				t.Errorf("watch of somebody who is banned now: %v", err)
			}
			if what == "address" {
				bob.WaitFor(t, sentence)
				bob.Status(t)
			} else {
				bob.Type(t, " ")
				bob.WaitFor(t, "1 click by 1 player")
			}
			// Addresses keep no admin out, who is an admin as long as that.
			chief.Type(t, " ")
			chief.WaitFor(t, badge, "clicks   1 ")
			g.server.Reload(admins(t), bans(t, target))
			if what == "address" {
				chief.WaitFor(t, sentence)
				chief.Status(t)
			} else {
				chief.WaitFor(t, "you're no longer an admin")
			}

			g.server.Reload(admins(t), nil)
			if r := sshtest.Dial(t, g.addr, "alice", key).Run(t, "me", false); r.Status != 0 {
				t.Errorf("somebody who is not banned any more: %+v", r)
			}
		})
	}
}

func TestBanOfKeyKeepsAdminOut(t *testing.T) {
	t.Parallel()
	boss := sshtest.Signer(t, 1)
	g := start(t, func(c *server.Config) { c.Admins = admins(t, fingerprint(boss)) }).load(t, 0)
	s := sshtest.Dial(t, g.addr, "chief", boss).Play(t, 80, 24)
	s.WaitFor(t, badge)
	g.server.Reload(admins(t, fingerprint(boss)), bans(t, fingerprint(boss)))
	s.WaitFor(t, "The operator banned your key.")
	s.Status(t)
	if r := sshtest.Dial(t, g.addr, "chief", boss).Run(t, "players", false); r.Status != 1 || !strings.Contains(r.Errors, "banned your key") {
		t.Errorf("%+v", r)
	}
}

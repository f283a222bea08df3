package server_test

import (
	"strings"
	"testing"

	"clickky/cmd/clickky/sshtest"
	"clickky/server"
	"clickky/sync/game"
)

// shows waits until the screen has all of some texts on it and none of others, which
// begin with a !.
func shows(t *testing.T, s *sshtest.Screen, texts ...string) {
	t.Helper()
	s.WaitUntil(t, "shows "+strings.Join(texts, ", "), func(screen string) bool {
		for _, text := range texts {
			without, hides := strings.CutPrefix(text, "!")
			if strings.Contains(screen, without) == hides {
				return false
			}
		}
		return true
	})
}

func TestDashboardManagesPlayers(t *testing.T) {
	t.Parallel()
	g, _ := ruled(t)
	key := sshtest.Signer(t, 1)
	alice := sshtest.Dial(t, g.addr, "alice", key).Play(t, 80, 24)
	alice.Type(t, " ")
	alice.WaitFor(t, "101 clicks by")
	s := sshtest.Dial(t, g.addr, "chief", sshtest.Signer(t, 100)).Play(t, 80, 24)
	s.WaitFor(t, badge)

	s.Type(t, "d")
	shows(t, s, "players by rank", "alice", "bob", " MB", "goroutines", "2 online")
	s.Type(t, "/li\r")
	shows(t, s, "alice", "!bob", "esc all players")
	s.Type(t, "\r")
	shows(t, s, "╭─ alice ", "#1 of 2", "51", "● online", fingerprint(key), "127.0.0.1  xterm-256color", "last 24 hours: 1,")

	s.Type(t, "ralicia\r")
	shows(t, s, "rename alice to alicia, with 51 clicks and all keys?", "y confirm")
	if g.Status().LastAction != 0 {
		t.Error("it was done before anybody said so")
	}
	s.Type(t, "y")
	shows(t, s, "#1: alice is now alicia.", "╭─ alicia ", fingerprint(key))
	alice.WaitFor(t, "you're now alicia")

	s.Type(t, "\x1b")
	shows(t, s, "players by rank", "alice")
	s.Type(t, "u1\r")
	shows(t, s, "undo #1 (renamed alice to alicia)?")
	s.Type(t, "y")
	shows(t, s, "#2: undid #1")
	alice.WaitFor(t, "you're now alice")
	s.Type(t, " ")
	shows(t, s, "you 1 ", "all 102")

	s.Type(t, "a")
	shows(t, s, "╭─ audit ", "#2 ", "undid #1", "#1 ", "undone by #2")
	s.Type(t, "\x1b")
	shows(t, s, "!╭─ audit")
	s.Type(t, "gtea, it's five\r")
	shows(t, s, `show "tea, it's five" to everybody?`)
	s.Type(t, "y")
	alice.WaitFor(t, "admin: tea, it's five")
	shows(t, s, "!to everybody?", "!:players message")
	s.Type(t, "q")
	if status := s.Status(t); status != 0 {
		t.Errorf("exit status %d", status)
	}
}

func TestDashboardUpdatesItself(t *testing.T) {
	t.Parallel()
	g, _ := ruled(t)
	s := sshtest.Dial(t, g.addr, "chief", sshtest.Signer(t, 100)).Play(t, 80, 24)
	s.WaitFor(t, badge)
	s.Type(t, "d")
	shows(t, s, "bob")
	s.Type(t, "\x1b[B\r")
	shows(t, s, "╭─ bob ", "seen", "unknown", "none on this server")
	bob := sshtest.Dial(t, g.addr, "bob").Play(t, 80, 24)
	shows(t, s, "● online", "127.0.0.1")
	bob.Type(t, "q")
	bob.Status(t)
	shows(t, s, "just now", "none on this server") // nobody has clicked, or pressed a key here
}

func TestDashboardPlayerPageHasActions(t *testing.T) {
	t.Parallel()
	g, _ := ruled(t)
	bob := sshtest.Dial(t, g.addr, "bob").Play(t, 80, 24)
	bob.WaitFor(t, "press space")
	s := sshtest.Dial(t, g.addr, "chief", sshtest.Signer(t, 100)).Play(t, 80, 24)
	s.WaitFor(t, badge)
	does := func(keys, question string) {
		t.Helper()
		s.Type(t, keys)
		shows(t, s, question)
		s.Type(t, "y")
	}
	s.Type(t, "d/bob\r")
	shows(t, s, "bob", "1-1 of 1", "!alice")
	s.Type(t, "\r")
	shows(t, s, "127.0.0.1")
	s.Type(t, "k--why 'too loud'\r")
	shows(t, s, "end all sessions of bob?")
	s.Type(t, "ny") // the n cancels, and so y is no answer
	shows(t, s, "!end all sessions", "r rename")
	does("k\r", "end all sessions of bob?")
	shows(t, s, "ended all sessions of bob")
	bob.WaitFor(t, "An admin ended your sessions.")
	bob.Status(t)
	does("x\r", "delete bob with 7 clicks")
	shows(t, s, "this player no longer exists")
	does(":undo 2\r", "undo #2 (deleted bob with 7 clicks)?")
	shows(t, s, "#3: undid #2", "╭─ bob ", "#2 of 2")
}

func TestDashboardRejectsCommands(t *testing.T) {
	t.Parallel()
	g, _ := ruled(t)
	s := sshtest.Dial(t, g.addr, "chief", sshtest.Signer(t, 100)).Play(t, 80, 24)
	s.WaitFor(t, badge)
	s.Type(t, "d")
	for _, c := range []struct{ line, says string }{
		{"watch", "`watch` needs its own terminal"},
		{"plain", "`plain` needs its own terminal"},
		{"keys add", "that command doesn't ask for confirmation"},
		{"dance", "`help` lists the commands"},
		{"players rename alice", "expected"},
		{"players rename alice root", "everybody shares that name"},
		{"players show 'alice", "unmatched quotation mark"},
		{"players show zoe", "there's no player zoe"},
		{"players delete alice --yes", "delete alice with 50 clicks"}, // all the same it asks
	} {
		s.Type(t, ":"+c.line+"\r")
		shows(t, s, c.says)
		s.Type(t, "\x1b")
		shows(t, s, "players by rank", "!"+c.says)
	}
	if g.Status().LastAction != 0 {
		t.Error("something was done")
	}
}

func TestDashboardIsForAdmins(t *testing.T) {
	t.Parallel()
	for _, public := range []bool{false, true} {
		g := start(t, func(c *server.Config) { c.PublicLeaderboard = public }).load(t, 0, game.Player{Name: "carol", Clicks: 777})
		s := sshtest.Dial(t, g.addr, "alice", sshtest.Signer(t, 1)).Play(t, 80, 24)
		s.WaitFor(t, "press space")
		s.Type(t, "d ")
		shows(t, s, "+1 ", "!players by", "!carol")
		s.Type(t, "\t ")
		if public {
			shows(t, s, "carol", "you 2", "!players by")
		} else {
			shows(t, s, "+2 ", "!carol", "!players by")
		}
	}
}

func TestReloadClosesDashboardOfFormerAdmin(t *testing.T) {
	t.Parallel()
	boss := sshtest.Signer(t, 1)
	for what, keys := range map[string]string{"table": "", "page": "\r", "prompt": "\rr", "question": "u1\r", "audit": ":players\r"} {
		t.Run(what, func(t *testing.T) {
			g := start(t, func(c *server.Config) { c.Admins = admins(t, fingerprint(boss)) }).
				load(t, 0, game.Player{Name: "carol", Clicks: 777}).journal(t)
			s := sshtest.Dial(t, g.addr, "alice", boss).Play(t, 80, 24)
			s.WaitFor(t, badge)
			s.Type(t, "d")
			shows(t, s, "carol")
			s.Type(t, keys)
			shows(t, s, map[string]string{"table": "carol", "page": "╭─ carol", "prompt": "rename carol", "question": "undo #1?", "audit": "clickky  answer"}[what])
			g.server.Reload(admins(t), nil) // and nobody clicks
			s.WaitFor(t, "you're no longer an admin")
			wantsNoAdmin(t, s)
			s.Type(t, "d\ty ")
			shows(t, s, "778 clicks by", "!carol")
			if g.Status().LastAction != 0 {
				t.Error("something was done")
			}
			g.server.Reload(admins(t, fingerprint(boss)), nil)
			s.WaitFor(t, "d dashboard")
			s.Type(t, "d")
			shows(t, s, "players by rank", "carol")
		})
	}
}

package server_test

import (
	"fmt"
	"strings"

	gossh "golang.org/x/crypto/ssh"

	"clickky/cmd/clickky/sshtest"
)

const hugeSize = 4294967295

func env(name, value string) []byte {
	return gossh.Marshal(&struct{ Name, Value string }{name, value})
}

func text(s string) []byte { return gossh.Marshal(&struct{ S string }{s}) }

// requestAttacks send requests on a session's channel.
var requestAttacks = []attack{
	{"terminals of absurd sizes", 3, func(a *attacker) {
		var rude []*sshtest.Raw
		for i := range a.times {
			for _, size := range [][2]uint32{{hugeSize, hugeSize}, {4000, 4000}, {0, 0}, {1, 1}, {1, hugeSize}, {hugeSize, 0}, {1 << 31, 1 << 15}} {
				r := a.login(fmt.Sprintf("size%d", i))
				a.open(r, hugeSize)
				a.send(r, sshtest.ChannelRequest("pty-req", true, sshtest.PTYRequest("xterm-256color", size[0], size[1])...),
					sshtest.ChannelRequest("shell", true), sshtest.Data(" "), sshtest.Data("q"))
				rude = append(rude, r)
			}
		}
		a.awaitEnd(rude...)
	}},
	{"window-changes before the shell, and hang up", 20, func(a *attacker) {
		for range a.times {
			r := a.login("alice")
			a.open(r, hugeSize)
			a.send(r, sshtest.ChannelRequest("pty-req", false, sshtest.PTYRequest("xterm", 80, 24)...))
			for i := range uint32(1000) {
				a.send(r, sshtest.ChannelRequest("window-change", i%2 == 0, sshtest.WindowChange(i, i)...))
			}
			_ = r.Close()
		}
	}},
	{"window-changes after the shell", 20, func(a *attacker) {
		sizes := [][]byte{
			sshtest.WindowChange(hugeSize, hugeSize), sshtest.WindowChange(4000, 4000), sshtest.WindowChange(0, 0),
			sshtest.WindowChange(1, 1), sshtest.WindowChange(500, 200),
			{1, 2, 3},
		}
		for range a.times {
			r := a.login("alice")
			if err := r.Play(hugeSize); err != nil {
				a.Fatal(err)
			}
			go reading(r)
			for i := range 1000 {
				a.send(r, sshtest.ChannelRequest("window-change", i%2 == 0, sizes[i%len(sizes)]...))
			}
			_ = r.Close()
		}
	}},
	{"an environment without end", 2000, func(a *attacker) {
		r := a.login("alice")
		a.open(r, hugeSize)
		a.send(r, sshtest.ChannelRequest("pty-req", false, sshtest.PTYRequest("xterm", 80, 24)...))
		value := strings.Repeat("x", 30_000)
		for i := range a.times {
			a.send(r, sshtest.ChannelRequest("env", false, env(fmt.Sprintf("NAME%d", i), value)...))
			a.send(r, sshtest.ChannelRequest("env", false, env(fmt.Sprintf("NAME%d", i), "x")...))
		}
		a.send(r, sshtest.ChannelRequest("shell", false), sshtest.Data("q"))
		a.awaitEnd(r)
	}},
	{"terminal types and variables with escape sequences", 3, func(a *attacker) {
		var rude []*sshtest.Raw
		for range a.times {
			for _, bad := range []string{"\x1b]52;c;aGk=\a", "\x1b[2J", "a\nb", "\xff", "../../../../etc/passwd", strings.Repeat("x", 250_000), ""} {
				r := a.login("alice")
				a.open(r, hugeSize)
				a.send(r, sshtest.ChannelRequest("pty-req", false, sshtest.PTYRequest(bad, 80, 24)...),
					sshtest.ChannelRequest("env", false, env("TERM", bad)...), sshtest.ChannelRequest("env", false, env(bad, bad)...),
					sshtest.ChannelRequest("env", false, env("COLORTERM", bad)...), sshtest.ChannelRequest("env", false, []byte(bad)...),
					sshtest.ChannelRequest("shell", false), sshtest.Data("q"))
				rude = append(rude, r)
			}
		}
		a.awaitEnd(rude...)
	}},
	{"commands that are none", 3, func(a *attacker) {
		for range a.times {
			for _, line := range []string{
				"scp -t /tmp", "scp -f /etc/passwd", "sftp", "/usr/lib/openssh/sftp-server", "rsync --server", "sh -c 'id'", "\x1b]52;c;aGk=\a",
				"stats; id", "$(id)", "`id`", "'", `"`, `\`, "\x00", "\xff\xfe", "\n\n\n", "leaderboard\n--json", strings.Repeat("a ", 2000), strings.Repeat("-", 4000),
			} {
				r := a.client("alice").Run(a, line, false)
				if r.Status != 1 && r.Status != 2 || strings.Count(r.Errors, "\n") != 1 || strings.ContainsAny(r.Out+r.Errors, "\x1b\a\x00") {
					a.Errorf("%.40q: %+v, want one sentence and status 1 or 2", line, r)
				}
			}
		}
	}},
	{"commands of huge sizes", 3, func(a *attacker) {
		var rude []*sshtest.Raw
		for range a.times {
			r := a.login("alice")
			a.open(r, hugeSize)

			for range 10 {
				a.send(r, sshtest.ChannelRequest("exec", false, text(strings.Repeat("x", 250_000))...))
			}
			a.send(r, sshtest.ChannelRequest("exec", false, text("me")...))
			rude = append(rude, r)
		}
		a.awaitEnd(rude...)
	}},
	{"requests for what there is not", 2000, func(a *attacker) {
		r := a.login("alice")
		if err := r.Play(hugeSize); err != nil {
			a.Fatal(err)
		}
		go reading(r)
		for range a.times {
			a.send(r, otherRequests...)
		}
		a.send(r, sshtest.Data("q"))
	}},
	{"requests whose answers nobody reads", 2, func(a *attacker) {
		var rude []*sshtest.Raw
		for range a.times {
			r := a.login("alice")
			if err := r.Play(hugeSize); err != nil {
				a.Fatal(err)
			}
			rude = append(rude, r)
		}
		a.flood(rude, otherRequests...)
	}},
}

// otherRequests are requests on a session's channel that the server refuses.
var otherRequests = [][]byte{
	sshtest.ChannelRequest("subsystem", true, text("sftp")...),
	sshtest.ChannelRequest("auth-agent-req@openssh.com", true),
	sshtest.ChannelRequest("x11-req", true, make([]byte, 32)...),
	sshtest.ChannelRequest("signal", true, text("KILL")...),
	sshtest.ChannelRequest("break", true, 0, 0, 0, 1),
	sshtest.ChannelRequest("shell", true),
	sshtest.ChannelRequest("exec", true, text("leaderboard")...),
	sshtest.ChannelRequest("env", true, env("A", "b")...),
	sshtest.ChannelRequest("\x1b]52;c;aGk=\a\n", true),
	sshtest.ChannelRequest("", true),
}

package server_test

import (
	"strings"
	"time"

	"clickky/cmd/clickky/sshtest"
)

// typing types on a player's screen.
func (a *attacker) typing(name string, input string) *sshtest.Screen {
	a.Helper()
	s := a.client(name).Play(a, 80, 24)
	s.WaitFor(a, "press space")
	s.TryType(input)
	return s
}

// inputAttacks type on screens.
var inputAttacks = []attack{
	{"sequences without end", 8, func(a *attacker) {
		for _, start := range []string{"\x1b[200~", "\x1b]0;", "\x1b]11;rgb:", "\x1b]52;c;", "\x1bP1$r", "\x1b_G", "\x1b^", "\x1bX", "\x1b[", "\x1bO", "\x1b[200~\x1b[", "\x1b"} {
			a.typing("endless", start+strings.Repeat("1", a.times<<18))
		}
	}},
	{"mouse reports", 30_000, func(a *attacker) {
		for _, report := range []string{"\x1b[<0;40;8M\x1b[<0;40;8m", "\x1b[<64;1;1M", "\x1b[M \x21\x21", "\x1b[<0;99999;99999M", "\x1b[<35;1;1M"} {
			a.typing("mouse", strings.Repeat(report, a.times))
		}
	}},
	{"backgrounds without end", 2000, func(a *attacker) {
		s := a.typing("chameleon", strings.Repeat("\x1b]11;rgb:ffff/ffff/ffff\a\x1b]11;rgb:0/0/0\x1b\\", a.times))
		s.TryType(" ")
		s.WaitFor(a, "clicks   1 ") // after all of them
		if n := s.Received(); n > 20_000 {
			a.Errorf("%d bytes were drawn: every answer counts", n)
		}
	}},
	{"keys of all kinds", 100_000, func(a *attacker) {
		for _, key := range []string{"\x1b", "l\t", "\x1b[32;1:2;32u", "\x1b[A", "/", "\x00", "\xff", "😀"} {
			a.typing("keys", strings.Repeat(key, a.times))
		}
	}},
	{"a million spaces in one write", 1, func(a *attacker) {
		begin := time.Now()
		s := a.typing("script", strings.Repeat(" ", 1_000_000*a.times))
		sshtest.Eventually(a, "twenty clicks count", func() bool { return a.g.Standing("script").Clicks >= 20 })
		for range 10 {
			s.TryType("  ")
		}
		_ = s
		most := 20 + uint64(20*time.Since(begin).Seconds()+1)
		if got := a.g.Standing("script").Clicks; got > most {
			a.Errorf("%d clicks score, want at most %d", got, most)
		}
	}},
	{"q, and more", 10, func(a *attacker) {
		for range a.times {
			s := a.typing("leaver", "q"+strings.Repeat("x", 1<<20))
			s.TryType("more")
		}
	}},
	{"input for commands that take none", 5, func(a *attacker) {
		for range a.times {
			r := a.login("alice")
			a.open(r, hugeSize)
			go reading(r)
			a.send(r, sshtest.ChannelRequest("exec", false, text("watch")...))
			for range 60 {
				a.send(r, sshtest.Data(strings.Repeat("x", 30_000)))
			}
		}
	}},
}

package server_test

import (
	"crypto/rand"
	"strings"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"clickky/cmd/clickky/sshtest"
)

// handshakeAttacks happen before the login or at the login.
var handshakeAttacks = []attack{
	{"connect and say nothing", 600, func(a *attacker) {
		var crowd []*sshtest.Raw
		for range a.times {
			crowd = append(crowd, a.dial())
		}
		a.awaitEnd(crowd...)
	}},
	{"a handshake byte by byte", 20, func(a *attacker) {
		var slow []*sshtest.Raw
		for range a.times {
			slow = append(slow, a.dial())
		}
		// Together they take longer than they have, though nobody pauses.
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		for _, b := range []byte("SSH-2.0-" + strings.Repeat("x", 140)) {
			<-tick.C
			for _, r := range slow {
				_, _ = r.Write([]byte{b}) // fails in the end
			}
		}
		a.awaitEnd(slow...)
	}},
	{"half handshakes, each stopped somewhere else", 20, func(a *attacker) {
		var halves []*sshtest.Raw
		for i := range a.times {
			steps := []func(*sshtest.Raw) error{
				func(r *sshtest.Raw) error { return r.Greet("SSH-2.0-half") },
				(*sshtest.Raw).BeginKeys, (*sshtest.Raw).FinishKeys,
				func(r *sshtest.Raw) error { return r.Send(sshtest.AuthRequest("alice", "none")) }, // not asked for yet
			}
			halves = append(halves, a.connect("half a handshake", steps[:1+i%len(steps)]...))
		}
		a.awaitEnd(halves...)
	}},
	{"a login, and no session", 20, func(a *attacker) {
		var idle []*sshtest.Raw
		for range a.times {
			idle = append(idle, a.login("alice"))
		}
		a.awaitEnd(idle...)
	}},
	{"logins without end, in one go", 28, func(a *attacker) {
		service := gossh.Marshal(&struct {
			Name string `sshtype:"5"`
		}{"ssh-userauth"})
		offer := append(sshtest.AuthRequest("alice", "publickey"), gossh.Marshal(&struct {
			Proven         bool
			Algorithm, Key string
		}{false, "ssh-ed25519", string(sshtest.Signer(a, 1).PublicKey().Marshal())})...)
		var rude []*sshtest.Raw
		for i := range a.times {
			r := a.connect("keys are exchanged", exchange)
			packets := [][]byte{
				service, sshtest.AuthRequest("alice", "hostbased"), offer,
				{2, 0, 0, 0, 0},
				service, []byte(strings.Repeat("\x50", 200_000)),
				sshtest.AuthRequest("alice", "none"),
			}
			a.send(r, packets[i%2*i%len(packets)])
			go func() { // it may take until the server hangs up
				for range 500 {
					if !a.send(r, packets[i%len(packets)]) {
						return
					}
				}
			}()
			rude = append(rude, r)
		}
		for i, r := range rude {
			if i%3 > 0 { // the others stay until the end of it, and read nothing
				a.awaitEnd(r)
			}
		}
	}},
	{"greetings of all kinds", 1, func(a *attacker) {
		garbage := make([]byte, 64<<10)
		_, _ = rand.Read(garbage)
		var strangers []*sshtest.Raw
		for range a.times {
			for _, line := range []string{
				"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "SSH-1.99-old\r\n", "SSH-2.0-\x1b]52;c;aGk=\a\x1b[2J\r\n", "SSH-2.0-\x00\xff\xfe\r\n",
				"\r\n", "\x00", "SSH-2.0-" + strings.Repeat("x", 1<<20) + "\r\n", strings.Repeat("not SSH\r\n", 1<<16), strings.Repeat("x", 4<<20),
				"SSH-2.0-x\r\n\xff\xff\xff\xff", "SSH-2.0-x\r\n\x00\x03\xff\xf0\x04" + strings.Repeat("x", 1<<18), "SSH-2.0-x\r\n\x00\x00\x00\x00",
				"SSH-2.0-x\r\n\x00\x00\x00\x0c\xff\x14" + strings.Repeat("\x00", 64), string(garbage), "SSH-2.0-x\r\n" + string(garbage),
			} {
				r := a.dial()
				_ = r.SetWriteDeadline(time.Now().Add(time.Second))
				_, _ = r.Write([]byte(line)) // refused somewhere on the way
				strangers = append(strangers, r)
			}
		}
		a.awaitEnd(strangers...)
	}},
	{"login names of any bytes", 1, func(a *attacker) {
		for range a.times {
			for _, name := range []string{
				"", "\n", "a\nb", "a\r\nlevel=ERROR msg=forged", "\x00", "\xff\xfe", "\xf0\x28\x8c\xbc", "a\u202eb", "a\u009b2J", "../../etc/passwd",
				"\x1b[2J\x1b[31mred", "\x1b]0;title\a", "\x1b]52;c;aGk=\a", "'; DROP TABLE users; --", strings.Repeat("a", 33), strings.Repeat("\x1b", 5000),
			} {
				r := a.client(name).Run(a, "", true)
				if r.Status != 1 || strings.Count(r.Errors, "\n") != 1 || strings.ContainsAny(r.Out+r.Errors, "\x1b\a\x00") {
					a.Errorf("%.40q: %+v, want one sentence and status 1", name, r)
				}
			}
			huge := a.dial()
			if _, err := sshtest.RawLogin(huge.Conn, strings.Repeat("x", 250_000)); err == nil {
				a.Error("a name of 250 KB is read")
			}
			a.awaitEnd(huge)
		}
	}},
}

package server_test

import (
	"slices"
	"strings"
	"sync"

	gossh "golang.org/x/crypto/ssh"

	"clickky/cmd/clickky/sshtest"
	"clickky/server/admission"
)

// flood repeats packets on connections without reading, until the server closes them.
func (a *attacker) flood(rude []*sshtest.Raw, packets ...[]byte) {
	a.Helper()
	var all sync.WaitGroup
	defer all.Wait()
	for _, r := range rude {
		defer r.Close()
		all.Go(func() {
			for a.send(r, packets...) { //nolint:revive // until the connection ends
			}
		})
	}
	a.awaitAlone()
}

// otherChannels open channels of unknown types, and too many of them.
var otherChannels = [][]byte{
	sshtest.OpenChannel("direct-tcpip", hugeSize, gossh.Marshal(&struct {
		Host   string
		Port   uint32
		Origin string
		From   uint32
	}{"127.0.0.1", 22, "127.0.0.1", 1})...),
	sshtest.OpenChannel("forwarded-tcpip", hugeSize),
	sshtest.OpenChannel("direct-streamlocal@openssh.com", hugeSize, text("/run/x")...),
	sshtest.OpenChannel("auth-agent@openssh.com", hugeSize),
	sshtest.OpenChannel("x11", hugeSize),
	sshtest.OpenChannel("tun@openssh.com", hugeSize),
	sshtest.OpenChannel("\x1b]52;c;aGk=\a\n", hugeSize),
	sshtest.OpenChannel("", hugeSize),
	sshtest.OpenChannel("default", hugeSize),
}

// globalRequests are global requests that the server refuses.
var globalRequests = [][]byte{
	sshtest.GlobalRequest("tcpip-forward", true, gossh.Marshal(&struct {
		Host string
		Port uint32
	}{"0.0.0.0", 0})...),
	sshtest.GlobalRequest("cancel-tcpip-forward", true),
	sshtest.GlobalRequest("streamlocal-forward@openssh.com", true, text("/tmp/x")...),
	sshtest.GlobalRequest("keepalive@openssh.com", true),
	sshtest.GlobalRequest("hostkeys-prove-00@openssh.com", true),
	sshtest.GlobalRequest("\x1b]52;c;aGk=\a\n", true),
	gossh.Marshal(&struct {
		Data []byte `sshtype:"192"` // ping@openssh.com
	}{[]byte(strings.Repeat("x", 1000))}),
}

// players logs in n players that do not read.
func (a *attacker) players(n int) []*sshtest.Raw {
	a.Helper()
	var all []*sshtest.Raw
	for range n {
		r := a.login("alice")
		if err := r.Play(hugeSize); err != nil {
			a.Fatal(err)
		}
		all = append(all, r)
	}
	return all
}

// reading reads what the server sends, until the connection ends.
func reading(r *sshtest.Raw) {
	for _, err := r.Receive(); err == nil; _, err = r.Receive() { //nolint:revive // thrown away
	}
}

// answered waits for the answer to an offered channel, and reports whether it was accepted.
func (a *attacker) answered(r *sshtest.Raw) bool {
	a.Helper()
	for {
		packet, err := r.Receive()
		if err != nil {
			a.Fatal(err)
		}
		if packet[0] == 91 || packet[0] == 92 {
			return packet[0] == 91
		}
	}
}

// channelAttacks use channels and global requests, or do not read.
var channelAttacks = []attack{
	{"a channel that closes while its connection stays", 40, func(a *attacker) {
		rude := a.players(a.times)
		for _, r := range rude {
			a.send(r, sshtest.CloseChannel())
		}
		a.awaitEnd(rude...)
	}},
	{"channels of other kinds", 200, func(a *attacker) {
		r := a.players(1)[0]
		go reading(r)
		for range a.times {
			a.send(r, otherChannels...)
		}
	}},
	{"many sessions on one connection", 1000, func(a *attacker) {
		r := a.players(1)[0]
		go reading(r)
		for range a.times {
			a.send(r, sshtest.OpenChannel("session", hugeSize))
		}
	}},
	{"as many sessions on one connection as there may be, of which one is read", 4, func(a *attacker) {
		var rude []*sshtest.Raw
		for range a.times {
			r := a.players(1)[0]
			for n := uint32(1); n < admission.MaxSessions; n++ {
				a.open(r, 10*n)
				a.send(r, sshtest.On(n, sshtest.ChannelRequest("exec", false, text("watch")...)))
			}
			go reading(r)
			rude = append(rude, r)
		}
		for _, r := range rude { // the one that is read leaves, and the others have been ended
			sshtest.Eventually(a.T, "the others are ended", func() bool { return a.send(r, sshtest.Data(" ")) && a.g.server.Sessions() > 0 })
			a.send(r, sshtest.Data("q"))
		}
		a.awaitAlone()
	}},
	{"sessions one after the other on one connection, without end", 48, func(a *attacker) {
		for range 4 {
			r := a.players(1)[0]
			for range a.times {
				a.send(r, sshtest.OpenChannel("session", hugeSize))
				if !a.answered(r) {
					continue // it has too many that are not over yet
				}
				a.send(r, sshtest.On(1, sshtest.ChannelRequest("exec", false, text("stats")...)), sshtest.On(1, sshtest.CloseChannel()))
			}
		}
	}},
	{"channels of other kinds, and no answer is read", 2, func(a *attacker) { a.flood(a.players(a.times), otherChannels...) }},
	{"many sessions on one connection, and no answer is read", 2, func(a *attacker) {
		a.flood(a.players(a.times), sshtest.OpenChannel("session", hugeSize))
	}},
	{"requests on the connection", 500, func(a *attacker) {
		for _, r := range append(a.players(5), a.login("alice"), a.login("alice")) {
			go reading(r)
			for range a.times {
				a.send(r, globalRequests...)
			}
		}
	}},
	{"requests on the connection, and no answer is read", 2, func(a *attacker) { a.flood(a.players(a.times), globalRequests...) }},
	{"requests before any session, and no answer is read", 2, func(a *attacker) {
		var rude []*sshtest.Raw
		for range a.times {
			rude = append(rude, a.login("alice"))
		}
		a.flood(rude, globalRequests...)
	}},
	{"a packet for no channel, and others right behind it", 20, func(a *attacker) {
		packets := slices.Concat([][]byte{sshtest.On(99, sshtest.Data("x"))}, slices.Repeat([][]byte{sshtest.GlobalRequest("x", false)}, 90))
		for range a.times { // what is left of it without drain: three goroutines
			r := a.login("alice")
			a.send(r, packets...)
			a.awaitEnd(r)
		}
	}},
	{"a client that takes no output", 20, func(a *attacker) {
		var rude []*sshtest.Raw
		for i := range a.times {
			r := a.login("alice")
			if err := r.Play([]uint32{0, 1, 100, 1000, 10_000}[i%5]); err != nil {
				a.Fatal(err)
			}
			rude = append(rude, r)
		}
		a.awaitEnd(rude...)
	}},
	{"a client that takes no sentence", 20, func(a *attacker) {
		var rude []*sshtest.Raw
		for range a.times {
			r := a.login("no such name")
			a.open(r, 1)
			a.send(r, sshtest.ChannelRequest("shell", false))
			rude = append(rude, r)
		}
		a.awaitEnd(rude...)
	}},
	{"a client that takes no answer of a command", 20, func(a *attacker) {
		var rude []*sshtest.Raw
		for range a.times {
			r := a.login("alice")
			a.open(r, 10)
			a.send(r, sshtest.ChannelRequest("exec", false, text("watch")...))
			rude = append(rude, r)
		}
		a.awaitEnd(rude...)
	}},
	{"a session that is over, and a client that stays", 40, func(a *attacker) {
		var rude []*sshtest.Raw
		for i := range a.times {
			r := a.login([]string{"alice", "no such name"}[i%2])
			a.open(r, hugeSize)
			a.send(r, sshtest.ChannelRequest("exec", false, text("me")...))
			rude = append(rude, r)
		}
		ignored := gossh.Marshal(&struct {
			Data string `sshtype:"2"`
		}{"still here"})
		a.flood(rude, ignored)
	}},
	{"new keys that are begun and never finished", 20, func(a *attacker) {
		rude := append(a.players(a.times), a.login("alice"))
		for _, r := range rude {
			if err := r.BeginKeys(); err != nil {
				a.Fatal(err)
			}
		}
		a.awaitEnd(rude...)
	}},
	{"a mistake, and much more behind it", 40, func(a *attacker) {
		packets := [][]byte{{94, 0, 0, 0, 9, 0, 0, 0, 0}}
		for range 100 {
			packets = append(packets, sshtest.GlobalRequest("x", false))
		}
		for i := range a.times {
			r := a.players(1)[0]
			go reading(r)
			a.send(r, packets...)
			if i%2 == 0 {
				_ = r.Close()
			}
		}
	}},
	{"what a server does not expect", 20, func(a *attacker) {
		for i := range a.times {
			r := a.players(1)[0]
			go reading(r)
			switch i % 4 {
			case 0:
				a.send(r, []byte{byte(i)}, []byte{255}, []byte{94}, []byte{98, 0, 0})
			case 1:
				a.send(r, []byte{81}, []byte{82}, []byte{99, 0, 0, 0, 0}, []byte{100, 0, 0, 0, 0}, []byte{91, 0, 0, 0, 0})
			case 2: // more than the window
				for range 100 {
					a.send(r, sshtest.Data(strings.Repeat("x", 30_000)))
				}
			case 3: // what only a server has to say
				for range 50 {
					a.send(r, gossh.Marshal(&struct {
						ID, Kind uint32 `sshtype:"95"`
						Data     string
					}{0, 1, strings.Repeat("x", 30_000)}))
				}
			}
		}
	}},
}

package server_test

import (
	"io"
	"time"

	"clickky/cmd/clickky/sshtest"
)

// aCrowd is how many sessions the attacker's address can open.
const aCrowd = 98

// storm makes many sessions send the packets in turn, at that pace.
func (a *attacker) storm(pace time.Duration, packets ...[]byte) {
	a.Helper()
	a.reads = true
	size := a.times
	if !*long {
		size /= 4 // these attacks happen at the same time, and one crowd is enough
	}
	crowd := a.players(size)
	for _, r := range crowd {
		go func() { _, _ = io.Copy(io.Discard, r.Conn) }() // cheaper than reading
	}
	n := 0
	a.keepOn(pace, func() {
		for _, r := range crowd {
			a.send(r, packets[n%len(packets)])
		}
		n++
	})
	for _, r := range crowd {
		if !a.g.accepted.isOpen(r) {
			a.Error("the server has ended a session")
		}
	}
}

// windowChange returns the request for a new terminal size.
func windowChange(columns, rows uint32) []byte {
	return sshtest.ChannelRequest("window-change", false, sshtest.WindowChange(columns, rows)...)
}

// stormAttacks have many sessions with endless input.
var stormAttacks = []attack{
	{"themes in turns without end", aCrowd, func(a *attacker) {
		a.storm(time.Second/19, sshtest.Data("tttttttt"))
	}},
	{"help that opens and closes without end", aCrowd, func(a *attacker) {
		a.storm(time.Second/19, sshtest.Data("?\x1b[27u?\x1b[27u?\x1b[27u?\x1b[27u"))
	}},
	{"sizes in turns without end", aCrowd, func(a *attacker) {
		a.storm(time.Second/50, windowChange(500, 200), windowChange(80, 24), windowChange(200, 50))
	}},
	{"mouse clicks and wheels without end", aCrowd, func(a *attacker) {
		a.storm(time.Second/19, sshtest.Data("\x1b[<0;40;8M\x1b[<0;40;8m\x1b[<64;40;8M\x1b[<65;40;8M\x1b[<0;40;8M\x1b[<0;40;8m"))
	}},
}

package server_test

import (
	"strings"
	"testing"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"clickky/cmd/clickky/sshtest"
	"clickky/server"
)

// farAway is a client whose answers to the server's requests can be held back.
type farAway struct {
	*sshtest.Screen
	may chan struct{} // gives one answer, or all when it is closed
}

func playFarAway(t *testing.T, g *testServer, name string) *farAway {
	t.Helper()
	conn, channels, requests, err := gossh.NewClientConn(dial(t, g.addr), g.addr, sshtest.Config(name))
	if err != nil {
		t.Fatal(err)
	}
	f := &farAway{may: make(chan struct{})}
	answered := make(chan *gossh.Request)
	go func() {
		defer close(answered)
		for req := range requests {
			select {
			case <-f.may:
			case <-t.Context().Done():
				return
			}
			_ = req.Reply(false, nil)
		}
	}()
	f.Screen = (&sshtest.Conn{Client: gossh.NewClient(conn, channels, answered)}).Play(t, 80, 24)
	return f
}

func TestSlowLinkIsShown(t *testing.T) {
	t.Parallel()
	g := start(t, func(c *server.Config) {
		c.Conns.SlowRTT, c.Conns.RTTInterval = 200*time.Millisecond, 300*time.Millisecond
		c.Conns.SessionTimeout = 2 * time.Second // it is looked every 25 ms
	}).load(t, 0)
	s := playFarAway(t, g, "alice")
	bob := sshtest.Dial(t, g.addr, "bob").Play(t, 80, 24)
	bob.WaitFor(t, "press space")
	s.WaitFor(t, "press space")
	s.Type(t, " ")
	s.may <- struct{}{} // so it is a client that answers
	const hint = "slow link: the screen lags, your clicks count"
	s.Type(t, " ")
	s.WaitFor(t, hint, "2 clicks by")
	if strings.Contains(bob.Text(), "slow link") {
		t.Error("somebody else's link is slow as well")
	}
	close(s.may)
	s.WaitUntil(t, "is that of a link that is fine", func(screen string) bool { return !strings.Contains(screen, "slow link") })
}

package server_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"clickky/cmd/clickky/sshtest"
	"clickky/server"
)

func TestSessionsShareConn(t *testing.T) {
	t.Parallel()
	g := start(t, nil).load(t, 0)
	conn := sshtest.Dial(t, g.addr, "alice")
	first, second := conn.Play(t, 80, 24), conn.Play(t, 120, 40)
	first.WaitFor(t, "alice")
	second.WaitFor(t, "alice")
	first.Type(t, " ")
	second.WaitFor(t, "1 click by 1 player")
	for range 3 {
		if r := conn.Run(t, "me --json", false); r.Status != 0 || !strings.Contains(r.Out, `"clicks":1`) {
			t.Errorf("a command beside two games: %+v", r)
		}
	}
	sshtest.Eventually(t, "only the two games are left", func() bool { return g.server.Sessions() == 2 })
	second.Resize(t, 40, 12)
	second.Type(t, " q")
	if status := second.Status(t); status != 0 {
		t.Errorf("status %d", status)
	}
	first.WaitFor(t, "2 clicks by 1 player")
	first.Type(t, " ")
	first.WaitFor(t, "3 clicks by 1 player")
}

func TestSessionsOfCommandsShareConn(t *testing.T) {
	t.Parallel()
	g := start(t, nil).load(t, 0)
	conn := sshtest.Dial(t, g.addr, "alice")
	var together sync.WaitGroup
	for range 5 {
		together.Go(func() {
			if r := conn.Run(t, "stats", false); r.Status != 0 {
				t.Errorf("a command beside others: %+v", r)
			}
		})
	}
	together.Wait()
	for range 5 {
		if r := conn.Run(t, "stats", false); r.Status != 0 {
			t.Errorf("one command after the other: %+v", r)
		}
	}
}

func TestSessionsPerConnAreLimited(t *testing.T) {
	t.Parallel()
	g := start(t, nil).load(t, 0)
	conn := sshtest.Dial(t, g.addr, "alice")
	for range 10 {
		conn.Play(t, 80, 24).WaitFor(t, "alice")
	}
	if _, err := conn.NewSession(); err == nil || !strings.Contains(err.Error(), "10 sessions") {
		t.Errorf("one more: %v", err)
	}
}

func TestSessionsOfConnCountSeparately(t *testing.T) {
	t.Parallel()
	g := start(t, func(c *server.Config) { c.MaxPlayers = 2 }).load(t, 0)
	conn := sshtest.Dial(t, g.addr, "alice")
	first := conn.Play(t, 80, 24)
	first.WaitFor(t, "alice")
	second := conn.Play(t, 80, 24)
	second.WaitFor(t, "alice")
	if r := conn.Run(t, "", true); r.Status != 1 || !strings.Contains(r.Errors, "full") {
		t.Errorf("a third: %+v", r)
	}
	second.Type(t, "q")
	second.Status(t)
	sshtest.Eventually(t, "the place of one that is over is free", func() bool { return conn.Run(t, "me", false).Status == 0 })
	first.Type(t, " ")
	first.WaitFor(t, "1 click by 1 player")
}

func TestSessionEndsWithChannel(t *testing.T) {
	t.Parallel()
	g := start(t, nil).load(t, 0)
	conn := sshtest.Dial(t, g.addr, "alice")
	first := conn.Play(t, 80, 24)
	first.WaitFor(t, "alice")
	for _, line := range []string{"", "plain", "watch"} {
		session, err := conn.NewSession()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := session.StdinPipe(); err != nil { // without one the client says that nothing will be typed
			t.Fatal(err)
		}
		if err := session.RequestPty("xterm", 24, 80, nil); err != nil {
			t.Fatal(err)
		}
		if line == "" {
			err = session.Shell()
		} else {
			err = session.Start(line)
		}
		if err != nil {
			t.Fatal(err)
		}
		sshtest.Eventually(t, line+" has begun", func() bool { return g.server.Sessions() == 2 })
		_ = session.Close()
		sshtest.Eventually(t, line+" is over", func() bool { return g.server.Sessions() == 1 })
	}
	first.Type(t, " ")
	first.WaitFor(t, "1 click by 1 player")
}

func TestConnIsClosedAfterLastSession(t *testing.T) {
	t.Parallel()
	g := start(t, func(c *server.Config) { c.Conns.SessionTimeout = 300 * time.Millisecond }).load(t, 0)
	conn := sshtest.Dial(t, g.addr, "alice")
	conn.Run(t, "stats", false)
	conn.Run(t, "stats", false)
	ended := make(chan struct{})
	go func() { defer close(ended); _ = conn.Wait() }()
	select {
	case <-ended:
	case <-time.After(sshtest.Patience):
		t.Fatal("it stays open")
	}
}

// TestSessionStuckEndsAlone has a client play, and not read the output of a command that it
// runs on the same connection.
func TestSessionStuckEndsAlone(t *testing.T) {
	t.Parallel()
	for _, line := range []string{"watch", "plain", "nonsense", ""} {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			g := start(t, func(c *server.Config) {
				c.Conns.WriteTimeout, c.Conns.CloseTimeout = 200*time.Millisecond, 200*time.Millisecond
			}).load(t, 0)
			r, err := sshtest.RawLogin(dial(t, g.addr), "alice")
			if err != nil {
				t.Fatal(err)
			}
			if err := r.Play(1 << 30); err != nil {
				t.Fatal(err)
			}
			sshtest.Eventually(t, "the first plays", func() bool { return g.server.Sessions() == 1 })
			if err := r.Open(10); err != nil {
				t.Fatal(err)
			}
			packets := [][]byte{
				sshtest.On(1, sshtest.ChannelRequest("pty-req", false, sshtest.PTYRequest("xterm", 80, 24)...)),
				sshtest.On(1, sshtest.ChannelRequest("shell", false)),
			}
			if line != "" {
				packets[1] = sshtest.On(1, sshtest.ChannelRequest("exec", false, text(line)...))
			}
			if err := r.Send(packets...); err != nil {
				t.Fatal(err)
			}
			await(t, r, 97) // the server closes a channel
			const more = 5
			for range more { // and not the connection, while the first plays on
				if err := r.Send(sshtest.Data(" ")); err != nil {
					t.Fatal(err)
				}
				await(t, r, 94)
			}
			sshtest.Eventually(t, "the clicks of the first", func() bool { return g.Latest().Total == more })
			if err := r.Send(sshtest.On(1, sshtest.CloseChannel())); err != nil {
				t.Fatal(err)
			}
			sshtest.Eventually(t, "the second is over", func() bool { return g.server.Sessions() == 1 })
			if err := r.Send(sshtest.Data("q")); err != nil {
				t.Fatal(err)
			}
			for { // it does not close its channel
				if _, err := receive(r); err != nil {
					break
				}
			}
		})
	}
}

// await reads until a packet of that type.
func await(t *testing.T, r *sshtest.Raw, kind byte) {
	t.Helper()
	_ = r.SetReadDeadline(time.Now().Add(sshtest.Patience))
	for {
		packet, err := receive(r)
		if err != nil {
			t.Fatalf("no packet %d: %v", kind, err)
		}
		if packet[0] == kind {
			return
		}
	}
}

// receive returns the next packet, and answers it if it is a ping: a session that is over waits
// for the answer, which says that the client has received everything.
func receive(r *sshtest.Raw) ([]byte, error) {
	packet, err := r.Receive()
	if err == nil && packet[0] == 80 {
		err = r.Send([]byte{82})
	}
	return packet, err
}

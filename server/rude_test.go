package server_test

import (
	"net"
	"os"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"clickky/cmd/clickky/sshtest"
	"clickky/server"
)

// dial opens a TCP connection that is closed with the test.
func dial(t *testing.T, addr string) *net.TCPConn {
	t.Helper()
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	tcp, ok := conn.(*net.TCPConn)
	if !ok {
		t.Fatalf("a %T", conn)
	}
	return tcp
}

func TestConnsSilentDelayNobody(t *testing.T) {
	g := start(t, nil).load(t, 0)
	for range 300 {
		dial(t, g.addr)
	}
	begin := time.Now()
	r := sshtest.Dial(t, g.addr, "alice").Run(t, "me", false)
	if took := time.Since(begin); r.Status != 0 || took > 2*time.Second {
		t.Errorf("%+v after %v", r, took)
	}
}

func TestConnHandshakeEndsInTime(t *testing.T) {
	g := start(t, func(c *server.Config) { c.Conns.LoginGraceTime = 300 * time.Millisecond }).load(t, 0)
	slow := dial(t, g.addr)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	begin := time.Now()
	for _, err := slow.Write([]byte("SSH-2.0-")); err == nil; _, err = slow.Write([]byte("x")) {
		<-tick.C
		if time.Since(begin) > 2*time.Second { // before the line is too long
			t.Fatal("a byte now and then keeps the connection open")
		}
	}
}

func TestConnWithoutSessionIsClosed(t *testing.T) {
	g := start(t, func(c *server.Config) { c.Conns.SessionTimeout = 200 * time.Millisecond }).load(t, 0)
	ended := make(chan struct{}, 2)
	wait := func(c *sshtest.Conn) {
		_ = c.Wait()
		ended <- struct{}{}
	}
	go wait(sshtest.Dial(t, g.addr, "alice"))
	half := sshtest.Dial(t, g.addr, "alice")
	if session, err := half.NewSession(); err != nil {
		t.Fatal(err)
	} else if err := session.RequestPty("xterm", 24, 80, nil); err != nil {
		t.Fatal(err)
	}
	go wait(half)
	for range 2 {
		select {
		case <-ended:
		case <-time.After(sshtest.Patience):
			t.Fatal("a connection without a session stays open")
		}
	}
	s := sshtest.Dial(t, g.addr, "bob").Play(t, 80, 24)
	s.WaitFor(t, "bob")
}

// vanishing is a connection that is cut at some point: from then on, no data arrives in either
// direction, and neither end gets an error.
type vanishing struct {
	net.Conn
	lost atomic.Bool
}

func (v *vanishing) Read(p []byte) (int, error) {
	for {
		n, err := v.Conn.Read(p)
		if err != nil || !v.lost.Load() {
			return n, err
		}
	}
}

func (v *vanishing) Write(p []byte) (int, error) {
	if v.lost.Load() {
		return len(p), nil
	}
	return v.Conn.Write(p)
}

func TestConnOfVanishedClientEndsSession(t *testing.T) {
	g := start(t, func(c *server.Config) {
		c.Conns.KeepaliveInterval, c.Conns.KeepaliveTimeout = 200*time.Millisecond, 300*time.Millisecond
	}).load(t, 0)
	lost := &vanishing{Conn: dial(t, g.addr)}
	sshtest.Over(t, lost, "alice").Play(t, 80, 24).WaitFor(t, "alice")
	sshtest.Eventually(t, "alice is online", func() bool { return g.Latest().Online == 1 })
	lost.lost.Store(true)
	sshtest.Eventually(t, "alice is gone", func() bool { return g.Latest().Online == 0 })
}

func TestConnOfAnsweringClientStays(t *testing.T) {
	g := start(t, func(c *server.Config) {
		c.Conns.KeepaliveInterval, c.Conns.KeepaliveTimeout = 50*time.Millisecond, 5*time.Second
	}).load(t, 0)
	tcp := dial(t, g.addr)
	conn, channels, requests, err := gossh.NewClientConn(tcp, g.addr, sshtest.Config("alice"))
	if err != nil {
		t.Fatal(err)
	}
	asked := make(chan string)
	seen := make(chan *gossh.Request)
	go func() {
		defer close(seen)
		defer close(asked)
		for req := range requests {
			if req.Type == "keepalive@openssh.com" {
				select {
				case asked <- req.Type:
				case <-t.Context().Done():
				}
			}
			_ = req.Reply(false, nil)
		}
	}()
	s := (&sshtest.Conn{Client: gossh.NewClient(conn, channels, seen)}).Play(t, 80, 24)
	s.WaitFor(t, "alice")
	for range 3 {
		select {
		case <-asked:
		case <-time.After(sshtest.Patience):
			t.Fatal("nobody asks whether the client is there")
		}
	}
	go func() {
		for range asked { //nolint:revive // answered, and not counted any more
		}
	}()
	s.Type(t, " ")
	s.WaitFor(t, "1 click by 1 player")
}

// belongings returns the numbers of the process's goroutines and descriptors.
func belongings(t *testing.T) (goroutines, descriptors int) {
	t.Helper()
	files, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("this system has no /proc")
	}
	return runtime.NumGoroutine(), len(files)
}

func TestConnsRejectedAreBounded(t *testing.T) {
	t.Parallel()
	g := start(t, func(c *server.Config) { c.MaxPlayers = 0 }).load(t, 0)
	const crowd = 150
	told := 0
	for range crowd {
		r, err := sshtest.RawLogin(dial(t, g.addr), "alice")
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Play(1 << 20); err != nil {
			t.Fatal(err)
		}
		for {
			packet, err := r.Receive()
			if err != nil {
				break
			}
			if strings.Contains(string(packet), "full") {
				told++
				break
			}
		}
	}
	if there := g.accepted.count(); told < 100 || there > 110 {
		t.Errorf("%d of %d were told why, and %d were there at once; want about 100", told, crowd, there)
	}
}

// TestConnsRudeLeaveNothingBehind is the soak test: clients connect, play and leave, half of
// them without a goodbye. See attack.long.
func TestConnsRudeLeaveNothingBehind(t *testing.T) {
	g := start(t, nil).load(t, 0)
	hangUp := func(tcp *net.TCPConn) {
		if err := tcp.SetLinger(0); err != nil {
			t.Fatal(err)
		}
		_ = tcp.Close()
	}
	kinds := []func(*net.TCPConn){
		func(tcp *net.TCPConn) { // plays, and leaves
			s := sshtest.Over(t, tcp, "alice").Play(t, 80, 24)
			s.WaitFor(t, "alice")
			s.Type(t, " q")
			if status := s.Status(t); status != 0 {
				t.Fatalf("status %d", status)
			}
			_ = tcp.Close()
		},
		func(tcp *net.TCPConn) { // half a handshake: the greetings, and then nothing
			if err := sshtest.NewRaw(tcp).Greet("SSH-2.0-rude"); err != nil {
				t.Fatal(err)
			}
			hangUp(tcp)
		},
		func(tcp *net.TCPConn) { // asks, and leaves
			if r := sshtest.Over(t, tcp, "bob").Run(t, "stats", false); r.Status != 0 {
				t.Fatalf("%+v", r)
			}
			_ = tcp.Close()
		},
		func(tcp *net.TCPConn) { // plays, and is cut off
			s := sshtest.Over(t, tcp, "alice").Play(t, 80, 24)
			s.WaitFor(t, "alice")
			s.Type(t, " ")
			hangUp(tcp)
		},
	}
	cycles := 40
	if *long {
		cycles = 1000
	}
	for _, cycle := range kinds { // so that everything has been done once
		cycle(dial(t, g.addr))
	}
	sshtest.Eventually(t, "the first have left", func() bool { return g.Latest().Online == 0 })
	before := steadyState(t)
	for i := range cycles {
		kinds[i%len(kinds)](dial(t, g.addr))
	}
	sshtest.Eventually(t, "all have left", func() bool { return g.Latest().Online == 0 })
	before.awaitReturn(t)
}

func TestConnsOfFailingAddressAreSlowed(t *testing.T) {
	const delay = 2 * time.Second
	boss, other := sshtest.Signer(t, 1), sshtest.Signer(t, 2)
	g := start(t, func(c *server.Config) {
		c.Admins = admins(t, "boss="+fingerprint(boss))
		c.Conns.FailureBurst, c.Conns.FailureInterval, c.Conns.MaxFailureDelay = 2, time.Hour, delay
	}).load(t, 0)
	login := func() time.Duration {
		begin := time.Now()
		client := sshtest.Dial(t, g.addr, "boss", other, boss)
		took := time.Since(begin)
		_ = client.Close()
		return took
	}
	for range 10 { // another key first, and in the end the right one
		if took := login(); took >= delay {
			t.Fatalf("somebody who logs in is slowed: %v", took)
		}
	}
	wrong := sshtest.Config("boss", other)
	wrong.Auth = wrong.Auth[:1]
	sshtest.Eventually(t, "a login is slowed", func() bool {
		if client, err := gossh.Dial("tcp", g.addr, wrong); err == nil {
			_ = client.Close()
			t.Fatal("a wrong key gets in")
		}
		return login() >= delay
	})
}

package admission

import (
	"crypto/ed25519"
	"io"
	"net"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"charm.land/ssh"
	gossh "golang.org/x/crypto/ssh"
)

func TestRekeysFollowTraffic(t *testing.T) {
	const volume = 1 << 20
	type try struct {
		loggedIn bool
		wait     time.Duration
		traffic  uint64 // since the one before
		want     bool
	}
	before, after, moved := try{false, 0, volume, true}, try{true, 0, 0, true}, try{true, 0, volume, true}
	for what, tries := range map[string][]try{
		"once before the login": {before, {false, time.Hour, 10 * volume, false}},
		"a few afterwards":      {before, after, after, after, {true, 19 * time.Second, volume - 1, false}},
		"a few, much later":     {before, after, after, after, {true, time.Minute, 0, true}, after, after, {true, 0, 0, false}},
		"three a minute":        {before, after, after, after, {true, 20 * time.Second, 0, true}, {true, 20 * time.Second, 0, true}, {true, 19 * time.Second, 0, false}},
		"with the traffic":      {before, moved, moved, moved, moved, moved, moved, after, moved, after, moved, after, moved, {true, 0, volume - 1, false}},
	} {
		t.Run(what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				config := ConnConfig{RekeyBytes: volume}.withDefaults()
				var e rekeys
				var traffic uint64
				for i, try := range tries {
					time.Sleep(try.wait)
					traffic += try.traffic
					if got := e.allow(try.loggedIn, traffic, config); got != try.want {
						t.Fatalf("exchange %d: %v, want %v", i+1, got, try.want)
					}
				}
			})
		})
	}
}

// TestRekeysOfClientAreAllowed follows each gigabyte, started by the client or the server. The
// test needs less than a gigabyte.
func TestRekeysOfClientAreAllowed(t *testing.T) {
	const gigabyte = 64 << 10
	for what, c := range map[string]struct{ client, server, volume uint64 }{
		"the client": {gigabyte, 0, gigabyte},
		"the server": {0, gigabyte, gigabyte},
		"both":       {gigabyte, gigabyte, gigabyte},
	} {
		t.Run(what, func(t *testing.T) {
			limiter := NewConnLimiter(ConnConfig{RekeyBytes: c.volume, RekeyBurst: 1, RekeyInterval: time.Hour})
			var rekeys atomic.Int32
			client := echo(t, limiter, func(config *gossh.ServerConfig) { config.RekeyThreshold = c.server }, c.client, &rekeys)
			data := make([]byte, gigabyte/4)
			for range 4 * 20 {
				if _, err := client.Write(data); err != nil {
					t.Fatalf("after %d key rekeys: %v", rekeys.Load(), err)
				}
				if _, err := io.ReadFull(client, data); err != nil {
					t.Fatalf("after %d key rekeys: %v", rekeys.Load(), err)
				}
			}
			if n, refused := rekeys.Load(), limiter.Stats().Rekeying; n < 8 || refused != 0 {
				t.Errorf("%d key rekeys, %d refused; want more, and none", n, refused)
			}
		})
	}
}

// countingKey counts what a host key signs.
type countingKey struct {
	gossh.MultiAlgorithmSigner
	n *atomic.Int32
}

func (k countingKey) Sign(random io.Reader, data []byte) (*gossh.Signature, error) {
	k.n.Add(1)
	return k.MultiAlgorithmSigner.Sign(random, data)
}

// echo returns a channel of a client, on which a server behind the limiter echoes.
func echo(t *testing.T, limiter *ConnLimiter, prepare func(*gossh.ServerConfig), threshold uint64, rekeys *atomic.Int32) gossh.Channel {
	t.Helper()
	signer, err := gossh.NewSignerFromKey(ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)))
	if err != nil {
		t.Fatal(err)
	}
	multi, ok := signer.(gossh.MultiAlgorithmSigner)
	if !ok {
		t.Fatalf("a %T has no algorithms", signer)
	}
	srv := &ssh.Server{ConnCallback: Attach, ServerConfigCallback: func(ctx ssh.Context) *gossh.ServerConfig {
		config := &gossh.ServerConfig{NoClientAuth: true}
		ConnOf(ctx).Configure(config, []ssh.Signer{countingKey{multi, rekeys}}, func(net.Addr) {})
		prepare(config)
		return config
	}, ChannelHandlers: map[string]ssh.ChannelHandler{"echo": func(_ *ssh.Server, _ *gossh.ServerConn, offer gossh.NewChannel, _ ssh.Context) {
		channel, requests, err := offer.Accept()
		if err != nil {
			return
		}
		go gossh.DiscardRequests(requests)
		_, _ = io.Copy(channel, channel)
	}}}
	near, far := overTCP(t)
	conn, err := limiter.Admit(fromAddr{near, addrOf("192.0.2.1")})
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan struct{})
	go func() { defer close(served); defer conn.Release(); srv.HandleConn(conn) }()
	t.Cleanup(func() { _ = far.Close(); <-served })
	client, channels, requests, err := gossh.NewClientConn(far, "", &gossh.ClientConfig{
		Config: gossh.Config{RekeyThreshold: threshold}, User: "alice", HostKeyCallback: gossh.InsecureIgnoreHostKey(),
	})
	if err != nil {
		t.Fatal(err)
	}
	go gossh.DiscardRequests(requests)
	go func() {
		for range channels { //nolint:revive // there are none
		}
	}()
	channel, _, err := client.OpenChannel("echo", nil)
	if err != nil {
		t.Fatal(err)
	}
	return channel
}

// overTCP returns the two ends of a connection.
func overTCP(t *testing.T) (near, far net.Conn) {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if far, err = new(net.Dialer).DialContext(t.Context(), "tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if near, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	return near, far
}

package loadtest

import (
	"context"
	"crypto/ed25519"
	"net"
	"testing"
	"time"

	gossh "golang.org/x/crypto/ssh"
)

// TestChaffIsSentFiftyTimesPerSecond also notices an SSH library in which chaff can no longer
// be sent.
func TestChaffIsSentFiftyTimesPerSecond(t *testing.T) {
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	signer, err := gossh.NewSignerFromKey(ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)))
	if err != nil {
		t.Fatal(err)
	}
	config := &gossh.ServerConfig{NoClientAuth: true}
	config.AddHostKey(signer)
	type answered struct {
		conn     gossh.Conn
		requests <-chan *gossh.Request
	}
	server := make(chan answered, 1)
	go func() {
		defer close(server)
		far, err := listener.Accept()
		if err != nil {
			t.Error(err)
			return
		}
		conn, _, requests, err := gossh.NewServerConn(far, config)
		if err != nil {
			t.Error(err)
			return
		}
		server <- answered{conn, requests}
	}()
	near, err := new(net.Dialer).DialContext(t.Context(), "tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	conn, _, _, err := gossh.NewClientConn(near, "", clientConfig(1))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); sendChaff(ctx, conn) }()
	there, ok := <-server
	if !ok {
		t.FailNow()
	}
	begun := time.Now()
	const many = 25
	for range many {
		request := <-there.requests
		if !request.WantReply || len(request.Type) != 4 {
			t.Errorf("%q, answer %v", request.Type, request.WantReply)
		}
		if err := request.Reply(false, nil); err != nil {
			t.Error(err)
		}
	}
	if took := time.Since(begun); took < (many-1)*chaffEvery*9/10 {
		t.Errorf("%d came in %v", many, took)
	}
	cancel()
	<-done
	if _, _, err := conn.SendRequest("still there", false, nil); err != nil {
		t.Error("the connection has ended:", err)
	}
	_ = conn.Close()
	_ = there.conn.Close()
	_ = listener.Close()
}

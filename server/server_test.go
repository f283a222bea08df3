package server_test

import (
	"context"
	"log/slog"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"clickky/server"
	"clickky/server/identity"
	"clickky/sync/game"
	"clickky/sync/ledger"
	"clickky/sync/live"
)

// testServer is a running server.
type testServer struct {
	*ledger.Ledger
	*live.Live
	addr     string
	accepted *acceptedConns
	server   *server.Server
	log      *strings.Builder // read it only after the server has ended
	end      func()
}

// acceptedConns is a listener that knows which connections the server has open.
type acceptedConns struct {
	*net.TCPListener
	open sync.Map // of the clients' addresses
}

type acceptedConn struct {
	*net.TCPConn
	closed func()
}

func (c *acceptedConn) Close() error {
	defer c.closed()
	return c.TCPConn.Close()
}

func (l *acceptedConns) Accept() (net.Conn, error) {
	conn, err := l.AcceptTCP()
	if err != nil {
		return nil, err
	}
	client := conn.RemoteAddr().String()
	l.open.Store(client, nil)
	return &acceptedConn{conn, func() { l.open.Delete(client) }}, nil
}

// count returns how many connections the server has open.
func (l *acceptedConns) count() (n int) {
	l.open.Range(func(any, any) bool { n++; return true })
	return n
}

// isOpen reports whether the server has a client's connection open.
func (l *acceptedConns) isOpen(client net.Conn) bool {
	_, ok := l.open.Load(client.LocalAddr().String())
	return ok
}

// start runs a server on loopback until the test ends. The ledger is loaded
// unless prepare says otherwise.
func start(t *testing.T, prepare func(*server.Config)) *testServer {
	t.Helper()
	l := ledger.New()
	g := &testServer{Ledger: l, Live: live.New(l), log: &strings.Builder{}}
	admins, err := identity.ParseAdmins(nil)
	if err != nil {
		t.Fatal(err)
	}
	config := server.Config{
		HostKeys: []string{filepath.Join(t.TempDir(), "host_key")}, Ledger: g.Ledger, Live: g.Live, Admins: admins,
		MaxRate: 1000, MaxPlayers: 100, MaxPerAddress: 100,
		Log: slog.New(slog.NewTextHandler(g.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	if prepare == nil {
		prepare = func(*server.Config) {}
	}
	prepare(&config)
	if g.server, err = server.New(config); err != nil {
		t.Fatal(err)
	}
	listener, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	g.addr, g.accepted = listener.Addr().String(), &acceptedConns{TCPListener: listener}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	published := make(chan struct{})
	go func() { ended <- g.server.Serve(g.accepted) }()
	go func() { defer close(published); g.Run(ctx) }()
	once := false
	g.end = func() {
		if once {
			return
		}
		once = true
		polite, late := context.WithTimeout(context.Background(), 5*time.Second)
		defer late()
		g.server.Shutdown(polite)
		if err := <-ended; err != nil {
			t.Errorf("Serve = %v", err)
		}
		cancel()
		<-published
	}
	t.Cleanup(g.end)
	return g
}

func (g *testServer) load(t *testing.T, total uint64, balances ...game.Player) *testServer {
	t.Helper()
	if err := g.Load(game.Contents{Players: balances, Total: total}); err != nil {
		t.Fatal(err)
	}
	g.Open()
	return g
}

func admins(t *testing.T, who ...string) *identity.Admins {
	t.Helper()
	a, err := identity.ParseAdmins(who)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func fingerprint(key gossh.Signer) string { return gossh.FingerprintSHA256(key.PublicKey()) }

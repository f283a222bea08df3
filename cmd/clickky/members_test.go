package main

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	nats "github.com/nats-io/nats-server/v2/server"
	natsgo "github.com/nats-io/nats.go"

	"clickky/cmd/clickky/sshtest"
	"clickky/cmd/clickky/telemetry"
	"clickky/server"
	"clickky/server/identity"
	"clickky/sync/game"
	"clickky/sync/ledger"
	"clickky/sync/live"
)

// member is a server of several that play one game. What one journals the other
// takes in at once.
type member struct {
	*ledger.Ledger
	*live.Live
	server *server.Server
	addr   string
	conn   *natsgo.Conn
	leave  func()
	alone  func() bool
	log    *lockedBuffer
}

// lockedBuffer takes what several goroutines write.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// eventLog is a journal of several servers in memory.
type eventLog struct {
	mu       sync.Mutex
	position uint64
	members  []*member
}

// record passes on what a server has, until ctx ends.
func (e *eventLog) record(ctx context.Context, from *member) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-from.Due():
		}
		e.mu.Lock()
		for {
			entry := from.Drain(100, 100)
			if entry.Empty() {
				break
			}
			entry.At = time.Now()
			e.position++
			for _, m := range e.members {
				m.Apply(e.position, entry, m == from)
			}
		}
		e.mu.Unlock()
	}
}

// memberAt starts a server.
func memberAt(t *testing.T, s *nats.Server, name, hostKey string) *member {
	t.Helper()
	l := ledger.New()
	m := &member{Ledger: l, Live: live.New(l), log: &lockedBuffer{}}
	if err := m.Load(game.Contents{Players: []game.Player{{Name: "bob", Clicks: 50}}}); err != nil {
		t.Fatal(err)
	}
	m.Open()
	admins, err := identity.ParseAdmins([]string{"chief=" + sshtestFingerprint(t, 100)})
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(m.log, nil))
	if m.server, err = server.New(server.Config{
		HostKeys: []string{hostKey}, Ledger: m.Ledger, Live: m.Live, Admins: admins, MaxRate: 20, MaxPlayers: 100, MaxPerAddress: 100, Log: log,
	}); err != nil {
		t.Fatal(err)
	}
	if m.conn, err = natsgo.Connect(s.ClientURL()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.conn.Close)
	i := &instance{
		serveCmd: &serveCmd{memberFlags: memberFlags{ServerName: name}}, conn: m.conn, server: m.server, game: m.Ledger, screens: m.Live,
		hostKeys: []string{hostKey}, startup: &telemetry.Startup{}, log: log,
	}
	m.leave, m.alone, err = i.joinCluster("run-"+name, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.leave)
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m.addr = listener.Addr().String()
	var running sync.WaitGroup
	ctx, cancel := context.WithCancel(context.Background())
	running.Go(func() { m.Run(ctx) })
	running.Go(func() { _ = m.server.Serve(listener) })
	t.Cleanup(func() {
		polite, late := context.WithTimeout(context.Background(), 5*time.Second)
		defer late()
		m.server.Shutdown(polite)
		cancel()
		running.Wait()
	})
	return m
}

func sshtestFingerprint(t *testing.T, n byte) string {
	t.Helper()
	return string(identity.FingerprintOf(sshtest.Signer(t, n).PublicKey()))
}

// twoMembers are two servers with one log.
func twoMembers(t *testing.T) (alpha, beta *member, s *nats.Server) {
	t.Helper()
	s, err := nats.NewServer(&nats.Options{Host: "127.0.0.1", Port: nats.RANDOM_PORT, JetStream: true, StoreDir: t.TempDir(), NoLog: true, NoSigs: true})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	if !s.ReadyForConnections(10 * time.Second) {
		t.Fatal("NATS does not start")
	}
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	dir := t.TempDir()
	alpha = memberAt(t, s, "alpha", filepath.Join(dir, "alpha_key"))
	beta = memberAt(t, s, "beta", filepath.Join(dir, "beta_key"))
	log := &eventLog{members: []*member{alpha, beta}}
	ctx, cancel := context.WithCancel(context.Background())
	var recording sync.WaitGroup
	for _, m := range log.members {
		recording.Go(func() { log.record(ctx, m) })
	}
	t.Cleanup(func() { cancel(); recording.Wait() })
	return alpha, beta, s
}

// says asks a server until it answers what is wanted.
func says(t *testing.T, m *member, user string, key byte, command string, want ...string) string {
	t.Helper()
	late := time.After(20 * time.Second)
	for {
		out := sshtest.Dial(t, m.addr, user, sshtest.Signer(t, key)).Run(t, command, false)
		missing := ""
		for _, w := range want {
			if !strings.Contains(out.Out+out.Errors, w) {
				missing = w
			}
		}
		if missing == "" {
			return out.Out
		}
		select {
		case <-late:
			t.Fatalf("%s: no %q in\n%s%s", command, missing, out.Out, out.Errors)
		default:
		}
	}
}

func TestClusterMembersSeeEachOther(t *testing.T) {
	t.Parallel()
	alpha, beta, _ := twoMembers(t)
	says(t, alpha, "chief", 100, "stats", "servers          2, with different host keys", "alpha (this one): up", "beta: up")
	bob := sshtest.Dial(t, beta.addr, "bob").Play(t, 80, 24)
	bob.WaitFor(t, "press space")
	says(t, alpha, "chief", 100, "players --online", "on beta")
	says(t, alpha, "chief", 100, "players show bob", "session          from 127.0.0.1 since ", "xterm-256color  on beta")
	out := says(t, alpha, "chief", 100, "stats --json", `"online":1`)
	var stats struct {
		Count   int `json:"server_count"`
		Servers []struct {
			Name, State  string
			Players, Lag int
			Here         bool
			Version      string
		}
	}
	if err := json.Unmarshal([]byte(out), &stats); err != nil {
		t.Fatal(err)
	}
	if stats.Count != 2 || len(stats.Servers) != 2 || stats.Servers[1].Name != "beta" || stats.Servers[1].Players != 1 || stats.Servers[0].Version == "" {
		t.Errorf("%+v", stats)
	}
	if out := says(t, alpha, "alice", 1, "stats --json", `"server_count":2`); strings.Contains(out, "beta") {
		t.Errorf("others are told %s", out)
	}

	chief := sshtest.Dial(t, alpha.addr, "chief", sshtest.Signer(t, 100)).Play(t, 100, 30)
	chief.WaitFor(t, "press space")
	chief.Type(t, "d")
	chief.WaitFor(t, "2 servers  ▲ different host keys")
	chief.WaitFor(t, "● beta")
	chief.WaitFor(t, "2 online")

	bob.Type(t, "q")
	bob.Status(t)
	chief.WaitFor(t, "1 online")
	if alpha.alone() {
		t.Error("alone, with another server beside it")
	}
	beta.leave()
	says(t, alpha, "chief", 100, "stats", "servers          1\n")
	if n := strings.Count(alpha.log.String(), "a different host key"); n != 1 {
		t.Errorf("the log tells %d times of the other host key", n)
	}
}

func TestClusterCodeWorksOnceOnOtherServer(t *testing.T) {
	t.Parallel()
	alpha, beta, s := twoMembers(t)
	alice := sshtest.Dial(t, alpha.addr, "alice", sshtest.Signer(t, 1)).Play(t, 80, 24)
	alice.Type(t, " ") // claims the name
	says(t, beta, "alice", 1, "keys list", sshtestFingerprint(t, 1))
	code := func() string {
		_, code, _ := strings.Cut(says(t, alpha, "alice", 1, "keys add", "Your code is +"), "+")
		return code[:len("abcd-efgh-ijkl")]
	}
	old, good := code(), code()
	redeem := func(m *member, code, want string) {
		t.Helper()
		out := sshtest.Dial(t, m.addr, "+"+code, sshtest.Signer(t, 2)).Run(t, "", true)
		if !strings.Contains(out.Out+out.Errors, want) {
			t.Errorf("%s%s, want %q", out.Out, out.Errors, want)
		}
	}
	redeem(beta, old, "unknown, used or expired")
	redeem(beta, good, "this key now plays as alice")
	redeem(alpha, good, "unknown, used or expired")
	says(t, alpha, "alice", 2, "keys list", sshtestFingerprint(t, 2))

	s.Shutdown()
	var waiting sync.WaitGroup
	conn := sshtest.Dial(t, alpha.addr, "alice", sshtest.Signer(t, 1))
	waiting.Go(func() {
		if out := conn.Run(t, "keys add", false); !strings.Contains(out.Errors, "codes can't be stored right now") {
			t.Errorf("a new code without NATS: %+v", out)
		}
	})
	redeem(alpha, good, "Codes can't be checked right now.")
	waiting.Wait()
}

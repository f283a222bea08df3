package server_test

import (
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"clickky/cmd/clickky/sshtest"
	"clickky/server"
	"clickky/server/admission"
)

// behind makes the server trust load balancers at the addresses.
func behind(t *testing.T, from ...string) func(*server.Config) {
	t.Helper()
	proxies, err := admission.ParseProxies(from)
	if err != nil {
		t.Fatal(err)
	}
	return func(c *server.Config) { c.Proxies = proxies }
}

// through connects as a load balancer does for a client.
func through(t *testing.T, g *testServer, client, name string, keys ...gossh.Signer) *sshtest.Conn {
	t.Helper()
	conn := dial(t, g.addr)
	if _, err := fmt.Fprintf(conn, "PROXY TCP4 %s 198.51.100.7 50000 22\r\n", client); err != nil {
		t.Fatal(err)
	}
	return sshtest.Over(t, conn, name, keys...)
}

// TestProxyTellsClientAddresses checks limits, bans, the log and the receipt of an admin.
func TestProxyTellsClientAddresses(t *testing.T) {
	t.Parallel()
	boss := sshtest.Signer(t, 100)
	g := start(t, func(c *server.Config) {
		behind(t, "127.0.0.1")(c)
		c.MaxPerAddress, c.Admins = 1, admins(t, fingerprint(boss))
	}).load(t, 0).journal(t)

	alice := through(t, g, "203.0.113.9", "alice").Play(t, 80, 24)
	alice.WaitFor(t, "alice")
	if r := through(t, g, "203.0.113.9", "bob").Run(t, "", true); !strings.Contains(r.Errors, "too many players at your address") {
		t.Errorf("the second from that address: %+v", r)
	}
	bob := through(t, g, "203.0.113.10", "bob").Play(t, 80, 24)
	bob.WaitFor(t, "bob")
	through(t, g, "127.0.0.1", "carol").Play(t, 80, 24).WaitFor(t, "carol")
	if r := through(t, g, "127.0.0.1", "dave").Run(t, "", true); !strings.Contains(r.Errors, "too many players at your address") {
		t.Errorf("the second that is said to be on this machine: %+v", r)
	}

	for _, line := range []string{"players show alice", "players ban 203.0.113.9 --for 1h --yes"} {
		if r := through(t, g, "203.0.113.77", "chief", boss).Run(t, line, false); r.Status != 0 || !strings.Contains(r.Out, "203.0.113.9") {
			t.Errorf("%s: %+v", line, r)
		}
	}
	alice.WaitFor(t, "banned your address")
	bob.Type(t, "q")
	bob.WaitFor(t, "come back", "ssh bob@HOST") // the port is the load balancer's
	g.end()
	if log := g.log.String(); !strings.Contains(log, "player=alice from=203.0.113.9:50000") || strings.Contains(log, "player=alice from=127") {
		t.Errorf("the log:\n%s", log)
	}
}

// TestProxyHeaderFromOthersIsIgnored covers a header that a client sends directly, and a
// second one behind that of the proxy.
func TestProxyHeaderFromOthersIsIgnored(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]struct {
		trusted, first, want string
	}{
		"directly":      {"192.0.2.0/24", "", "from=127.0.0.1:"},
		"a second time": {"127.0.0.0/8", "PROXY TCP4 203.0.113.9 198.51.100.7 50000 22\r\n", "from=203.0.113.9:50000"},
	} {
		t.Run(what, func(t *testing.T) {
			g := start(t, behind(t, c.trusted)).load(t, 0)
			for _, forged := range []string{"PROXY TCP4 10.6.6.6 198.51.100.7 666 22\r\n", "\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c\x0a\x06\x06\x06\x0a\x06\x06\x06\x02\x9a\x00\x16"} {
				conn := dial(t, g.addr)
				_ = conn.SetDeadline(time.Now().Add(sshtest.Patience))
				if _, err := io.WriteString(conn, c.first+forged); err != nil {
					t.Fatal(err)
				}
				// The SSH library takes lines before the greeting for a banner,
				// and throws them away; or it gives up. Either is fine.
				if client, err := login(conn, "mallory"); err == nil {
					screen := client.Play(t, 80, 24)
					screen.WaitFor(t, "mallory")
					screen.Type(t, "q")
					screen.Status(t)
				}
				_ = conn.Close()
			}
			conn := dial(t, g.addr)
			if _, err := io.WriteString(conn, c.first); err != nil {
				t.Fatal(err)
			}
			screen := sshtest.Over(t, conn, "honest").Play(t, 80, 24)
			screen.WaitFor(t, "honest")
			screen.Type(t, "q")
			screen.Status(t)
			g.end()
			if log := g.log.String(); strings.Contains(log, "10.6.6.6") || !strings.Contains(log, "player=honest "+c.want) {
				t.Errorf("the log:\n%s", log)
			}
		})
	}
}

// login is sshtest.Over for logins that may fail.
func login(conn net.Conn, name string) (*sshtest.Conn, error) {
	c, channels, requests, err := gossh.NewClientConn(conn, "", sshtest.Config(name))
	if err != nil {
		return nil, err
	}
	return &sshtest.Conn{Client: gossh.NewClient(c, channels, requests)}, nil
}

// TestProxySilentDelaysNobody delays neither the clients behind it, nor others, nor the
// shutdown. The log says so once.
func TestProxySilentDelaysNobody(t *testing.T) {
	t.Parallel()
	g := start(t, behind(t, "127.0.0.1")).load(t, 0)
	for range 100 {
		dial(t, g.addr)
	}
	for range 5 {
		conn := dial(t, g.addr)
		if _, err := io.WriteString(conn, "SSH-2.0-OpenSSH_9.9\r\n"); err != nil {
			t.Fatal(err)
		}
		_ = conn.SetReadDeadline(time.Now().Add(sshtest.Patience))
		if n, err := conn.Read(make([]byte, 1)); n > 0 || err == nil || strings.Contains(err.Error(), "timeout") {
			t.Errorf("without a header: %d bytes, %v; want the connection closed", n, err)
		}
	}
	begin := time.Now()
	through(t, g, "203.0.113.9", "alice").Play(t, 80, 24).WaitFor(t, "alice")
	if took := time.Since(begin); took > 3*time.Second {
		t.Errorf("a client waited %v for a silent crowd", took)
	}
	begin = time.Now()
	g.end()
	if took := time.Since(begin); took > 3*time.Second {
		t.Errorf("the end waited %v for a silent crowd", took)
	}
	if n := strings.Count(g.log.String(), "a proxy doesn't send its client's address"); n != 1 {
		t.Errorf("the operator is told %d times, want once:\n%s", n, g.log)
	}
}

package admission

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pires/go-proxyproto"
)

// balancer and listener are the two ends of a connection from a proxy.
var (
	balancer = &net.TCPAddr{IP: net.ParseIP("10.0.0.1"), Port: 40000}
	listener = &net.TCPAddr{IP: net.ParseIP("10.0.0.2"), Port: 2222}
)

type between struct {
	net.Conn
}

func (between) RemoteAddr() net.Addr { return balancer }
func (between) LocalAddr() net.Addr  { return listener }

// approach returns the two ends of a connection from the balancer.
func approach(t testing.TB) (near, far net.Conn) {
	t.Helper()
	near, far = net.Pipe()
	t.Cleanup(func() { _, _ = near.Close(), far.Close() })
	return between{near}, far
}

func proxies(t testing.TB, from ...string) *Proxies {
	t.Helper()
	p, err := ParseProxies(from)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// v2 is a header of version 2 with the command, family and rest.
func v2(command, family byte, rest ...byte) string {
	return string(proxyproto.SIGV2) + string([]byte{command, family, byte(len(rest) >> 8), byte(len(rest))}) + string(rest)
}

// v2From is one for a client at an IPv4 address.
func v2From(client netip.Addr, more ...byte) string {
	from := client.As4()
	return v2(0x21, 0x11, append(append(from[:], 198, 51, 100, 7, 0xc3, 0x50, 0, 22), more...)...)
}

func TestProxiesReadHeader(t *testing.T) {
	for what, c := range map[string]struct {
		header       string
		client, from string
	}{
		"version 1, IPv4":              {"PROXY TCP4 203.0.113.9 198.51.100.7 50000 22\r\n", "203.0.113.9:50000", "198.51.100.7:22"},
		"version 1, IPv6":              {"PROXY TCP6 2001:db8::9 2001:db8::7 50000 22\r\n", "[2001:db8::9]:50000", "[2001:db8::7]:22"},
		"version 1, nobody knows":      {"PROXY UNKNOWN\r\n", "10.0.0.1:40000", "10.0.0.2:2222"},
		"version 1, nobody is sure":    {"PROXY UNKNOWN ffff:f::1 ffff:f::2 65535 65535\r\n", "10.0.0.1:40000", "10.0.0.2:2222"},
		"version 2":                    {v2From(netip.MustParseAddr("203.0.113.9")), "203.0.113.9:50000", "198.51.100.7:22"},
		"version 2, with more":         {v2From(netip.MustParseAddr("203.0.113.9"), 4, 0, 1, 0), "203.0.113.9:50000", "198.51.100.7:22"},
		"version 2, a health check":    {v2(0x20, 0), "10.0.0.1:40000", "10.0.0.2:2222"},
		"version 2, one with a client": {v2(0x20, 0x11, 203, 0, 113, 9, 198, 51, 100, 7, 1, 1, 0, 22), "10.0.0.1:40000", "10.0.0.2:2222"},
		"version 2, a Unix socket":     {v2(0x21, 0x31, make([]byte, 216)...), "10.0.0.1:40000", "10.0.0.2:2222"},
		"loopback":                     {"PROXY TCP4 127.0.0.1 127.0.0.1 50000 22\r\n", "127.0.0.1:50000", "127.0.0.1:22"},
	} {
		t.Run(what, func(t *testing.T) {
			const greeting = "SSH-2.0-test\r\n"
			for at := range []string{"at once", "later"} {
				near, far := approach(t)
				go func() {
					if at == 0 {
						_, _ = io.WriteString(far, c.header+greeting)
						return
					}
					_, _ = io.WriteString(far, c.header)
					_, _ = io.WriteString(far, greeting)
				}()
				conn, err := proxies(t, "10.0.0.1").ReadHeader(near)
				if err != nil {
					t.Fatal(err)
				}
				if conn.RemoteAddr().String() != c.client || conn.LocalAddr().String() != c.from {
					t.Errorf("from %v to %v, want %s to %s", conn.RemoteAddr(), conn.LocalAddr(), c.client, c.from)
				}
				got := make([]byte, len(greeting))
				if _, err := io.ReadFull(conn, got); err != nil || string(got) != greeting {
					t.Errorf("after the header: %q, %v", got, err)
				}
			}
		})
	}
}

func TestProxiesRejectBadHeader(t *testing.T) {
	for what, sent := range map[string]string{
		"no header":                      "SSH-2.0-OpenSSH_9.9\r\n",
		"something like one":             "PROXYTCP4 1.2.3.4 1.2.3.4 1 2\r\n",
		"a name":                         "PROXY TCP4 localhost 198.51.100.7 50000 22\r\n",
		"a zone":                         "PROXY TCP6 fe80::1%eth0 fe80::2 1 2\r\n",
		"no end":                         "PROXY TCP4 " + strings.Repeat("1", 5000),
		"the end of a line missing":      "PROXY TCP4 203.0.113.9 198.51.100.7 50000 22\n",
		"everybody":                      "PROXY TCP4 0.0.0.0 198.51.100.7 50000 22\r\n",
		"everybody in IPv6":              "PROXY TCP6 :: ::1 50000 22\r\n",
		"a group":                        "PROXY TCP4 224.0.0.1 198.51.100.7 50000 22\r\n",
		"UDP":                            v2(0x21, 0x12, 203, 0, 113, 9, 198, 51, 100, 7, 1, 1, 0, 22),
		"no protocol that there is":      v2(0x21, 0x13, 203, 0, 113, 9, 198, 51, 100, 7, 1, 1, 0, 22),
		"no family":                      v2(0x21, 0x00),
		"an address that is cut":         v2(0x21, 0x11, 203, 0, 113, 9),
		"an address that is cut in IPv6": v2(0x21, 0x21, 203, 0, 113, 9, 198, 51, 100, 7, 1, 1, 0, 22),
		"much more than there can be":    v2From(netip.MustParseAddr("203.0.113.9"), make([]byte, 60_000)...),
		"another command":                v2(0x2f, 0x11, 203, 0, 113, 9, 198, 51, 100, 7, 1, 1, 0, 22),
	} {
		t.Run(what, func(t *testing.T) {
			near, far := approach(t)
			go func() { _, _ = io.WriteString(far, sent) }() // ends with the connection
			if conn, err := proxies(t, "10.0.0.1").ReadHeader(near); err == nil || errors.Is(err, ErrHungUp) {
				t.Errorf("it is a client at %v (%v)", conn, err)
			}
		})
	}
}

func TestProxiesTolerateHealthChecks(t *testing.T) {
	near, far := approach(t)
	_ = far.Close()
	if _, err := proxies(t, "10.0.0.1").ReadHeader(near); !errors.Is(err, ErrHungUp) {
		t.Errorf("Meet = %v, want ErrHungUp", err)
	}
}

// TestProxiesBoundWaitForHeader sends nothing, or a byte every second.
func TestProxiesBoundWaitForHeader(t *testing.T) {
	for what, send := range map[string]func(io.Writer){
		"nothing": func(io.Writer) {},
		"a byte every second": func(far io.Writer) {
			for _, b := range []byte(v2From(netip.MustParseAddr("203.0.113.9"))) {
				if _, err := far.Write([]byte{b}); err != nil {
					return
				}
				time.Sleep(time.Second) // of the fake clock
			}
		},
	} {
		t.Run(what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				near, far := approach(t)
				sent := make(chan struct{})
				go func() { defer close(sent); send(far) }()
				begin := time.Now()
				if _, err := proxies(t, "10.0.0.1").ReadHeader(near); err == nil || errors.Is(err, ErrHungUp) {
					t.Errorf("Meet = %v", err)
				}
				if took := time.Since(begin); took != headerTimeout {
					t.Errorf("it took %v, want %v", took, headerTimeout)
				}
				_ = near.Close()
				<-sent
			})
		})
	}
}

func TestProxiesEvictSilentConns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := proxies(t, "10.0.0.1")
		ended := make(chan int, maxAwaitingHeader+1)
		for i := range maxAwaitingHeader + 1 {
			near, _ := approach(t)
			go func() {
				_, _ = p.ReadHeader(near)
				ended <- i
			}()
			synctest.Wait() // one comes after the other
		}
		if first := <-ended; first != 0 || len(ended) != 0 {
			t.Errorf("number %d had to make room, and %d more; want the first one only", first, len(ended))
		}
		time.Sleep(headerTimeout) // of the fake clock
		synctest.Wait()
		if len(ended) != maxAwaitingHeader || p.waiting.Len() != 0 {
			t.Errorf("in the end %d have ended and %d wait", len(ended), p.waiting.Len())
		}
	})
}

func TestProxiesContains(t *testing.T) {
	p := proxies(t, "192.0.2.7", " 10.1.2.3/8", "2001:db8::/32", "::ffff:198.51.100.1")
	for addr, want := range map[string]bool{
		"192.0.2.7:1": true, "192.0.2.8:1": false, "[::ffff:192.0.2.7]:1": true,
		"10.9.9.9:1": true, "11.0.0.1:1": false,
		"[2001:db8:1::1]:1": true, "[2001:db9::1]:1": false, "[fe80::1%eth0]:1": false,
		"198.51.100.1:1": true, "127.0.0.1:1": false,
	} {
		if got := p.Contains(net.TCPAddrFromAddrPort(netip.MustParseAddrPort(addr))); got != want {
			t.Errorf("%s: %v, want %v", addr, got, want)
		}
	}
	if p.Contains(&net.UnixAddr{Name: "@x"}) {
		t.Error("a Unix socket is a proxy")
	}
	none, err := ParseProxies(nil)
	if err != nil || none.Contains(balancer) {
		t.Errorf("without any: %v, %v", none, err)
	}
	for _, bad := range []string{"", "localhost", "10.0.0.0/33", "10.0.0.1:22", "fe80::1%eth0/64"} {
		if _, err := ParseProxies([]string{bad}); err == nil {
			t.Errorf("%q is one", bad)
		}
	}
}

// TestProxiesGiveNoLoopbackPrivileges has a proxy name 127.0.0.1: that makes nobody a user of
// this machine.
func TestProxiesGiveNoLoopbackPrivileges(t *testing.T) {
	for what, c := range map[string]struct {
		proxied bool
		waits   bool
	}{"directly": {false, false}, "through a proxy": {true, true}} {
		t.Run(what, func(t *testing.T) {
			d := NewConnLimiter(ConnConfig{FailureBurst: 1, FailureInterval: time.Hour})
			for range 3 {
				near, far := net.Pipe()
				t.Cleanup(func() { _, _ = near.Close(), far.Close() })
				var conn net.Conn = fromAddr{near, &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)}}
				if c.proxied {
					conn = &proxied{Conn: near, client: conn.RemoteAddr()}
				}
				in, err := d.Admit(conn)
				if err != nil {
					t.Fatal(err)
				}
				v := &testConn{in, far}
				v.send(t)
				v.Release() // it hangs up during the handshake
			}
			if delay := d.delay(networksOf(netip.MustParsePrefix("127.0.0.1/32"))); (delay > 0) != c.waits {
				t.Errorf("the next one waits %v", delay)
			}
		})
	}
}

// FuzzProxyHeader sends anything in place of a header: it is rejected, or names a valid client
// address and loses none of the bytes that follow.
func FuzzProxyHeader(f *testing.F) {
	for _, seed := range []string{
		"PROXY TCP4 203.0.113.9 198.51.100.7 50000 22\r\nSSH-2.0-x\r\n", "PROXY UNKNOWN\r\n", "SSH-2.0-x\r\n", "PROXY",
		v2From(netip.MustParseAddr("203.0.113.9")), v2(0x20, 0), v2(0x21, 0x31, make([]byte, 216)...), v2(0x21, 0x13, make([]byte, 12)...),
	} {
		f.Add([]byte(seed))
	}
	p := proxies(f, "10.0.0.1")
	f.Fuzz(func(t *testing.T, sent []byte) {
		if len(sent) == 0 {
			return
		}
		near, far := approach(t)
		go func() {
			_, _ = far.Write(sent)
			_ = far.Close()
		}()
		conn, err := p.ReadHeader(near)
		if err != nil {
			_ = near.Close()
			return
		}
		tcp, ok := conn.RemoteAddr().(*net.TCPAddr)
		if !ok || tcp.IP.IsUnspecified() || tcp.IP.IsMulticast() || !Source(tcp).IsValid() || tcp.String() == "" {
			t.Errorf("the client is at %v", conn.RemoteAddr())
		}
		rest, err := io.ReadAll(conn)
		if err != nil || !bytes.HasSuffix(sent, rest) {
			t.Errorf("after the header: %q, %v", rest, err)
		}
	})
}

package checkup

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"time"

	gossh "golang.org/x/crypto/ssh"
)

// Banner is how a Clickky server begins to speak.
const Banner = "SSH-2.0-Clickky"

// greeting is what answers at an address.
type greeting struct {
	// banner is its first line, empty if it says nothing.
	banner string
	// key is its host key, nil if it has none.
	key gossh.PublicKey
}

// errSeen ends a handshake when the host key is known.
var errSeen = errors.New("got the host key")

// Server is where a server is to answer, and how it is known.
type Server struct {
	// Addr is its SSH address, and KeyFiles are its private keys.
	Addr     string
	KeyFiles []string
	// Proxied tells whether it awaits a PROXY header from whoever comes from an
	// address; nil: from nobody.
	Proxied func(from net.Addr) bool
}

// noClient is the header of a proxy that looks after the server itself.
const noClient = "PROXY UNKNOWN\r\n"

// greet connects to an address, and begins a handshake until the host key is
// known. An error means that nothing is there, or that it broke off before it
// said anything.
func (s *Server) greet(ctx context.Context, addr string) (greeting, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", addr)
	if err != nil {
		return greeting{}, err
	}
	defer conn.Close()
	if deadline, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(deadline); err != nil {
			return greeting{}, err
		}
	}
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	if s.Proxied != nil && s.Proxied(conn.LocalAddr()) {
		if _, err := io.WriteString(conn, noClient); err != nil {
			return greeting{}, err
		}
	}
	var g greeting
	heard := &listened{Conn: conn}
	_, _, _, err = gossh.NewClientConn(heard, addr, &gossh.ClientConfig{
		ClientVersion: "SSH-2.0-clickky-doctor",
		HostKeyCallback: func(_ string, _ net.Addr, key gossh.PublicKey) error {
			g.key = key
			return errSeen
		},
	})
	line, _, _ := bytes.Cut(heard.first, []byte("\n"))
	if g.banner = strings.TrimRight(string(line), "\r"); g.banner == "" {
		return g, fmt.Errorf("no greeting: %w", err)
	}
	return g, nil
}

// listened keeps the beginning of what was read.
type listened struct {
	net.Conn

	first []byte
}

// Read implements io.Reader.
func (l *listened) Read(p []byte) (int, error) {
	n, err := l.Conn.Read(p)
	if room := 255 - len(l.first); room > 0 {
		l.first = append(l.first, p[:min(n, room)]...)
	}
	return n, err
}

// local are the addresses at which a server on this machine answers that listens
// on addr.
func local(addr string) ([]string, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	if ip := net.ParseIP(host); host != "" && (ip == nil || !ip.IsUnspecified()) {
		return []string{addr}, nil
	}
	return []string{net.JoinHostPort("127.0.0.1", port), net.JoinHostPort("::1", port)}, nil
}

// greetLocal greets the server on this machine.
func (s *Server) greetLocal(ctx context.Context) (g greeting, err error) {
	addrs, err := local(s.Addr)
	for _, at := range addrs {
		if g, err = s.greet(ctx, at); err == nil {
			return g, nil
		}
	}
	return g, err
}

// againAfter is the pause before a connection is tried again that was closed
// without a word, as a server does now and then while many others wait to log in.
const againAfter = 200 * time.Millisecond

// Answers looks whether the server answers, until ctx ends, with one of its keys,
// if any of them can be read.
func Answers(ctx context.Context, s Server) Finding {
	const name = "answer"
	addr := s.Addr
	const fix = "start the server, or check its log"
	g, err := s.greetLocal(ctx)
	for closedAtOnce(err) {
		select {
		case <-ctx.Done():
			return problem(name, fmt.Sprintf("%s closes every connection at once", addr), fix)
		case <-time.After(againAfter):
		}
		g, err = s.greetLocal(ctx)
	}
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return problem(name, fmt.Sprintf("nothing is listening on %s", addr), fix)
	case err != nil:
		return problem(name, fmt.Sprintf("%s doesn't answer: %v", addr, err), fix)
	}
	return s.judgeAnswer(name, g)
}

func closedAtOnce(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET)
}

// judgeAnswer judges what answers where a Clickky should.
func (s *Server) judgeAnswer(name string, g greeting) Finding {
	addr := s.Addr
	switch {
	case !strings.HasPrefix(g.banner, Banner):
		return problem(name, fmt.Sprintf("another program answers on %s: it says %.60q", addr, g.banner),
			"stop that program, or choose another address, for example --listen "+freeNear(addr))
	case g.key == nil:
		return problem(name, fmt.Sprintf("the Clickky server on %s didn't show a host key", addr), "restart the server, or check its log")
	}
	known := publicKeys(s.KeyFiles)
	for _, key := range known {
		if bytes.Equal(key.Marshal(), g.key.Marshal()) {
			return ok(name, "this server answers on %s with the host key %s", addr, gossh.FingerprintSHA256(g.key))
		}
	}
	if len(known) > 0 {
		return problem(name, fmt.Sprintf("another Clickky server answers on %s with the host key %s", addr, gossh.FingerprintSHA256(g.key)),
			"stop that server, or choose another address, for example --listen "+freeNear(addr))
	}
	return ok(name, "a Clickky server answers on %s with the host key %s", addr, gossh.FingerprintSHA256(g.key))
}

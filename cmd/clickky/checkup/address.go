package checkup

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"clickky/sync/finding"
)

const (
	// Banner is how a Clickky server begins to speak.
	Banner = "SSH-2.0-Clickky"
	// noClient is the header of a proxy that looks after the server itself.
	noClient = "PROXY UNKNOWN\r\n"
	// greetTimeout is how long whoever has the address may take to say who it is.
	greetTimeout = 3 * time.Second
	// againAfter is the pause before a connection is tried again that was closed
	// without a word, as a server does now and then while many others wait to log in.
	againAfter = 200 * time.Millisecond
)

// Server is where a server is to answer, and how it is known.
type Server struct {
	// Addr is its SSH address, and KeyFiles are its private keys.
	Addr     string
	KeyFiles []string
	// Proxied tells whether it awaits a PROXY header from whoever comes from an
	// address; nil: from nobody.
	Proxied func(from net.Addr) bool
}

// Address reports whether the server's address can be listened on, or who does already.
func (s *Server) Address(ctx context.Context, r *finding.Report) {
	const name = "port"
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", s.Addr)
	switch {
	case err == nil:
		_ = listener.Close() // it was only to know
		r.OK(name, "%s is free", s.Addr)
	case errors.Is(err, syscall.EADDRINUSE):
		s.taken(ctx, name, r)
	default:
		cannotListen(name, s.Addr, err, r)
	}
}

// taken reports who has the address.
func (s *Server) taken(ctx context.Context, name string, r *finding.Report) {
	ctx, cancel := context.WithTimeout(ctx, greetTimeout)
	defer cancel()
	g, err := s.greetLocal(ctx)
	if err != nil {
		r.Problem(name, s.elsewhere("program"), "another program is listening on %s", s.Addr)
		return
	}
	s.answer(name, g, r)
}

func (s *Server) elsewhere(what string) string {
	return "stop that " + what + ", or choose another address, for example --listen " + freeNear(s.Addr)
}

// cannotListen reports an error of listening.
func cannotListen(name, addr string, err error, r *finding.Report) {
	host, port, _ := net.SplitHostPort(addr)
	switch {
	case errors.Is(err, syscall.EACCES):
		r.Problem(name, "choose a port above 1023, for example --listen "+freeNear(net.JoinHostPort(host, "2222"))+
			", or add AmbientCapabilities=CAP_NET_BIND_SERVICE to the systemd unit", "this user isn't allowed to listen on %s", addr)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		r.Problem(name, "choose an address of this machine, or listen on all of them with --listen :"+port, "this machine doesn't have the address %s", host)
	default:
		r.Problem(name, "set --listen to an address like :2222", "can't listen on %s: %v", addr, err)
	}
}

// freeNear returns an address of the same host with the next port that is free.
func freeNear(addr string) string {
	const tries = 100
	host, port, _ := net.SplitHostPort(addr)
	first, err := strconv.Atoi(port)
	if err != nil {
		first = 2221
	}
	for port := first; port < min(first+tries, 65536); port++ {
		near := net.JoinHostPort(host, strconv.Itoa(port))
		if l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", near); err == nil {
			_ = l.Close() // it was only to know
			return near
		}
	}
	return net.JoinHostPort(host, "0")
}

// Answers reports whether the server answers, until ctx ends, with one of its keys, if
// any of them can be read.
func (s *Server) Answers(ctx context.Context, r *finding.Report) {
	const name = "answer"
	const fix = "start the server, or check its log"
	g, err := s.greetLocal(ctx)
	closed := false
	for errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) {
		closed = true
		select {
		case <-ctx.Done():
		case <-time.After(againAfter):
		}
		g, err = s.greetLocal(ctx)
	}
	failure, ok := errors.AsType[net.Error](err)
	switch {
	case closed && (ctx.Err() != nil || ok && failure.Timeout()): // which may be noticed first
		r.Problem(name, fix, "%s closes every connection at once", s.Addr)
	case errors.Is(err, syscall.ECONNREFUSED):
		r.Problem(name, fix, "nothing is listening on %s", s.Addr)
	case err != nil:
		r.Problem(name, fix, "%s doesn't answer: %v", s.Addr, err)
	default:
		s.answer(name, g, r)
	}
}

// answer reports what answers where a Clickky should.
func (s *Server) answer(name string, g greeting, r *finding.Report) {
	known, _ := Fingerprints(s.KeyFiles) // HostKey reports on the others
	switch {
	case !strings.HasPrefix(g.banner, Banner):
		r.Problem(name, s.elsewhere("program"), "another program answers on %s: it says %.60q", s.Addr, g.banner)
	case g.key == "":
		r.Problem(name, "restart the server, or check its log", "the Clickky server on %s didn't show a host key", s.Addr)
	case slices.Contains(known, g.key):
		r.OK(name, "this server answers on %s with the host key %s", s.Addr, g.key)
	case len(known) > 0:
		r.Problem(name, s.elsewhere("server"), "another Clickky server answers on %s with the host key %s", s.Addr, g.key)
	default:
		r.OK(name, "a Clickky server answers on %s with the host key %s", s.Addr, g.key)
	}
}

// greeting is what answers at an address: its first line, and the fingerprint of its host
// key, empty if it has none.
type greeting struct{ banner, key string }

// greetLocal greets the server on this machine.
func (s *Server) greetLocal(ctx context.Context) (g greeting, err error) {
	host, port, err := net.SplitHostPort(s.Addr)
	if err != nil {
		return g, err
	}
	hosts := []string{host}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		hosts = []string{"127.0.0.1", "::1"}
	}
	for _, host := range hosts {
		if g, err = s.greet(ctx, net.JoinHostPort(host, port)); err == nil {
			return g, nil
		}
	}
	return g, err
}

// errSeen ends a handshake when the host key is known.
var errSeen = errors.New("got the host key")

// greet connects to an address, and begins a handshake until the host key is
// known. An error means that nothing is there, or that it broke off before it
// said anything.
func (s *Server) greet(ctx context.Context, addr string) (g greeting, err error) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", addr)
	if err != nil {
		return g, err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Now()) })()
	if s.Proxied != nil && s.Proxied(conn.LocalAddr()) {
		if _, err := io.WriteString(conn, noClient); err != nil {
			return g, err
		}
	}
	var said bytes.Buffer
	_, _, _, err = gossh.NewClientConn(listened{conn, io.TeeReader(conn, &said)}, addr, &gossh.ClientConfig{
		ClientVersion: "SSH-2.0-clickky-doctor",
		HostKeyCallback: func(_ string, _ net.Addr, key gossh.PublicKey) error {
			g.key = gossh.FingerprintSHA256(key)
			return errSeen
		},
	})
	line, _, _ := strings.Cut(said.String(), "\n")
	if g.banner = strings.TrimRight(line, "\r"); g.banner == "" {
		return g, fmt.Errorf("no greeting: %w", err)
	}
	return g, nil
}

// listened is a connection of which what is read is kept.
type listened struct {
	net.Conn

	reader io.Reader
}

// Read implements io.Reader.
func (l listened) Read(p []byte) (int, error) { return l.reader.Read(p) }

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
	// greetTimeout is how long the program at the address may take to send its greeting.
	greetTimeout = 3 * time.Second
	// retryPause is the pause before the next try if a connection was closed without a
	// greeting, as a server does at random while many clients wait to log in.
	retryPause = 200 * time.Millisecond
)

// Server is the server to check.
type Server struct {
	// Addr is its SSH address, and KeyFiles are the paths of its private host keys.
	Addr     string
	KeyFiles []string
	// Proxied reports whether it expects a PROXY header on connections from an address; nil
	// if it never does.
	Proxied func(from net.Addr) bool
}

// Address reports whether the server can listen on its address, or which program does.
func (s *Server) Address(ctx context.Context) finding.Finding {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", s.Addr)
	if err == nil {
		_ = listener.Close() // it only had to succeed
		return finding.OKf("%s is free", s.Addr)
	}
	if errors.Is(err, syscall.EADDRINUSE) {
		if banner, key, err := s.greet(ctx); err == nil {
			return s.answer(banner, key)
		}
	}
	return CannotListen("--listen", s.Addr, err)
}

// CannotListen reports why a server can't listen on the address of a flag.
func CannotListen(flag, addr string, err error) finding.Finding {
	host, port, _ := net.SplitHostPort(addr)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return finding.Problemf(stopFix("program", flag, addr), "another program is listening on %s", addr)
	case errors.Is(err, syscall.EACCES):
		return finding.Problemf("choose a port above 1023 with "+flag+
			", or add AmbientCapabilities=CAP_NET_BIND_SERVICE to the systemd unit", "this user isn't allowed to listen on %s", addr)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return finding.Problemf("choose an address of this machine, or listen on all of them with "+flag+" :"+port, "this machine doesn't have the address %s", host)
	}
	return finding.Problemf("set "+flag+" to HOST:PORT or :PORT", "can't listen on %s: %v", addr, err)
}

func stopFix(other, flag, addr string) string {
	return "stop that " + other + ", or choose another address, for example " + flag + " " + freeNear(addr)
}

// freeNear returns an address of the same host with one of the next ports, if possible a free one.
func freeNear(addr string) string {
	const tries = 100
	for range tries {
		addr = nextPort(addr)
		if l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", addr); err == nil {
			_ = l.Close() // it only had to succeed
			break
		}
	}
	return addr
}

// nextPort returns the address with the next port.
func nextPort(addr string) string {
	host, port, _ := net.SplitHostPort(addr)
	n, err := strconv.Atoi(port)
	if err != nil || n >= 65535 {
		n = 2221
	}
	return net.JoinHostPort(host, strconv.Itoa(n+1))
}

// Answers reports whether the server answers before ctx ends, and with one of its host keys if
// their files are readable.
func (s *Server) Answers(ctx context.Context) finding.Finding {
	const fix = "start the server, or check its log"
	banner, key, err := s.greet(ctx)
	closed := false
	for errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) {
		closed = true
		select {
		case <-ctx.Done():
		case <-time.After(retryPause):
		}
		banner, key, err = s.greet(ctx)
	}
	failure, ok := errors.AsType[net.Error](err)
	switch {
	case closed && (ctx.Err() != nil || ok && failure.Timeout()): // either may be noticed first
		return finding.Problemf(fix, "%s closes every connection at once", s.Addr)
	case errors.Is(err, syscall.ECONNREFUSED):
		return finding.Problemf(fix, "nothing is listening on %s", s.Addr)
	case err != nil:
		return finding.Problemf(fix, "%s doesn't answer: %v", s.Addr, err)
	}
	return s.answer(banner, key)
}

// answer reports whether this server has answered at its address.
func (s *Server) answer(banner, key string) finding.Finding {
	known, _ := Fingerprints(s.KeyFiles) // HostKey reports unreadable files
	switch {
	case !strings.HasPrefix(banner, "SSH-2.0-Clickky"):
		return finding.Problemf(stopFix("program", "--listen", s.Addr), "another program answers on %s: it says %.60q", s.Addr, banner)
	case key == "":
		return finding.Problemf("restart the server, or check its log", "the Clickky server on %s didn't show a host key", s.Addr)
	case slices.Contains(known, key):
		return finding.OKf("this server answers on %s with the host key %s", s.Addr, key)
	case len(known) > 0:
		return finding.Problemf(stopFix("server", "--listen", s.Addr), "another Clickky server answers on %s with the host key %s", s.Addr, key)
	}
	return finding.OKf("a Clickky server answers on %s with the host key %s", s.Addr, key)
}

var errGotKey = errors.New("got the host key")

// greet connects to the address, or to this machine if it has no host, and begins a handshake. It
// returns the first line that the program there sends, and the fingerprint of its host key, empty
// without one. It fails if the connection fails or ends before that line.
func (s *Server) greet(ctx context.Context) (banner, key string, err error) {
	ctx, cancel := context.WithTimeout(ctx, greetTimeout)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", s.Addr)
	if err != nil {
		return "", "", err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Now()) })()
	if s.Proxied != nil && s.Proxied(conn.LocalAddr()) {
		if _, err := io.WriteString(conn, "PROXY UNKNOWN\r\n"); err != nil { // there is no client behind it
			return "", "", err
		}
	}
	var received bytes.Buffer
	_, _, _, err = gossh.NewClientConn(recordedConn{conn, io.TeeReader(conn, &received)}, s.Addr, &gossh.ClientConfig{
		ClientVersion: "SSH-2.0-clickky-doctor",
		HostKeyCallback: func(_ string, _ net.Addr, k gossh.PublicKey) error {
			key = gossh.FingerprintSHA256(k)
			return errGotKey
		},
	})
	banner, _, _ = strings.Cut(received.String(), "\n")
	if banner = strings.TrimRight(banner, "\r"); banner == "" {
		return "", "", fmt.Errorf("no greeting: %w", err)
	}
	return banner, key, nil
}

// recordedConn is a connection that records what is read.
type recordedConn struct {
	net.Conn

	reader io.Reader
}

// Read implements io.Reader.
func (c recordedConn) Read(p []byte) (int, error) { return c.reader.Read(p) }

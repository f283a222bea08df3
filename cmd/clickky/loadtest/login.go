package loadtest

import (
	"context"
	"crypto/ed25519"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/netip"
	"runtime"
	"strings"
	"syscall"
	"time"

	gossh "golang.org/x/crypto/ssh"
)

const (
	// The server rejects some connections from an address, or in all, when more than half of the
	// permitted unauthenticated connections are open: with its defaults, 25 and 250. So at most
	// this many players log in at the same time.
	loginsPerSource = 20
	maxLogins       = 120
	// sourceAddresses is from how many loopback addresses players connect.
	sourceAddresses = 16
	// loginTimeout is the limit of one login.
	loginTimeout = 30 * time.Second
	// A rejected login is retried up to loginTries times, with a pause that doubles.
	loginTries            = 10
	firstPause, lastPause = 50 * time.Millisecond, 2 * time.Second
	// longestReason is how many bytes of a rejection are read.
	longestReason = 500

	terminalType   = "xterm-256color"
	terminalWidth  = 80
	terminalHeight = 24
)

// errRefused marks a login that may succeed when retried.
var errRefused = errors.New("the connection was refused")

// sourcesTo returns the source addresses for players; with the zero address the system chooses.
// Linux has all of 127.0.0.0/8 without configuration.
func sourcesTo(addr string) []netip.Addr {
	to, err := netip.ParseAddrPort(addr)
	if err != nil || !to.Addr().Is4() || !to.Addr().IsLoopback() || runtime.GOOS != "linux" {
		return []netip.Addr{{}}
	}
	sources := make([]netip.Addr, sourceAddresses)
	for i := range sources {
		sources[i] = netip.AddrFrom4([4]byte{127, 0, 0, byte(1 + i)})
	}
	return sources
}

// login connects a player and returns the first bytes of its screen. It counts and retries
// rejections.
func (t *tally) login(ctx context.Context, p *player, source netip.Addr) (first []byte, err error) {
	pause := firstPause
	for range loginTries {
		first, err = p.connect(ctx, t.addr, source)
		if err == nil || !errors.Is(err, errRefused) {
			return first, err
		}
		t.refused.Add(1)
		if !sleep(ctx, pause/2+rand.N(pause)) {
			return nil, ctx.Err()
		}
		pause = min(2*pause, lastPause)
	}
	return nil, err
}

// connect logs in, requests a terminal and a shell, and waits for the first bytes of the screen.
func (p *player) connect(ctx context.Context, addr string, source netip.Addr) ([]byte, error) {
	dialer := net.Dialer{Timeout: loginTimeout}
	if source.IsValid() {
		dialer.LocalAddr = &net.TCPAddr{IP: source.AsSlice()}
	}
	conn, err := dialer.DialContext(ctx, "tcp", addr)
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return nil, errors.New("nothing is listening there")
	case err != nil:
		return nil, fmt.Errorf("%w: %w", errRefused, err)
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	_ = conn.SetDeadline(time.Now().Add(loginTimeout))
	first, err := p.begin(conn, addr)
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	_ = conn.SetDeadline(time.Time{})
	return first, nil
}

// begin performs the SSH handshake on a new connection and starts the screen.
func (p *player) begin(conn net.Conn, addr string) ([]byte, error) {
	client, channels, requests, err := gossh.NewClientConn(conn, addr, clientConfig(p.number))
	switch {
	case err != nil && strings.Contains(err.Error(), "unable to authenticate"):
		return nil, err
	case err != nil:
		return nil, fmt.Errorf("%w: %w", errRefused, err)
	}
	channel, answers, err := client.OpenChannel("session", nil)
	if err != nil {
		_ = client.Close()
		p.running.Go(func() { drain(channels, requests, nil) })
		return nil, fmt.Errorf("%w: %w", errRefused, err)
	}
	p.conn, p.channel = client, channel
	p.running.Go(func() { drain(channels, requests, answers) })
	terminal := struct {
		Type                         string
		Columns, Rows, Width, Height uint32
		Modes                        string
	}{Type: terminalType, Columns: terminalWidth, Rows: terminalHeight, Modes: "\x00"}
	for _, request := range []struct {
		name    string
		payload []byte
	}{{"pty-req", gossh.Marshal(terminal)}, {"shell", nil}} {
		if _, err := channel.SendRequest(request.name, true, request.payload); err != nil {
			return nil, fmt.Errorf("%w: %w", errRefused, err)
		}
	}
	return p.firstBytes()
}

// firstBytes waits for the screen, or for the sentence that a server prints instead.
func (p *player) firstBytes() ([]byte, error) {
	buf := make([]byte, readSize)
	n, err := p.channel.Read(buf)
	switch {
	case n > 0:
		return buf[:n], nil
	case !errors.Is(err, io.EOF):
		return nil, fmt.Errorf("%w: %w", errRefused, err)
	}
	said, _ := io.ReadAll(io.LimitReader(p.channel.Stderr(), longestReason))
	if reason := strings.TrimSpace(string(said)); reason != "" {
		return nil, fmt.Errorf("rejected: %s", strings.ToValidUTF8(reason, "?"))
	}
	return nil, fmt.Errorf("%w: the session ended at once", errRefused)
}

// drain rejects all requests and channels of the server until the connection ends.
func drain(channels <-chan gossh.NewChannel, requests, answers <-chan *gossh.Request) {
	for channels != nil || requests != nil || answers != nil {
		var request *gossh.Request
		var ok bool
		select {
		case offer, more := <-channels:
			if !more {
				channels = nil
				continue
			}
			_ = offer.Reject(gossh.Prohibited, "this client offers no channels")
			continue
		case request, ok = <-requests:
			if !ok {
				requests = nil
				continue
			}
		case request, ok = <-answers:
			if !ok {
				answers = nil
				continue
			}
		}
		if request.WantReply {
			_ = request.Reply(false, nil)
		}
	}
}

// clientConfig returns the login of a player with its own key.
func clientConfig(number int) *gossh.ClientConfig {
	seed := make([]byte, ed25519.SeedSize)
	copy(seed, "clickky bench player")
	binary.BigEndian.PutUint64(seed[ed25519.SeedSize-8:], uint64(number))
	auth := []gossh.AuthMethod{
		gossh.KeyboardInteractive(func(_, _ string, questions []string, _ []bool) ([]string, error) {
			return make([]string, len(questions)), nil
		}),
	}
	if signer, err := gossh.NewSignerFromKey(ed25519.NewKeyFromSeed(seed)); err == nil {
		auth = append([]gossh.AuthMethod{gossh.PublicKeys(signer)}, auth...)
	}
	return &gossh.ClientConfig{
		User:            playerName(number),
		Auth:            auth,
		HostKeyCallback: gossh.InsecureIgnoreHostKey(), //nolint:gosec // a load test trusts what it was pointed at with nothing
		ClientVersion:   "SSH-2.0-clickky-bench",
	}
}

// playerName returns bench-1 for the first player, whose number is 0.
func playerName(number int) string { return fmt.Sprintf("bench-%d", number+1) }

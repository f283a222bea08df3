// Package sshtest is a player for tests: an SSH client with a terminal emulator. It never sleeps;
// it waits for content, and fails the test if the content doesn't appear within Patience.
package sshtest

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"image/color"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/charmbracelet/x/vt"
	gossh "golang.org/x/crypto/ssh"
)

// Patience is the limit of every wait.
const Patience = 20 * time.Second

// maxKept is how many of the server's bytes are kept.
const maxKept = 1 << 20

// FreeAddr returns an address on loopback on which nothing listens. It was free a moment ago.
func FreeAddr(t testing.TB) string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// Signer returns a key that is always the same for n.
func Signer(t testing.TB, n byte) gossh.Signer {
	t.Helper()
	seed := make([]byte, ed25519.SeedSize)
	seed[0] = n
	signer, err := gossh.NewSignerFromKey(ed25519.NewKeyFromSeed(seed))
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

// Conn is a player's connection.
type Conn struct {
	*gossh.Client
}

// Config returns a configuration that tries the keys in order, then logs in without a key. Its key
// exchange costs less than the library's first choice.
func Config(user string, keys ...gossh.Signer) *gossh.ClientConfig {
	without := gossh.KeyboardInteractive(func(_, _ string, questions []string, _ []bool) ([]string, error) {
		return make([]string, len(questions)), nil
	})
	return &gossh.ClientConfig{
		Config:          gossh.Config{KeyExchanges: []string{gossh.KeyExchangeCurve25519}},
		User:            user,
		Auth:            []gossh.AuthMethod{gossh.PublicKeys(keys...), without},
		HostKeyCallback: gossh.InsecureIgnoreHostKey(),
		Timeout:         Patience,
	}
}

// Dial connects. The connection is closed when the test ends.
func Dial(t testing.TB, addr, user string, keys ...gossh.Signer) *Conn {
	t.Helper()
	client, err := gossh.Dial("tcp", addr, Config(user, keys...))
	if err != nil {
		t.Fatalf("%s can't connect: %v", user, err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return &Conn{client}
}

// Over logs in over an existing connection, which is closed when the test ends.
func Over(t testing.TB, conn net.Conn, user string, keys ...gossh.Signer) *Conn {
	t.Helper()
	t.Cleanup(func() { _ = conn.Close() })
	c, channels, requests, err := gossh.NewClientConn(conn, conn.RemoteAddr().String(), Config(user, keys...))
	if err != nil {
		t.Fatalf("%s can't log in: %v", user, err)
	}
	return &Conn{gossh.NewClient(c, channels, requests)}
}

// Result is the outcome of a command.
type Result struct {
	Status      int // -1: without a status
	Out, Errors string
}

// Run runs a command, or a shell if line is empty, and waits for its end.
func (c *Conn) Run(t testing.TB, line string, withTerminal bool) Result {
	t.Helper()
	session, err := c.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	var out, errs bytes.Buffer
	session.Stdout, session.Stderr = &out, &errs
	if withTerminal {
		if err := session.RequestPty("xterm-256color", 24, 80, nil); err != nil {
			t.Fatal(err)
		}
	}
	if line == "" {
		err = session.Shell()
	} else {
		err = session.Start(line)
	}
	if err != nil {
		t.Fatal(err)
	}
	status := wait(t, session)
	return Result{status, out.String(), errs.String()}
}

// wait returns the exit status of a session.
func wait(t testing.TB, session *gossh.Session) int {
	t.Helper()
	ended := make(chan error, 1)
	go func() { ended <- session.Wait() }()
	select {
	case err := <-ended:
		var exit *gossh.ExitError
		switch {
		case err == nil:
			return 0
		case errors.As(err, &exit):
			return exit.ExitStatus()
		default:
			return -1
		}
	case <-time.After(Patience):
		t.Fatal("the session didn't end")
		return -1
	}
}

// Screen is a session with a terminal.
type Screen struct {
	session *gossh.Session
	keys    io.Writer

	mu       sync.Mutex
	changed  *sync.Cond // broadcast after each write, and on patience's end
	emulator *vt.Emulator
	received int    // bytes
	kept     []byte // the first of them
	ended    bool
}

// Play opens a terminal of the given size and starts the game on it.
func (c *Conn) Play(t testing.TB, width, height int, env ...string) *Screen {
	t.Helper()
	return c.PlayOn(t, color.Black, width, height, env...)
}

// PlayOn is Play on a terminal with a background color.
func (c *Conn) PlayOn(t testing.TB, background color.Color, width, height int, env ...string) *Screen {
	t.Helper()
	session, err := c.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	s := &Screen{session: session, emulator: vt.NewEmulator(width, height)}
	s.changed = sync.NewCond(&s.mu)
	s.emulator.SetDefaultBackgroundColor(background)
	session.Stdout = s
	if s.keys, err = session.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	for _, kv := range env {
		name, value, _ := strings.Cut(kv, "=")
		if err := session.Setenv(name, value); err != nil {
			t.Fatal(err)
		}
	}
	if err := session.RequestPty("xterm-256color", height, width, nil); err != nil {
		t.Fatal(err)
	}
	if err := session.Shell(); err != nil {
		t.Fatal(err)
	}
	// The terminal's answers are sent as if they were typed.
	go func() { _, _ = io.Copy(s.keys, s.emulator) }()
	go func() { // ends with the connection, which ends with the test
		_ = c.Wait()
		if answers, ok := s.emulator.InputPipe().(io.Closer); ok {
			_ = answers.Close() // the screen is still to be read
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.ended = true
		s.changed.Broadcast()
	}()
	return s
}

// Write implements io.Writer for what the server sends.
func (s *Screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.received += len(p)
	s.kept = append(s.kept, p[:min(len(p), maxKept-len(s.kept))]...)
	defer s.changed.Broadcast()
	return s.emulator.Write(p)
}

// Type sends keys.
func (s *Screen) Type(t testing.TB, keys string) {
	t.Helper()
	if _, err := io.WriteString(s.keys, keys); err != nil {
		t.Fatalf("typing %q: %v", keys, err)
	}
}

// TryType sends keys and reports whether the connection accepted them.
func (s *Screen) TryType(keys string) bool {
	_, err := io.WriteString(s.keys, keys)
	return err == nil
}

// Resize sends a window change to the server.
func (s *Screen) Resize(t testing.TB, width, height int) {
	t.Helper()
	s.mu.Lock()
	s.emulator.Resize(width, height)
	s.mu.Unlock()
	if err := s.session.WindowChange(height, width); err != nil {
		t.Fatal(err)
	}
}

// Text returns the screen, one line for each line of the terminal, without trailing spaces.
func (s *Screen) Text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text()
}

func (s *Screen) text() string {
	var b strings.Builder
	for y := range s.emulator.Height() {
		var line strings.Builder
		for x := range s.emulator.Width() {
			cell := s.emulator.CellAt(x, y)
			switch {
			case cell == nil || cell.Content == "" && cell.Width != 0:
				line.WriteByte(' ')
			default:
				line.WriteString(cell.Content)
			}
		}
		b.WriteString(strings.TrimRight(line.String(), " "))
		b.WriteByte('\n')
	}
	return b.String()
}

// Received returns the number of bytes that the server has sent.
func (s *Screen) Received() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.received
}

// Bytes returns the first megabyte that the server has sent.
func (s *Screen) Bytes() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return bytes.Clone(s.kept)
}

// InAltScreen reports whether the terminal shows its alternate screen.
func (s *Screen) InAltScreen() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.emulator.IsAltScreen()
}

// WaitFor waits until all texts are on the screen.
func (s *Screen) WaitFor(t testing.TB, texts ...string) {
	t.Helper()
	s.WaitUntil(t, "shows "+strings.Join(texts, ", "), func(screen string) bool {
		for _, text := range texts {
			if !strings.Contains(screen, text) {
				return false
			}
		}
		return true
	})
}

// Appears waits for the text and reports whether it appeared before the session ended and within
// Patience.
func (s *Screen) Appears(text string) bool {
	return s.await(func(screen string) bool { return strings.Contains(screen, text) }, true)
}

// WaitUntil waits until ok is true for the screen.
func (s *Screen) WaitUntil(t testing.TB, what string, ok func(screen string) bool) {
	t.Helper()
	if !s.await(ok, false) {
		t.Fatalf("the screen never %s; it shows\n%s", what, s.Text())
	}
}

// await waits for ok. With endEnds it also stops waiting when the session ends.
func (s *Screen) await(ok func(screen string) bool, endEnds bool) bool {
	late := false
	timer := time.AfterFunc(Patience, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		late = true
		s.changed.Broadcast()
	})
	defer timer.Stop()
	s.mu.Lock()
	defer s.mu.Unlock()
	for !ok(s.text()) {
		if late || endEnds && s.ended {
			return false
		}
		s.changed.Wait()
	}
	return true
}

// Status waits for the end of the session and returns its exit status.
func (s *Screen) Status(t testing.TB) int {
	t.Helper()
	return wait(t, s.session)
}

// Eventually waits for a condition that is not about a screen. It polls, so the condition must be
// cheap.
func Eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	if !Holds(ok) {
		t.Fatalf("never: %s", what)
	}
}

// Holds is Eventually for callers that report failures themselves.
func Holds(ok func() bool) bool {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for late := time.After(Patience); !ok(); {
		select {
		case <-tick.C:
		case <-late:
			return false
		}
	}
	return true
}

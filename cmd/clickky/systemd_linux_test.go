package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"clickky/cmd/clickky/sshtest"
	"clickky/cmd/clickky/systemd"
	"clickky/sync/game"
	"clickky/sync/ledger"
	"clickky/sync/live"
)

// hearer is the socket on which systemd hears of its services.
type hearer struct{ *net.UnixConn }

func hear(t *testing.T) hearer {
	t.Helper()
	dir, err := os.MkdirTemp("", "clickky") // a short path, as sockets need one
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: filepath.Join(dir, "notify"), Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return hearer{conn}
}

// start starts the program as a service with these variables.
func (h hearer) start(t *testing.T, variables ...string) *program {
	t.Helper()
	env := append(os.Environ(), "NOTIFY_SOCKET="+h.LocalAddr().String())
	p, err := startProgram(t.TempDir(), append(env, variables...))
	if err != nil {
		t.Fatal(err)
	}
	return p.untilEndOf(t)
}

// next is the next message.
func (h hearer) next(t *testing.T) string {
	t.Helper()
	_ = h.SetReadDeadline(time.Now().Add(sshtest.Patience))
	p := make([]byte, 4096)
	n, err := h.Read(p)
	if err != nil {
		t.Fatalf("systemd hears nothing: %v", err)
	}
	return string(p[:n])
}

// until reads messages until one has the text.
func (h hearer) until(t *testing.T, text string) string {
	t.Helper()
	for {
		if news := h.next(t); strings.Contains(news, text) {
			return news
		}
	}
}

func TestSystemdGetsStatus(t *testing.T) {
	t.Parallel()
	h := hear(t)
	p := h.start(t, "WATCHDOG_USEC=2500000") // a twelfth of what the unit says
	if news := h.next(t); news != "READY=1\nSTATUS=0 online, 0 clicks." {
		t.Errorf("at the start it hears %q", news)
	}
	h.until(t, "WATCHDOG=1")
	h.until(t, "WATCHDOG=1")
	play(t, p, "alice").Type(t, " ")
	h.until(t, "STATUS=1 online, 1 clicks.")
	p.terminate(t)
	if news := h.until(t, "STOPPING=1"); !strings.Contains(news, "STATUS=Saving") {
		t.Errorf("at the end it hears %q", news)
	}
}

// TestSystemdIsOptional is the program as it runs elsewhere.
func TestSystemdIsOptional(t *testing.T) {
	t.Parallel()
	h := hear(t)
	p := h.start(t, "WATCHDOG_USEC=300000", "WATCHDOG_PID=1")
	h.until(t, "READY=1")
	play(t, p, "alice").Type(t, " ")
	p.terminate(t)
	for news := ""; !strings.Contains(news, "STOPPING=1"); {
		if news = h.next(t); strings.Contains(news, "WATCHDOG") {
			t.Errorf("a watchdog that watches another process hears %q", news)
		}
	}
}

// TestSystemdWatchdogStopsForStuckGame holds that only the publisher keeps the watchdog quiet.
func TestSystemdWatchdogStopsForStuckGame(t *testing.T) {
	h := hear(t)
	t.Setenv("NOTIFY_SOCKET", h.LocalAddr().String())
	const watchdog = 30 * time.Millisecond
	t.Setenv("WATCHDOG_USEC", fmt.Sprint(watchdog.Microseconds()))
	l := ledger.New()
	screens := live.New(l)
	sd := systemd.NewNotifier(slog.New(slog.DiscardHandler))
	var telling, publishing sync.WaitGroup
	ctx, cancel := context.WithCancel(t.Context())
	defer telling.Wait()
	defer cancel()
	telling.Go(func() { sd.Watch(ctx, func() string { return statusOf(l) }, screens.SinceLastTick) })
	h.until(t, "STATUS=Waiting for the database.")
	if err := l.Load(game.Contents{}); err != nil {
		t.Fatal(err)
	}
	l.Open()
	h.until(t, "STATUS=0 online, 0 clicks.")

	turning, stop := context.WithCancel(t.Context())
	publishing.Go(func() { screens.Run(turning) })
	h.until(t, "WATCHDOG=1")
	h.until(t, "WATCHDOG=1")
	stop()
	publishing.Wait()
	sshtest.Eventually(t, "the last turn is long ago", func() bool { return screens.SinceLastTick() > watchdog })
	l.Join("alice")
	if news := h.until(t, "STATUS=1 online"); strings.Contains(news, "WATCHDOG") {
		t.Errorf("a game that has stopped says %q", news)
	}
}

// sockets are what a socket unit has opened: they stay open whatever happens to
// the server.
type sockets []*net.TCPListener

func openSockets(t *testing.T, n int) sockets {
	t.Helper()
	var s sockets
	for range n {
		l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = l.Close() })
		tcp, _ := l.(*net.TCPListener)
		s = append(s, tcp)
	}
	return s
}

// activate starts the program as systemd does, with the descriptors.
func activate(t *testing.T, dir string, passed []*os.File, args ...string) (*program, error) {
	t.Helper()
	args = append([]string{"-c", `LISTEN_PID=$$ exec clickky "$@"`, "sh"}, args...)
	cmd := exec.Command("sh", args...)
	cmd.Dir, cmd.ExtraFiles, cmd.Env = dir, passed, append(os.Environ(), ownHostKeys, fmt.Sprint("LISTEN_FDS=", len(passed)))
	p, err := launch(cmd)
	if err != nil {
		return nil, err
	}
	return p.untilEndOf(t), nil
}

// start starts the program on the sockets.
func (s sockets) start(t *testing.T, dir string, args ...string) *program {
	t.Helper()
	var passed []*os.File
	for _, l := range s {
		f, err := l.File()
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		passed = append(passed, f)
	}
	p, err := activate(t, dir, passed, args...)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestSystemdSocketsAreAllServed(t *testing.T) {
	t.Parallel()
	s := openSockets(t, 2)
	p := s.start(t, t.TempDir(), "--listen", "192.0.2.1:1") // which could not be listened on
	for _, l := range s {
		if !strings.Contains(p.Out, l.Addr().String()) {
			t.Errorf("the start does not name %v:\n%s", l.Addr(), p.Out)
		}
		sshtest.Eventually(t, "the game is open", func() bool {
			return sshtest.Dial(t, l.Addr().String(), "alice").Run(t, "stats", false).Status == 0
		})
	}
	p.terminate(t)
}

func TestSystemdSocketOfOtherKindIsNamed(t *testing.T) {
	t.Parallel()
	udp, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer udp.Close()
	f, err := udp.File()
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := activate(t, t.TempDir(), []*os.File{f}); err == nil || !strings.Contains(err.Error(), "status 1") || !strings.Contains(err.Error(), "ListenStream") {
		t.Errorf("with a UDP socket: %v", err)
	}
}

// ssh is a command with the real client, which knows the server's key from the
// first time on and accepts no other.
func ssh(ctx context.Context, dir, addr, command string) (string, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, "ssh", "-F", "/dev/null", "-o", "StrictHostKeyChecking=accept-new", "-o", "UserKnownHostsFile="+filepath.Join(dir, "known_hosts"),
		"-o", "IdentityFile=none", "-o", "IdentityAgent=none", "-o", "LogLevel=ERROR", "-p", port, "guest-1@"+host, command)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%w: %s", err, errs.String())
	}
	return out.String(), nil
}

// TestSystemdRestartKeepsPortKeyAndClicks restarts the server while people play, on a socket
// that stays open: a player who connects in between waits a moment, and the next process accepts
// the connection.
func TestSystemdRestartKeepsPortKeyAndClicks(t *testing.T) {
	requireTools(t, "ssh", "sh")
	t.Parallel()
	const players = 8
	s := openSockets(t, 1)
	dir, addr := t.TempDir(), s[0].Addr().String()
	p := s.start(t, dir, "--max-rate", "10000")
	if _, err := ssh(t.Context(), dir, addr, "me"); err != nil { // from now on it knows the host key
		t.Fatal(err)
	}
	clickers := make([]*clicker, players)
	for i := range clickers {
		clickers[i] = &clicker{screen: play(t, p, fmt.Sprint("player", i), sshtest.Signer(t, byte(i+1)))}
	}
	var clicking, warm sync.WaitGroup
	warm.Add(players)
	for _, c := range clickers {
		clicking.Go(func() {
			for c.click() {
				if c.count == 5 {
					warm.Done()
				}
			}
		})
	}
	warm.Wait()
	begin := time.Now()
	p.terminate(t)
	stopped := time.Since(begin)
	clicking.Wait()
	for _, c := range clickers {
		c.screen.WaitFor(t, "The server is restarting. Your clicks are safe")
	}

	// Nobody is there to answer, and yet nobody is refused.
	waiting, err := new(net.Dialer).DialContext(t.Context(), "tcp", addr)
	if err != nil {
		t.Fatalf("while no server runs: %v", err)
	}
	answered := make(chan time.Duration, 1)
	came := make(chan error, 5)
	for range cap(came) {
		go func() {
			out, err := ssh(t.Context(), dir, addr, "stats --json")
			var stats struct{ Online, Total int }
			if err == nil {
				err = json.Unmarshal([]byte(out), &stats)
			}
			came <- err
		}()
	}
	go func() {
		_, _ = waiting.Read(make([]byte, 1))
		answered <- time.Since(begin)
	}()
	next := s.start(t, dir)
	gap := <-answered
	_ = waiting.Close()
	for range cap(came) {
		if err := <-came; err != nil {
			t.Errorf("somebody who came in between: %v", err)
		}
	}
	var total uint64
	for i, c := range clickers {
		got := clicksOf(t, next, fmt.Sprint("player", i), sshtest.Signer(t, byte(i+1)))
		if seen := uint64(len(c.seen)); got < seen || got > c.count {
			t.Errorf("player %d has %d clicks; %d were on the screen, %d were made", i, got, seen, c.count)
		}
		total += got
	}
	if got := int64(total); got < 5*players {
		t.Errorf("only %d clicks in all: the restart came too early to tell anything", got)
	}
	t.Logf("%d players, %d clicks; the server took %v to end, and whoever came meanwhile was answered %v after SIGTERM",
		players, total, stopped.Round(time.Millisecond), gap.Round(time.Millisecond))
	next.terminate(t)
}

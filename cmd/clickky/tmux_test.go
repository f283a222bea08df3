//go:build !race

package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"clickky/cmd/clickky/sshtest"
	"clickky/sync/tcpproxy"
)

// window is a tmux server of one test's own, with one window.
type window struct {
	t      *testing.T
	socket string
}

func (w *window) tmux(args ...string) string {
	w.t.Helper()
	cmd := exec.CommandContext(w.t.Context(), "tmux", append([]string{"-S", w.socket, "-f", os.DevNull}, args...)...)
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "TERM=xterm-256color", "TMUX=")
	out, err := cmd.CombinedOutput()
	if err != nil {
		w.t.Fatalf("tmux %v: %v: %s", args, err, out)
	}
	return string(bytes.TrimRight(out, "\n"))
}

// openWindow runs a shell command in a terminal of the given size.
func openWindow(t *testing.T, width, height int, command string) *window {
	t.Helper()
	w := &window{t: t, socket: filepath.Join(t.TempDir(), "tmux")}
	w.tmux("-u", "new-session", "-d", "-x", fmt.Sprint(width), "-y", fmt.Sprint(height), command)
	t.Cleanup(func() {
		_ = exec.Command("tmux", "-S", w.socket, "kill-server").Run()
	})
	return w
}

func (w *window) screen() string { return w.tmux("capture-pane", "-p") }

func (w *window) waitFor(texts ...string) {
	w.t.Helper()
	sshtest.Eventually(w.t, fmt.Sprintf("%q on the screen, which is\n%s", texts, w.screen()), func() bool {
		screen := w.screen()
		for _, text := range texts {
			if !strings.Contains(screen, text) {
				return false
			}
		}
		return true
	})
}

// startForSSH starts the program, and returns how a player comes in from a shell.
func startForSSH(t *testing.T) (p *program, ssh func(name string) string) {
	t.Helper()
	return startBehind(t, 0)
}

// startBehind is startForSSH behind a link that takes so long each way.
func startBehind(t *testing.T, delay time.Duration) (p *program, ssh func(name string) string) {
	t.Helper()
	requireTools(t, "tmux", "ssh")
	dir := t.TempDir()
	if err := writeSSHConfig(dir); err != nil {
		t.Fatal(err)
	}
	p = start(t, dir)
	addr := p.Addr
	if delay > 0 {
		addr = tcpproxy.Start(t, addr, tcpproxy.Delayed(delay)).Addr()
	}
	host, port, _ := strings.Cut(addr, ":")
	return p, func(name string) string {
		return fmt.Sprintf("echo before; ssh -F %s -p %s %s@%s; echo status $?; cat", filepath.Join(dir, "ssh_config"), port, name, host)
	}
}

// TestTerminalWithOpenSSH plays with OpenSSH in tmux.
func TestTerminalWithOpenSSH(t *testing.T) {
	t.Parallel()
	p, ssh := startForSSH(t)
	alice := openWindow(t, 80, 24, ssh("alice"))
	bob := openWindow(t, 100, 30, ssh("bob"))
	alice.waitFor("alice", "2 here")
	bob.waitFor("bob", "2 here")
	alice.tmux("send-keys", "Space", "Space")
	bob.waitFor("2 clicks by 1 player")
	bob.tmux("send-keys", "Space")
	alice.waitFor("3 clicks by 2 players", "#1 of 2")

	alice.tmux("resize-window", "-x", "60", "-y", "20")
	alice.tmux("send-keys", "Space")
	alice.waitFor("4 clicks by 2 players", "alice")
	if got := alice.tmux("display-message", "-p", "#{alternate_on} #{cursor_flag} #{mouse_any_flag}"); got != "1 0 1" {
		t.Errorf("while playing: alternate screen, cursor, mouse = %s; want 1 0 1", got)
	}

	alice.tmux("send-keys", "q")
	alice.waitFor("before", "status 0", "3")
	if got := alice.tmux("display-message", "-p", "#{alternate_on} #{cursor_flag} #{mouse_any_flag} #{wrap_flag}"); got != "0 1 0 1" {
		t.Errorf("after leaving: alternate screen, cursor, mouse, wrap = %s; want 0 1 0 1", got)
	}
	p.terminate(t)
	bob.waitFor("restarting", "status 0")
}

// TestTerminalReportsBackground plays in a terminal that answers, and leaves at once: the
// answer must not get into the shell.
func TestTerminalReportsBackground(t *testing.T) {
	t.Parallel()
	_, ssh := startForSSH(t)
	w := openWindow(t, 80, 24, "cat")
	w.tmux("set-option", "-g", "window-style", "bg=#fdf6e3")
	leave := func() {
		t.Helper()
		w.tmux("send-keys", "q")
		w.waitFor("status 0")
		w.tmux("send-keys", "done", "Enter")
		w.waitFor("done\ndone")
		if screen := w.screen(); strings.Contains(screen, "rgb") || strings.Contains(screen, "11;") || !strings.Contains(screen, "before") {
			t.Errorf("after leaving:\n%s", screen)
		}
	}
	w.tmux("respawn-pane", "-k", ssh("alice"))
	w.waitFor("press space")
	w.tmux("send-keys", "t")
	w.waitFor("colours: high contrast") // which comes after light
	leave()
	for range 3 {
		w.tmux("respawn-pane", "-k", ssh("bob"))
		sshtest.Eventually(t, "ssh has begun", func() bool { // the rest is typed ahead, unless the game is there already
			screen := w.screen()
			return strings.Contains(screen, "before") || strings.Contains(screen, "bob")
		})
		leave()
	}
}

// TestTerminalOverSlowLinkKeepsInputOutOfShell leaves at once from a real terminal, whose
// answers come a round trip later.
func TestTerminalOverSlowLinkKeepsInputOutOfShell(t *testing.T) {
	t.Parallel()
	for _, delay := range []time.Duration{50 * time.Millisecond, 600 * time.Millisecond} {
		t.Run((2 * delay).String(), func(t *testing.T) {
			t.Parallel()
			_, ssh := startBehind(t, delay)
			w := openWindow(t, 80, 24, "cat")
			w.tmux("set-option", "-g", "window-style", "bg=#fdf6e3")
			w.tmux("respawn-pane", "-k", ssh("alice"))
			w.waitFor("press space")
			w.tmux("send-keys", "q", "q", "q")
			w.waitFor("Thanks for playing", "status 0")
			w.tmux("send-keys", "done", "Enter")
			w.waitFor("done\ndone")
			_, after, _ := strings.Cut(w.screen(), "status 0")
			if got := strings.TrimSpace(after); got != "done\ndone" {
				t.Errorf("in the shell stands %q", got)
			}
		})
	}
}

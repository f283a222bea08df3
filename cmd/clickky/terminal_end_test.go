//go:build !race

package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"clickky/cmd/clickky/sshtest"
)

// modes are what a session changes of a terminal, as tmux knows it: alternate
// screen, hidden cursor, mouse, lines that do not wrap.
const modes = "#{alternate_on} #{cursor_flag} #{mouse_any_flag} #{mouse_sgr_flag} #{wrap_flag} #{keypad_flag} #{keypad_cursor_flag}"

// TestTerminalIsRestoredAfterEveryEnd ends sessions of the real client in a real terminal in
// every way that leaves the server a chance to say goodbye.
func TestTerminalIsRestoredAfterEveryEnd(t *testing.T) {
	t.Parallel()
	requireTools(t, "tmux", "ssh", "stty")
	dir := t.TempDir()
	if err := writeSSHConfig(dir); err != nil {
		t.Fatal(err)
	}
	boss := sshtest.Signer(t, 1)
	team := filepath.Join(dir, "team")
	writeKeys(t, team, boss)
	p := start(t, dir, "--admin", team)
	resting := start(t, dir, "--data", "resting", "--afk", "2s")
	act := func(line string) func(*testing.T, *window) {
		return func(t *testing.T, _ *window) {
			t.Helper()
			sshtest.Eventually(t, line, func() bool { // until the journal has the player
				return sshtest.Dial(t, p.Addr, "boss", boss).Run(t, line+" --yes", false).Status == 0
			})
		}
	}
	press := func(keys ...string) func(*testing.T, *window) {
		return func(_ *testing.T, w *window) { w.tmux(append([]string{"send-keys"}, keys...)...) }
	}
	for _, c := range []struct {
		name   string
		end    func(*testing.T, *window)
		says   string // first in the receipt
		status int
		on     *program
	}{
		{"q", press("q"), "Thanks for playing", 0, p},
		{"ctrl-c", press("C-c"), "Thanks for playing", 0, p},
		{"ctrl-d", press("C-d"), "Thanks for playing", 0, p},
		{"q in the help", press("?", "q"), "Thanks for playing", 0, p},
		{"kicked", act("players kick p-kicked"), "An admin ended your sessions.", 0, p},
		{"deleted", act("players delete p-deleted"), "An admin deleted the player", 0, p},
		{"away", func(*testing.T, *window) {}, "You were away for a while.", 0, resting},
		{"restart", func(t *testing.T, _ *window) { t.Helper(); p.terminate(t) }, "The server is restarting.", 0, p}, // the last one on p
	} {
		t.Run(c.name, func(t *testing.T) {
			name := "p-" + strings.ReplaceAll(c.name, " ", "-")
			host, port, _ := strings.Cut(c.on.Addr, ":")
			w := openWindow(t, 80, 24, fmt.Sprintf(
				`echo before; was=$(stty -g); ssh -F %s -p %s %s@%s; echo status $?; [ "$was" = "$(stty -g)" ] && echo same; read typed; echo "typed [$typed]"; cat`,
				filepath.Join(dir, "ssh_config"), port, name, host))
			w.waitFor(name, "you")
			w.tmux("send-keys", "Space")
			w.waitFor("+1")
			if got := w.tmux("display-message", "-p", modes); got != "1 0 1 1 0 0 0" {
				t.Errorf("while playing the terminal is in modes %s", got)
			}
			c.end(t, w)
			w.waitFor("before", c.says, "Thanks for playing clickky", name, "this session  1", "your rank", "come back", fmt.Sprintf("status %d", c.status), "same")
			if got := w.tmux("display-message", "-p", modes); got != "0 1 0 0 1 0 0" {
				t.Errorf("afterwards it is in modes %s", got)
			}
			w.tmux("send-keys", "x", "Enter") // nothing else must have been typed
			w.waitFor("typed [x]")
			if screen := w.screen(); strings.Contains(screen, "╭") || strings.Index(screen, "before") > strings.Index(screen, c.says) {
				t.Errorf("the screen is\n%s", screen)
			}
		})
	}
}

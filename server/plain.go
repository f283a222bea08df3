package server

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
	"unicode"

	tea "charm.land/bubbletea/v2"

	"clickky/server/commands"
	"clickky/server/terminal"
	"clickky/tui"
)

// plainCommand starts the game in plain text, for screen readers: ssh -t HOST plain.
const plainCommand = "plain"

// plainReason returns why a client gets plain text; empty if it can show the screen.
func plainReason(term string, environ []string) string {
	setting := notUTF8(environ)
	switch {
	case term == "":
		return "Your client didn't say which terminal you have (TERM is empty), so here is the game in plain text."
	case isDumb(term):
		return "Your terminal, " + term + ", can't show the screen, so here is the game in plain text."
	case setting != "":
		return "The screen needs UTF-8, and your client sent " + excerpt(setting) + ", so here is the game in plain text." +
			" If your terminal shows UTF-8, connect with LC_ALL=C.UTF-8."
	}
	return ""
}

// isDumb reports whether a terminal type may not support control sequences.
func isDumb(term string) bool { return term == "" || term == "dumb" || term == "unknown" }

// notUTF8 returns the environment variable, as NAME=VALUE, that sets an encoding other than
// UTF-8; empty if there is none.
func notUTF8(environ []string) string {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		value := ""
		for _, kv := range environ { // the last one counts
			if v, ok := strings.CutPrefix(kv, name+"="); ok {
				value = v
			}
		}
		if value == "" {
			continue
		}
		// On macOS, the whole value can be UTF-8.
		if low := strings.ToLower(value); strings.Contains(low, "utf-8") || strings.Contains(low, "utf8") {
			return ""
		}
		return name + "=" + value
	}
	return ""
}

// playInPlainText shows the game in lines of text, without moving the cursor.
func (s *Session) playInPlainText() {
	game := tui.NewPlain(s.join())
	defer s.leave()

	keys, ended := make(chan tea.KeyPressMsg), make(chan struct{})
	var reading sync.WaitGroup
	hungUp := make(chan struct{})
	reading.Go(func() {
		defer close(hungUp)
		_ = terminal.ReadKeys(s, s.maxEvents(), func(key tea.KeyPressMsg) {
			s.pressed()
			select {
			case keys <- key:
			case <-ended:
			}
		})
	})
	out := io.Writer(s)
	if notUTF8(s.Environ()) != "" {
		out = asciiWriter{s}
	}
	if s.plainReason != "" {
		printLines(out, s.plainReason)
	}
	printLines(out, game.Greeting()...)
	s.failure = s.runPlain(out, game, keys, hungUp)
	close(ended)
	s.channel.Finish()
	printLines(out, strings.Split(game.Farewell(), "\n")...)
	_ = s.Exit(commands.Done)
	reading.Wait()
}

// runPlain runs the game until the player leaves or disconnects.
func (s *Session) runPlain(out io.Writer, game *tui.Plain, keys <-chan tea.KeyPressMsg, hungUp <-chan struct{}) error {
	seconds := time.NewTicker(time.Second)
	defer seconds.Stop()
	for leave := false; !leave; {
		var lines []string
		select {
		case <-hungUp:
			return terminal.ErrHungUp
		case key := <-keys:
			lines, leave = game.Update(key)
		case <-seconds.C:
			lines, leave = game.Update(tui.SecondMsg{})
		case <-s.wake:
			for msg := s.next(); msg != nil && !leave; msg = s.next() {
				var more []string
				more, leave = game.Update(msg)
				lines = append(lines, more...)
			}
		}
		printLines(out, lines...)
	}
	return nil
}

// printLines prints lines.
func printLines(out io.Writer, lines ...string) {
	for _, line := range lines {
		_, _ = fmt.Fprintln(out, line) // the client may have gone
	}
}

// asciiWriter writes text for a client that may support only ASCII.
type asciiWriter struct{ io.Writer }

// Write implements io.Writer.
func (w asciiWriter) Write(p []byte) (int, error) {
	ascii := strings.Map(func(r rune) rune {
		switch {
		case r <= unicode.MaxASCII:
			return r
		case unicode.IsMark(r):
			return -1
		case r == '★':
			return '*'
		}
		return '?'
	}, string(p))
	if _, err := io.WriteString(w.Writer, ascii); err != nil {
		return 0, err
	}
	return len(p), nil
}

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
	"clickky/server/terminal/ascii"
	"clickky/tui"
)

// plainCommand starts the game in plain text, for screen readers: ssh -t HOST plain.
const plainCommand = "plain"

// plainReason returns why a client gets plain text; empty if it can show the screen.
func plainReason(term string) string {
	switch term {
	case "":
		return "Your client didn't say which terminal you have (TERM is empty), so here is the game in plain text."
	case "dumb", "unknown": // it may not support control sequences
		return "Your terminal, " + term + ", can't show the screen, so here is the game in plain text."
	}
	return ""
}

// needsASCII reports whether the client sent a locale with an encoding other than UTF-8.
func needsASCII(environ []string) bool {
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
		low := strings.ToLower(value)
		return !strings.Contains(low, "utf-8") && !strings.Contains(low, "utf8")
	}
	return false
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
	if needsASCII(s.Environ()) {
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

func printLines(out io.Writer, lines ...string) {
	for _, line := range lines {
		_, _ = fmt.Fprintln(out, line) // the client may have gone
	}
}

// asciiWriter writes text for a client that may support only ASCII.
type asciiWriter struct{ io.Writer }

// Write implements io.Writer.
func (w asciiWriter) Write(p []byte) (int, error) {
	shown := strings.Map(func(r rune) rune {
		if unicode.IsMark(r) {
			return -1
		}
		return rune(ascii.Of(r))
	}, string(p))
	if _, err := io.WriteString(w.Writer, shown); err != nil {
		return 0, err
	}
	return len(p), nil
}

package server

import (
	"bytes"
	"strings"
)

// maxAnswer is how many bytes of what a command prints are shown on a screen.
const maxAnswer = 100_000

// answer is what a command prints, as much of it as a screen shows.
type answer struct {
	text bytes.Buffer
	more bool
}

// Write implements io.Writer.
func (a *answer) Write(p []byte) (int, error) {
	kept := p[:min(len(p), maxAnswer-a.text.Len())]
	a.more = a.more || len(kept) < len(p)
	a.text.Write(kept)
	return len(p), nil
}

func (a *answer) lines() []string {
	text := strings.TrimRight(a.text.String(), "\n")
	if text == "" {
		return nil
	}
	lines := strings.Split(text, "\n")
	if a.more {
		lines = append(lines, "… cut off here; run the command over SSH to see everything")
	}
	return lines
}

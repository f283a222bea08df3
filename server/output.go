package server

import (
	"bytes"
	"strings"
)

// maxOutput is how many bytes of a command's output a screen shows.
const maxOutput = 100_000

// output collects a command's output for a screen, up to maxOutput.
type output struct {
	text      bytes.Buffer
	truncated bool
}

// Write implements io.Writer.
func (o *output) Write(p []byte) (int, error) {
	kept := p[:min(len(p), maxOutput-o.text.Len())]
	o.truncated = o.truncated || len(kept) < len(p)
	o.text.Write(kept)
	return len(p), nil
}

func (o *output) lines() []string {
	text := strings.TrimRight(o.text.String(), "\n")
	if text == "" {
		return nil
	}
	lines := strings.Split(text, "\n")
	if o.truncated {
		lines = append(lines, "… cut off here; run the command over SSH to see everything")
	}
	return lines
}

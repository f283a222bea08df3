package loadtest

import (
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/charmbracelet/x/vt"
)

// Patterns of the two counts in plain digits on a screen of 80×24.
var (
	totalOnScreen = regexp.MustCompile(`([0-9][0-9,]*) clicks? by`)
	ownOnScreen   = regexp.MustCompile(`│ +clicks +([0-9][0-9,]*) `)
)

// sampledScreen reads one player's screen through a terminal emulator and reports the counts to the latencies.
// The reading goroutine owns it, except for fields that latencies guards.
type sampledScreen struct {
	latencies *latencies
	server    int // the number of the target whose screen it is
	screen    *vt.Emulator
	answers   chan struct{} // closed when the emulator has nothing more to answer

	totalRow, ownRow int // where the counts were last seen

	// Guarded by latencies.mu.
	own     uint64     // the player's own count on the screen
	total   uint64     // the global count on the screen
	known   bool       // both were seen
	pending []press    // not yet seen on the own screen
	seen    []sighting // in the order of time and of totals
}

// press is a press of space that the player's own screen doesn't show yet.
type press struct {
	at   time.Time
	want uint64 // the own count that shows it
}

// sighting is a global count and when a screen first showed it.
type sighting struct {
	at    time.Time
	total uint64
}

// newSampledScreen returns an empty screen for a player on a server.
func (e *latencies) newSampledScreen(server int) *sampledScreen {
	y := &sampledScreen{latencies: e, server: server, screen: vt.NewEmulator(terminalWidth, terminalHeight), answers: make(chan struct{})}
	go func() {
		defer close(y.answers)
		_, _ = io.Copy(io.Discard, y.screen) // it blocks until its answers are read
	}()
	e.mu.Lock()
	defer e.mu.Unlock()
	e.screens = append(e.screens, y)
	return y
}

// see passes bytes to the emulator and reads the counts when they complete a frame.
func (y *sampledScreen) see(text []byte, now time.Time, complete bool) {
	_, _ = y.screen.Write(text)
	if !complete {
		return
	}
	total, ok := y.read(totalOnScreen, &y.totalRow)
	if !ok {
		return
	}
	own, ok := y.read(ownOnScreen, &y.ownRow)
	if !ok {
		return
	}
	y.latencies.look(y, now, own, total)
}

// read finds a number, trying first the row where it was last time.
func (y *sampledScreen) read(what *regexp.Regexp, row *int) (uint64, bool) {
	if n, ok := number(what, y.line(*row)); ok {
		return n, true
	}
	for i := range terminalHeight {
		if n, ok := number(what, y.line(i)); ok {
			*row = i
			return n, true
		}
	}
	return 0, false
}

func number(what *regexp.Regexp, line string) (uint64, bool) {
	m := what.FindStringSubmatch(line)
	if m == nil {
		return 0, false
	}
	n, err := strconv.ParseUint(strings.ReplaceAll(m[1], ",", ""), 10, 64)
	return n, err == nil
}

func (y *sampledScreen) line(row int) string {
	var b strings.Builder
	for col := range terminalWidth {
		if c := y.screen.CellAt(col, row); c != nil && c.Content != "" {
			b.WriteString(c.Content)
		} else {
			b.WriteByte(' ')
		}
	}
	return b.String()
}

// close closes the emulator. The emulator's own Close isn't safe during a Read.
func (y *sampledScreen) close() {
	if pipe, ok := y.screen.InputPipe().(io.Closer); ok {
		_ = pipe.Close()
	}
	<-y.answers
}

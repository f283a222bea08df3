package server

import (
	"log/slog"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"clickky/server/identity"
)

const (
	// A sampledLog logs sampleBurst lines at once, and then one every sampleEvery.
	sampleBurst = 60
	sampleEvery = time.Second
)

// sampledLog limits lines such as logins, with which clients could fill the disk. Lines beyond
// the limit get the debug level, and the next line at the info level has their number.
type sampledLog struct {
	lines   *rate.Limiter
	leftOut atomic.Int64
}

func newSampledLog() *sampledLog {
	return &sampledLog{lines: rate.NewLimiter(rate.Every(sampleEvery), sampleBurst)}
}

// info logs a line, and reports whether it was within the limit and at the info level.
func (t *sampledLog) info(log *slog.Logger, line string) bool {
	if !t.lines.Allow() {
		t.leftOut.Add(1)
		log.Debug(line)
		return false
	}
	if n := t.leftOut.Swap(0); n > 0 {
		log = log.With("left_out", n)
	}
	log.Info(line)
	return true
}

// maxExcerpt is how many bytes of a client's text are logged.
const maxExcerpt = 500

// excerpt shortens a client's text for the log, and removes control characters, because not
// every log format escapes them.
func excerpt(s string) string { return identity.Printable(s[:min(len(s), maxExcerpt)]) }

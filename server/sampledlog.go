package server

import (
	"log/slog"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"clickky/server/identity"
)

const (
	// sampleBurst is how many lines a sampledLog logs in one go, and sampleEvery after how
	// long another one is.
	sampleBurst = 60
	sampleEvery = time.Second
)

// sampledLog logs what costs a client nothing to cause, such as a login, so that a crowd
// could fill the disk with the lines. It logs some in one go, and then one a second,
// which says how many were left out. Those are logged at the debug level.
type sampledLog struct {
	lines   *rate.Limiter
	leftOut atomic.Int64
}

func newSampledLog() *sampledLog {
	return &sampledLog{lines: rate.NewLimiter(rate.Every(sampleEvery), sampleBurst)}
}

// info logs a line at the info level, and reports whether it was not left out.
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

// maxExcerpt is how many bytes of what a client said are logged.
const maxExcerpt = 500

// excerpt is as much of what a client said as belongs into the log, with
// nothing in it that a terminal obeys: not every format of the log escapes that.
func excerpt(s string) string { return identity.Printable(s[:min(len(s), maxExcerpt)]) }

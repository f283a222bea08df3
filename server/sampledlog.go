package server

import (
	"log/slog"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"clickky/server/identity"
)

const (
	// A sampledLog logs sampleBurst lines at once, and then one each sampleEvery.
	sampleBurst = 60
	sampleEvery = time.Second
)

// sampledLog logs events such as logins, with which a crowd of clients could fill the disk.
// It leaves lines out, at the info level, and the next line says how many.
type sampledLog struct {
	lines   *rate.Limiter
	leftOut atomic.Int64
}

func newSampledLog() *sampledLog {
	return &sampledLog{lines: rate.NewLimiter(rate.Every(sampleEvery), sampleBurst)}
}

// info logs a line at the info level, and reports whether it did.
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

// excerpt shortens what a client said for the log, and takes out what a terminal obeys:
// not every log format escapes that.
func excerpt(s string) string { return identity.Printable(s[:min(len(s), maxExcerpt)]) }

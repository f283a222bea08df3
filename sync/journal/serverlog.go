package journal

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
)

// serverLog is the NATS server's log. Its chatter is for debugging; its
// warnings and errors are the operator's.
type serverLog struct {
	log    *slog.Logger
	alarms *alarms

	mu   sync.Mutex
	died error // what the server said when it could not start
}

// Noticef implements server.Logger.
func (l *serverLog) Noticef(format string, v ...any) { l.print(slog.LevelDebug, format, v) }

// Debugf implements server.Logger.
func (l *serverLog) Debugf(format string, v ...any) { l.print(slog.LevelDebug, format, v) }

// Tracef implements server.Logger.
func (l *serverLog) Tracef(format string, v ...any) { l.print(slog.LevelDebug, format, v) }

// Warnf implements server.Logger.
func (l *serverLog) Warnf(format string, v ...any) {
	l.alarms.raise()
	l.print(slog.LevelWarn, format, v)
}

// Errorf implements server.Logger.
func (l *serverLog) Errorf(format string, v ...any) {
	l.alarms.raise()
	l.print(slog.LevelError, format, v)
}

// Fatalf implements server.Logger. The server calls it when it cannot start,
// and goes on without; it is the caller of Start who ends.
func (l *serverLog) Fatalf(format string, v ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.died = errors.Join(l.died, fmt.Errorf(format, v...))
}

func (l *serverLog) fatal() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.died
}

func (l *serverLog) print(level slog.Level, format string, v []any) {
	ctx := context.Background()
	if l.log.Enabled(ctx, level) {
		l.log.Log(ctx, level, "nats-server: "+fmt.Sprintf(format, v...))
	}
}

// alarms tells whoever waits for the server that it has logged an error. The
// zero value is quiet.
type alarms struct {
	mu     sync.Mutex
	raised bool
	cancel context.CancelFunc // of who watches; nil: nobody
}

// raise ends the context of watch.
func (a *alarms) raise() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.raised = true
	if a.cancel != nil {
		a.cancel()
	}
}

// hush tells whether anything was raised, and forgets it.
func (a *alarms) hush() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	raised := a.raised
	a.raised = false
	return raised
}

// watch returns a context that ends with ctx or at the next raise. Only who holds the turn
// calls it, and calls stop in the end.
func (a *alarms) watch(ctx context.Context) (_ context.Context, stop context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.cancel = cancel
	return ctx, func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.cancel = nil
		cancel()
	}
}

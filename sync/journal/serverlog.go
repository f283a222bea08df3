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
	mu      sync.Mutex
	raised  bool
	waiting map[*context.CancelFunc]struct{}
}

// raise ends all contexts of watch.
func (a *alarms) raise() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.raised = true
	for cancel := range a.waiting {
		(*cancel)()
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

// watch returns a context that ends with ctx or at the next raise.
func (a *alarms) watch(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.waiting == nil {
		a.waiting = make(map[*context.CancelFunc]struct{})
	}
	a.waiting[&cancel] = struct{}{}
	return ctx, func() {
		a.mu.Lock()
		delete(a.waiting, &cancel)
		a.mu.Unlock()
		cancel()
	}
}

package journal

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
)

// serverLog is the NATS server's log. Debug messages stay debug messages; warnings and errors are
// for the operator.
type serverLog struct {
	log   *slog.Logger
	alarm *alarm

	mu       sync.Mutex
	fatalErr error // why the server couldn't start
}

// Noticef implements server.Logger.
func (l *serverLog) Noticef(format string, v ...any) { l.print(slog.LevelDebug, format, v) }

// Debugf implements server.Logger.
func (l *serverLog) Debugf(format string, v ...any) { l.print(slog.LevelDebug, format, v) }

// Tracef implements server.Logger.
func (l *serverLog) Tracef(format string, v ...any) { l.print(slog.LevelDebug, format, v) }

// Warnf implements server.Logger.
func (l *serverLog) Warnf(format string, v ...any) {
	l.alarm.raise()
	l.print(slog.LevelWarn, format, v)
}

// Errorf implements server.Logger.
func (l *serverLog) Errorf(format string, v ...any) {
	l.alarm.raise()
	l.print(slog.LevelError, format, v)
}

// Fatalf implements server.Logger. The server calls it if it can't start, and continues; start then
// returns the error.
func (l *serverLog) Fatalf(format string, v ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fatalErr = errors.Join(l.fatalErr, fmt.Errorf(format, v...))
}

func (l *serverLog) fatal() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.fatalErr
}

func (l *serverLog) print(level slog.Level, format string, v []any) {
	ctx := context.Background()
	if l.log.Enabled(ctx, level) {
		l.log.Log(ctx, level, "nats-server: "+fmt.Sprintf(format, v...))
	}
}

// alarm tells a waiting caller that the server has logged an error. Its zero value is ready to use.
type alarm struct {
	mu     sync.Mutex
	raised bool
	cancel context.CancelFunc // of the watching call; nil if there is none
}

// raise ends the context of watch.
func (a *alarm) raise() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.raised = true
	if a.cancel != nil {
		a.cancel()
	}
}

// reset reports whether the alarm was raised, and clears it.
func (a *alarm) reset() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	raised := a.raised
	a.raised = false
	return raised
}

// watch returns a context that ends with ctx or at the next raise. The caller holds the turn, and
// must call stop.
func (a *alarm) watch(ctx context.Context) (_ context.Context, stop context.CancelFunc) {
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

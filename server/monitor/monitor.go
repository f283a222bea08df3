// Package monitor serves health checks (/livez, /readyz) and metrics (/metrics) over HTTP, and on
// another, loopback address the profiles of Go (/debug/pprof/).
//
// It promises:
//   - Clients take bounded time, memory and descriptors, whatever they send or don't read.
//   - Idle connections make room for new ones.
//   - Checks run at most once a second, and none runs after Close has returned.
//   - Only metrics and the sentences of checks are shown, nothing of a request.
package monitor

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

const (
	// headerTimeout bounds the arrival of a request, and writeTimeout the writing of its answer;
	// idleTimeout is how long a connection may wait for its next request.
	headerTimeout = 5 * time.Second
	writeTimeout  = 10 * time.Second
	idleTimeout   = 5 * time.Second
	// profileTimeout bounds recording and writing a profile.
	profileTimeout = 70 * time.Second
	// shutdownTimeout is how long running answers may take at the end.
	shutdownTimeout = time.Second
	// gatherTimeout bounds gathering the metrics, and maxGathers how often that may happen at the
	// same time.
	gatherTimeout = 5 * time.Second
	maxGathers    = 4
	// maxHeader and maxBody are in bytes. No handler reads a body.
	maxHeader = 8 << 10
	maxBody   = 1 << 10
	// maxConns is the maximum number of open connections.
	maxConns = 64
)

// Config configures a Server. All fields are required.
type Config struct {
	// Metrics are served by /metrics.
	Metrics prometheus.Gatherer
	// Live are the checks of /livez, Ready those of /readyz.
	Live, Ready []Check
	// Log gets errors.
	Log *slog.Logger
}

// Server is an HTTP server. Create one with New or NewProfiles.
type Server struct {
	http    *http.Server
	checks  []*checks
	cancel  context.CancelFunc // ends all requests and checks
	closing sync.Once
}

// New returns a server; Serve starts it.
func New(c Config) *Server {
	ctx, cancel := context.WithCancel(context.Background())
	live, ready := newChecks(ctx, c.Live), newChecks(ctx, c.Ready)
	mux := http.NewServeMux()
	mux.Handle("GET /livez", live)
	mux.Handle("GET /readyz", ready)
	mux.Handle("GET /metrics", promhttp.HandlerFor(c.Metrics, promhttp.HandlerOpts{
		ErrorLog: gatherLog{c.Log}, MaxRequestsInFlight: maxGathers, Timeout: gatherTimeout,
	}))
	s := newServer(ctx, cancel, mux, writeTimeout, c.Log)
	s.checks = []*checks{live, ready}
	return s
}

// newServer returns a server whose answers may take up to timeout.
func newServer(ctx context.Context, cancel context.CancelFunc, h http.Handler, timeout time.Duration, log *slog.Logger) *Server {
	return &Server{cancel: cancel, http: &http.Server{
		Handler:           http.MaxBytesHandler(h, maxBody),
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       headerTimeout,
		WriteTimeout:      timeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
		BaseContext:       func(net.Listener) context.Context { return ctx },
	}}
}

// Serve serves the listener until Close, and then returns nil. It closes the listener. It may be
// called once.
func (s *Server) Serve(l net.Listener) error {
	limited := newLimitedListener(l)
	s.http.ConnState = limited.stateChanged
	err := s.http.Serve(limited)
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("serve HTTP: %w", err)
}

// Close stops accepting and ends running requests. It may be called without Serve, and more than
// once.
func (s *Server) Close() { s.closing.Do(s.end) }

func (s *Server) end() {
	s.cancel()
	ctx, cancel := context.WithTimeout(context.Background(), shutdownTimeout)
	defer cancel()
	if s.http.Shutdown(ctx) != nil {
		_ = s.http.Close() // nobody is left to get the error
	}
	for _, c := range s.checks {
		c.end()
	}
}

// gatherLog logs the errors of gathering.
type gatherLog struct{ log *slog.Logger }

// Println implements promhttp.Logger.
func (l gatherLog) Println(v ...any) {
	l.log.Error("can't gather the metrics", "err", fmt.Sprint(v...))
}

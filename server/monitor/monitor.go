// Package monitor tells machines and operators over HTTP how a server is: whether
// the process works (/livez), whether people can play and nothing is in danger
// (/readyz) and how much of everything there is (/metrics). On another address, of
// this machine only, it serves the profiles of Go (/debug/pprof/). It knows no game:
// it is given checks, and a gatherer of metrics.
//
// It guarantees that
//   - what asks it takes bounded time and memory, and a bounded number of
//     descriptors, whatever it sends or does not read;
//   - connections that wait for a request make room for new ones;
//   - checks run once a second at most, however many ask;
//   - it shows nothing but the metrics and the sentences of the checks: no header,
//     path or query of a client;
//   - profiles are served by a server of their own only, which is NewProfiles;
//   - no check runs any more when Close has returned.
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
	// headerTimeout is for a request to arrive, and answerTimeout for its answer
	// to leave; idleTimeout is how long a connection may wait for its next request.
	headerTimeout = 5 * time.Second
	answerTimeout = 10 * time.Second
	idleTimeout   = 5 * time.Second
	// longestProfile bounds what can be recorded of a server, with its answer.
	longestProfile = 70 * time.Second
	// goodbye is how long answers that are under way may take at the end.
	goodbye = time.Second
	// gatherTimeout is for the metrics, and most how often they are gathered at
	// the same time.
	gatherTimeout = 5 * time.Second
	most          = 4
	// maxHeader and maxBody are bytes. Nothing here reads a body.
	maxHeader = 8 << 10
	maxBody   = 1 << 10
	// maxConns is how many connections are served at the same time.
	maxConns = 64
)

// Config says what a Server tells. All fields are required.
type Config struct {
	// Metrics are what /metrics shows.
	Metrics prometheus.Gatherer
	// Live is asked by /livez, and Ready by /readyz.
	Live, Ready []Check
	// Log takes what goes wrong.
	Log *slog.Logger
}

// Server answers. Make one with New or NewProfiles.
type Server struct {
	log     *slog.Logger
	http    *http.Server
	conns   *conns
	checks  []*checks
	cancel  context.CancelFunc // ends all requests and checks
	closing sync.Once
}

// New makes a server that answers once Serve is called.
func New(c Config) *Server {
	ctx, cancel := context.WithCancel(context.Background())
	live, ready := newChecks(ctx, c.Live), newChecks(ctx, c.Ready)
	mux := http.NewServeMux()
	mux.Handle("GET /livez", live)
	mux.Handle("GET /readyz", ready)
	mux.Handle("GET /metrics", promhttp.HandlerFor(c.Metrics, promhttp.HandlerOpts{
		ErrorLog: gatherLog{c.Log}, MaxRequestsInFlight: most, Timeout: gatherTimeout,
	}))
	s := newServer(ctx, cancel, mux, answerTimeout, c.Log)
	s.checks = []*checks{live, ready}
	return s
}

// newServer makes a server of which an answer may take so long.
func newServer(ctx context.Context, cancel context.CancelFunc, h http.Handler, answer time.Duration, log *slog.Logger) *Server {
	s := &Server{log: log, conns: newConns(maxConns), cancel: cancel}
	s.http = &http.Server{
		Handler:           http.MaxBytesHandler(h, maxBody),
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       headerTimeout,
		WriteTimeout:      answer,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ConnState:         s.conns.changed,
	}
	return s
}

// Serve answers what comes on the listener until Close, and then returns nil. It
// closes the listener.
func (s *Server) Serve(l net.Listener) error {
	err := s.http.Serve(&bounded{Listener: l, conns: s.conns})
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("serve HTTP: %w", err)
}

// Close stops accepting, and ends what is under way. It may be called without a
// Serve, and again.
func (s *Server) Close() { s.closing.Do(s.end) }

func (s *Server) end() {
	s.cancel()
	ctx, cancel := context.WithTimeout(context.Background(), goodbye)
	defer cancel()
	if s.http.Shutdown(ctx) != nil {
		_ = s.http.Close() // there is nobody left to be told
	}
	for _, c := range s.checks {
		c.end()
	}
}

// gatherLog takes the errors of gathering.
type gatherLog struct{ log *slog.Logger }

// Println implements promhttp.Logger.
func (l gatherLog) Println(v ...any) {
	l.log.Error("can't gather the metrics", "err", fmt.Sprint(v...))
}

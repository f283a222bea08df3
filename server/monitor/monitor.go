// Package monitor tells machines and operators over HTTP how a server is: whether
// the process works (/livez), whether people can play and nothing is in danger
// (/readyz), how much of everything there is (/metrics), and, on the same machine
// only, where its time and memory go (/debug/pprof/). It knows no game: it is
// given checks, and a gatherer of metrics.
//
// It guarantees that
//   - what asks it takes bounded time and memory, and a bounded number of
//     descriptors, whatever it sends or does not read;
//   - checks run once a second at most, however many ask;
//   - it shows nothing but the metrics and the sentences of the checks: no header,
//     path or query of a client;
//   - profiles are there only where the listener's own address is a loopback one,
//     and not for who comes through a proxy or by another name of that address;
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
	idleTimeout   = 30 * time.Second
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
	// maxConns is how many connections there are; others wait in the kernel.
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

// Server answers. Make one with New.
type Server struct {
	log         *slog.Logger
	http        *http.Server
	live, ready *checks
	cancel      context.CancelFunc // ends all requests and checks
	closing     sync.Once
}

// New makes a server that answers once Serve is called.
func New(c Config) *Server {
	ctx, cancel := context.WithCancel(context.Background())
	s := &Server{log: c.Log, live: newChecks(ctx, c.Live), ready: newChecks(ctx, c.Ready), cancel: cancel}
	mux := http.NewServeMux()
	mux.Handle("GET /livez", quick(s.live))
	mux.Handle("GET /readyz", quick(s.ready))
	mux.Handle("GET /metrics", quick(promhttp.HandlerFor(c.Metrics, promhttp.HandlerOpts{
		ErrorLog: gatherLog{c.Log}, MaxRequestsInFlight: most, Timeout: gatherTimeout,
	})))
	mux.Handle("GET /debug/pprof/", profiles())
	s.http = &http.Server{
		Handler:           http.MaxBytesHandler(mux, maxBody),
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       headerTimeout,
		WriteTimeout:      longestProfile,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          slog.NewLogLogger(c.Log.Handler(), slog.LevelDebug),
		BaseContext: func(l net.Listener) context.Context {
			return context.WithValue(ctx, private{}, loopback(l.Addr().String()))
		},
	}
	return s
}

// Serve answers what comes on the listener until Close, and then returns nil. It
// closes the listener.
func (s *Server) Serve(l net.Listener) error {
	err := s.http.Serve(&bounded{Listener: l, places: make(chan struct{}, maxConns), closed: make(chan struct{})})
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
	s.live.end()
	s.ready.end()
}

// quick gives an answer less time than a profile has.
func quick(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// A connection that knows no deadline has been closed.
		_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(answerTimeout))
		h.ServeHTTP(w, r)
	})
}

// gatherLog takes the errors of gathering.
type gatherLog struct{ log *slog.Logger }

// Println implements promhttp.Logger.
func (l gatherLog) Println(v ...any) {
	l.log.Error("the metrics could not be gathered", "err", fmt.Sprint(v...))
}

// bounded is a listener that has a bounded number of connections open. Accept is
// for one goroutine.
type bounded struct {
	net.Listener
	places chan struct{} // has a value for each of them
	closed chan struct{}
	close  sync.Once
}

// Accept implements net.Listener.
func (b *bounded) Accept() (net.Conn, error) {
	select {
	case b.places <- struct{}{}:
	case <-b.closed:
		return nil, net.ErrClosed
	}
	conn, err := b.Listener.Accept()
	if err != nil {
		<-b.places
		return nil, err
	}
	return &counted{Conn: conn, leave: sync.OnceFunc(func() { <-b.places })}, nil
}

// Close implements net.Listener.
func (b *bounded) Close() error {
	b.close.Do(func() { close(b.closed) })
	return b.Listener.Close()
}

// counted is one of those connections.
type counted struct {
	net.Conn
	leave func()
}

// Close implements net.Conn.
func (c *counted) Close() error {
	defer c.leave()
	return c.Conn.Close()
}

// Package web serves the public page of the game: the count as it moves, who is online, the
// leaders, and how to join; also a badge, a picture for previews, JSON and a stream of events.
//
// It promises:
//   - A client can only read: there is no cookie, no form and no body, and nothing that a client
//     sends reaches another one.
//   - It shows nothing that a player's screen doesn't show, and the leaderboard only if everybody
//     may see it.
//   - Each snapshot of the game is encoded once for all readers. Nothing waits for a reader: a slow
//     one misses events, and one that reads nothing loses its connection after 20 seconds.
//   - Connections and readers are limited, in total and for each address, and requests are limited in
//     total, so that a crowd takes a bounded share of the CPU from the players.
package web

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"clickky/server/admission"
	"clickky/server/commands"
	"clickky/sync/live"
)

const (
	// headerTimeout bounds the arrival of a request, and writeTimeout the writing of an answer, or
	// of an event; idleTimeout is how long a connection may wait for its next request.
	headerTimeout = 5 * time.Second
	writeTimeout  = 20 * time.Second
	idleTimeout   = 15 * time.Second
	// shutdownTimeout is how long running answers may take at the end.
	shutdownTimeout = time.Second
	// maxHeader and maxBody are in bytes. No handler reads a body.
	maxHeader = 8 << 10
	maxBody   = 1 << 10
	// maxReaders and readersPerAddress limit the streams of events. A few more connections are left for
	// everything else.
	maxReaders        = 5000
	readersPerAddress = 50
	connsPerAddress   = readersPerAddress + 14
	// requestRate is how many requests a second are answered; others wait, in the order of their
	// arrival, for at most maxWait.
	requestRate  = 1000
	requestBurst = 200
	maxWait      = 4 * time.Second // less than headerTimeout, which ends requests
	// connRate is how many connections a second are accepted, and tlsConnRate how many with TLS,
	// whose handshake costs up to a millisecond.
	connRate, tlsConnRate, connBurst = 1000, 300, 200
)

// MaxConns is the maximum number of open connections, each of which takes a file descriptor.
const MaxConns = maxReaders + 500

// Config configures a Server.
type Config struct {
	// Live is what screens see of the game.
	Live *live.Live
	// Loaded is closed once people can play.
	Loaded <-chan struct{}
	// GameStats returns the totals of the game.
	GameStats func() commands.Stats
	// PublicLeaderboard allows everybody to see the leaderboard.
	PublicLeaderboard bool
	// Join is where players join.
	Join Address
	// Proxies are the proxies in front of the page, which are trusted to name the client's address and
	// the page's host; nil: none.
	Proxies *admission.Proxies
	// Certificate returns the certificate for TLS; nil: HTTP without TLS.
	Certificate func(*tls.ClientHelloInfo) (*tls.Certificate, error)
	// Log gets errors.
	Log *slog.Logger
}

// Server is the server of the page. Create one with New.
type Server struct {
	Config

	http      *http.Server
	assets    assets
	templates *template.Template
	pages     *rendered
	hub       *hub
	leaders   *cached[*leadersEvent]
	card      *cached[[]byte]
	conns     *admission.SessionLimiter
	readers   *admission.SessionLimiter
	requests  *rate.Limiter
	counters  struct {
		readers           atomic.Int64
		requests, refused atomic.Uint64
	}

	ctx    context.Context // of all requests
	cancel context.CancelFunc
}

// New returns a server; Serve starts it. Close ends it, whether or not it was started.
func New(c Config) *Server {
	s := &Server{
		Config:   c,
		assets:   newAssets(),
		conns:    admission.NewSessionLimiter(MaxConns, connsPerAddress),
		readers:  admission.NewSessionLimiter(maxReaders, readersPerAddress),
		requests: rate.NewLimiter(requestRate, requestBurst),
	}
	s.templates = newTemplates(s.assets)
	s.pages = &rendered{render: s.render, pages: map[pageKey]*cached[[]byte]{}}
	s.leaders = &cached[*leadersEvent]{ttl: leadersTTL, create: s.readLeaders}
	s.card = &cached[[]byte]{ttl: pictureTTL, create: s.drawCard}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.hub = &hub{live: c.Live, leaders: s.leaders.get}
	s.http = &http.Server{
		Handler:           s.limitRequests(http.MaxBytesHandler(s.routes(), maxBody)),
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       headerTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          slog.NewLogLogger(c.Log.Handler(), slog.LevelDebug),
		BaseContext:       func(net.Listener) context.Context { return s.ctx },
		Protocols:         new(http.Protocols),
	}
	// One connection is one request at a time, which the limits rely on.
	s.http.Protocols.SetHTTP1(true)
	return s
}

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.whenLoaded(s.page("page")))
	mux.HandleFunc("GET /embed", s.whenLoaded(s.page("embed")))
	for path, asset := range s.assets {
		mux.Handle("GET "+path, asset)
	}
	mux.HandleFunc("GET /events", s.whenLoaded(s.events))
	mux.HandleFunc("GET /stats.json", s.whenLoaded(s.stats))
	mux.HandleFunc("GET /shield.json", s.whenLoaded(s.shield))
	mux.HandleFunc("GET /badge.svg", s.whenLoaded(s.badge))
	mux.HandleFunc("GET /card.png", s.whenLoaded(s.picture))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		mux.ServeHTTP(w, r)
	})
}

func (s *Server) limitRequests(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.counters.requests.Add(1)
		ctx, cancel := context.WithTimeout(r.Context(), maxWait)
		err := s.requests.Wait(ctx)
		cancel()
		if err != nil {
			s.reject(w, "Too many requests. Try again in a minute.")
			return
		}
		h.ServeHTTP(w, r)
	})
}

// reject answers that the client should try again later.
func (s *Server) reject(w http.ResponseWriter, why string) {
	s.counters.refused.Add(1)
	w.Header().Set("Retry-After", "60")
	w.Header().Set("Connection", "close")
	http.Error(w, why, http.StatusServiceUnavailable)
}

// whenLoaded rejects requests while people can't play yet.
func (s *Server) whenLoaded(h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-s.Loaded:
			h(w, r)
		default:
			w.Header().Set("Retry-After", "10")
			http.Error(w, "The game is paused: its database is unreachable. Try again in a minute.", http.StatusServiceUnavailable)
		}
	}
}

// Stats is what a server has counted.
type Stats struct {
	// Readers is the number of current readers of events.
	Readers int64
	// Requests is how many requests there were, and Refused how many of them were refused because
	// there were too many requests or readers.
	Requests, Refused uint64
}

// Stats returns the counters.
func (s *Server) Stats() Stats {
	c := &s.counters
	return Stats{Readers: c.readers.Load(), Requests: c.requests.Load(), Refused: c.refused.Load()}
}

// Serve serves the listener until Close, and then returns nil. It closes the listener.
func (s *Server) Serve(l net.Listener) error {
	limited := &limitedListener{Listener: l, ctx: s.ctx, rate: rate.NewLimiter(connRate, connBurst), limiter: s.conns, proxies: s.Proxies}
	l = limited
	if s.Certificate != nil {
		limited.rate.SetLimit(tlsConnRate)
		l = tls.NewListener(l, &tls.Config{GetCertificate: s.Certificate, MinVersion: tls.VersionTLS12})
	}
	err := s.http.Serve(l)
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("serve the web page: %w", err)
}

// Close stops accepting and ends all streams of events. It may be called more than once.
func (s *Server) Close() {
	s.cancel()
	ctx, cancel := context.WithTimeout(context.Background(), shutdownTimeout)
	defer cancel()
	if s.http.Shutdown(ctx) != nil {
		_ = s.http.Close() // nobody is left to get the error
	}
}

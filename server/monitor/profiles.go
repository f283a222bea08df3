package monitor

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"net/netip"
	"strings"
)

// NewProfiles returns a server for the profiles of net/http/pprof, without the command line, which
// may contain the database's password. Its listener must have a loopback address, because anybody
// who reaches it can read the profiles.
func NewProfiles(log *slog.Logger) *Server {
	ctx, cancel := context.WithCancel(context.Background())
	mux := http.NewServeMux()
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	return newServer(ctx, cancel, requireLoopbackHost(mux), profileTimeout, log)
}

// requireLoopbackHost only serves requests whose Host is a loopback address. Otherwise a page in a
// browser on this machine could read profiles through a name of its own that resolves to this
// machine (DNS rebinding).
func requireLoopbackHost(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !IsLoopback(r.Host) {
			http.NotFound(w, r)
			return
		}
		h.ServeHTTP(w, r)
	})
}

// IsLoopback reports whether a host, with or without a port, is a loopback address or "localhost".
func IsLoopback(host string) bool {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && ip.Unmap().IsLoopback()
}

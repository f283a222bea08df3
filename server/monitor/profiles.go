package monitor

import (
	"net"
	"net/http"
	"net/http/pprof" //nolint:gosec // G108: the default mux, in which it puts itself, is served by nobody
	"net/netip"
	"strings"
)

// profiles are those of net/http/pprof, but for the command line, in which there
// may be the database's password.
func profiles() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !fromHere(r) {
			http.NotFound(w, r)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// private is the key under which the context of a request has whether the listener's
// own address is a loopback one.
type private struct{}

// fromHere tells whether a request was made by somebody on this machine: the
// listener's own address is a loopback one, so that nobody else reaches it; no
// proxy says that it asks for somebody else; and the name that the client knows the
// server by is a loopback one as well, for a page in a browser on this machine can
// have a name of its own that leads here.
func fromHere(r *http.Request) bool {
	only, _ := r.Context().Value(private{}).(bool)
	for _, forwarded := range []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip", "Via"} {
		if r.Header.Get(forwarded) != "" {
			return false
		}
	}
	return only && loopback(r.RemoteAddr) && loopback(r.Host)
}

// loopback tells whether a host, with its port or without, is this machine.
func loopback(host string) bool {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && ip.Unmap().IsLoopback()
}

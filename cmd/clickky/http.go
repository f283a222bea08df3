package main

import (
	"net"
	"sync"

	"clickky/cmd/clickky/telemetry"
	"clickky/server/monitor"
)

// httpFlags are the addresses for metrics, checks and profiles.
type httpFlags struct {
	HTTP  string `name:"http" env:"CLICKKY_HTTP" placeholder:"ADDR" help:"HTTP address for /metrics, /livez and /readyz, for example 127.0.0.1:9090 (off)."`
	Pprof string `name:"pprof" env:"CLICKKY_PPROF" placeholder:"ADDR" help:"HTTP address for Go profiles. It must be a loopback address, for example 127.0.0.1:6060 (off)."`
}

// startHTTP serves checks, metrics and profiles until stop is called, which waits for the servers to
// end. Without --http and --pprof it does nothing. It also answers, with the reason, while the
// game is not open yet.
func (s *instance) startHTTP() (stop func(), err error) {
	stopHTTP := func() {}
	if s.HTTP != "" {
		checks := telemetry.Checks{
			Ending: s.process.ctx, Game: s.game, Live: s.screens, Startup: s.startup, Store: s.db.Store, DataDir: s.Data, HostKeys: s.hostKeys,
		}
		m := monitor.New(monitor.Config{Metrics: s.metrics, Live: checks.Livez(), Ready: checks.Readyz(), Log: s.log})
		if stopHTTP, err = s.serveHTTP(m, "--http", s.HTTP); err != nil {
			return nil, err
		}
	}
	if s.Pprof == "" {
		return stopHTTP, nil
	}
	stopProfiles, err := s.serveHTTP(monitor.NewProfiles(s.log), "--pprof", s.Pprof)
	if err != nil {
		stopHTTP()
		return nil, err
	}
	return func() { stopProfiles(); stopHTTP() }, nil
}

// serveHTTP serves on the address of a flag until stop is called, which waits for the server to end.
func (s *instance) serveHTTP(m *monitor.Server, flag, addr string) (stop func(), err error) {
	l, err := listen(s.process.ctx, flag, addr)
	if err != nil {
		m.Close()
		return nil, err
	}
	s.log.Info("serving HTTP", "flag", flag, "addr", l.Addr().String())
	return serveUntilStopped(m, l, func(err error) {
		s.log.Error("the HTTP server failed; the game continues", "flag", flag, "err", err)
	}), nil
}

// httpServer is a server of package monitor or web.
type httpServer interface {
	Serve(l net.Listener) error
	Close()
}

// serveUntilStopped serves until stop is called, which waits for the server to end. It calls failed
// if the server ends by itself.
func serveUntilStopped(server httpServer, l net.Listener, failed func(error)) (stop func()) {
	var serving sync.WaitGroup
	serving.Go(func() {
		if err := server.Serve(l); err != nil {
			failed(err)
		}
	})
	return func() {
		server.Close()
		serving.Wait()
	}
}

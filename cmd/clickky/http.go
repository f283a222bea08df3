package main

import (
	"context"
	"log/slog"
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
func (f *httpFlags) startHTTP(ctx context.Context, c telemetry.Checks, m *telemetry.Metrics, log *slog.Logger) (stop func(), err error) {
	stopHTTP := func() {}
	if f.HTTP != "" {
		s := monitor.New(monitor.Config{Metrics: m, Live: c.Livez(), Ready: c.Readyz(), Log: log})
		if stopHTTP, err = serveHTTP(ctx, s, "--http", f.HTTP, log); err != nil {
			return nil, err
		}
	}
	if f.Pprof == "" {
		return stopHTTP, nil
	}
	stopProfiles, err := serveHTTP(ctx, monitor.NewProfiles(log), "--pprof", f.Pprof, log)
	if err != nil {
		stopHTTP()
		return nil, err
	}
	return func() { stopProfiles(); stopHTTP() }, nil
}

// serveHTTP serves on the address of a flag until stop is called, which waits for the server to end.
func serveHTTP(ctx context.Context, s *monitor.Server, flag, addr string, log *slog.Logger) (stop func(), err error) {
	l, err := listen(ctx, flag, addr)
	if err != nil {
		s.Close()
		return nil, err
	}
	var serving sync.WaitGroup
	serving.Go(func() {
		if err := s.Serve(l); err != nil {
			log.Error("the HTTP server failed; the game continues", "flag", flag, "err", err)
		}
	})
	log.Info("serving HTTP", "flag", flag, "addr", l.Addr().String())
	return func() {
		s.Close()
		serving.Wait()
	}, nil
}

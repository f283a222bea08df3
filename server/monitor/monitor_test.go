package monitor_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"clickky/server/monitor"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// start serves on an address until the test ends and returns the real address.
func start(t *testing.T, at string, c monitor.Config) (s *monitor.Server, addr string) {
	t.Helper()
	if c.Metrics == nil {
		c.Metrics = prometheus.NewRegistry()
	}
	c.Log = slog.New(slog.DiscardHandler)
	s = monitor.New(c)
	return s, serve(t, at, s)
}

// serve is start for a server that exists already.
func serve(t *testing.T, at string, s *monitor.Server) (addr string) {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", at)
	if err != nil {
		t.Skipf("this machine has no %s: %v", at, err)
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve(l) }()
	t.Cleanup(func() {
		s.Close()
		s.Close()
		if err := <-served; err != nil {
			t.Errorf("Serve = %v", err)
		}
	})
	return l.Addr().String()
}

// get requests a path, with headers in pairs.
func get(t *testing.T, addr, path string, headers ...string) (status int, body string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+addr+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
		if headers[i] == "Host" {
			r.Host = headers[i+1]
		}
	}
	return do(t, r)
}

func do(t *testing.T, r *http.Request) (status int, body string) {
	t.Helper()
	r.Close = true
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(text)
}

func holds(context.Context) error { return nil }

func fails(why string) func(context.Context) error {
	return func(context.Context) error { return errors.New(why) }
}

func TestChecksFailedAreListed(t *testing.T) {
	panics := func(context.Context) error { panic("oops") }
	_, addr := start(t, "127.0.0.1:0", monitor.Config{
		Live:  []monitor.Check{{Name: "publisher", Run: holds}},
		Ready: []monitor.Check{{Name: "game", Run: holds}, {Name: "database", Run: fails("it cannot\nbe reached")}, {Name: "key", Run: panics}},
	})
	for path, want := range map[string]struct {
		status int
		body   string
	}{
		"/livez":          {200, "ok\n"},
		"/livez?verbose":  {200, "publisher: ok\n"},
		"/readyz":         {503, "database: it cannot be reached\nkey: the check itself failed\n"},
		"/readyz?verbose": {503, "game: ok\ndatabase: it cannot be reached\nkey: the check itself failed\n"},
		"/":               {404, "404 page not found\n"},
		"/metrics/x":      {404, "404 page not found\n"},
	} {
		if status, body := get(t, addr, path); status != want.status || body != want.body {
			t.Errorf("%s: %d %q, want %d %q", path, status, body, want.status, want.body)
		}
	}
}

func TestChecksRunOncePerSecond(t *testing.T) {
	var runs atomic.Int32
	release := make(chan struct{})
	slow := func(context.Context) error { runs.Add(1); <-release; return nil }
	_, addr := start(t, "127.0.0.1:0", monitor.Config{Ready: []monitor.Check{{Name: "slow", Run: slow}}})
	begun := time.Now()
	var asking sync.WaitGroup
	for range 20 {
		asking.Go(func() {
			if status, body := get(t, addr, "/readyz"); status != 200 {
				t.Errorf("%d %s", status, body)
			}
		})
	}
	close(release)
	asking.Wait()
	if n, most := int(runs.Load()), 1+int(time.Since(begun)/time.Second); n < 1 || n > most {
		t.Errorf("the check ran %d times in %v", n, time.Since(begun))
	}
}

func TestChecksHangingFail(t *testing.T) {
	t.Parallel()
	hangs := func(ctx context.Context) error {
		<-ctx.Done()
		return errors.New("it takes too long")
	}
	_, addr := start(t, "127.0.0.1:0", monitor.Config{Ready: []monitor.Check{{Name: "database", Run: hangs}}})
	if status, body := get(t, addr, "/readyz"); status != 503 || body != "database: it takes too long\n" {
		t.Errorf("%d %q", status, body)
	}
}

func TestCloseWaitsForRequests(t *testing.T) {
	begun, ended := make(chan struct{}), make(chan struct{})
	hangs := func(ctx context.Context) error {
		close(begun)
		<-ctx.Done()
		close(ended)
		return ctx.Err()
	}
	s, addr := start(t, "127.0.0.1:0", monitor.Config{Ready: []monitor.Check{{Name: "database", Run: hangs}}})
	answered := make(chan struct{})
	go func() { defer close(answered); get(t, addr, "/readyz") }()
	<-begun
	before := time.Now()
	s.Close()
	select {
	case <-ended:
	default:
		t.Error("a check runs on when Close has returned")
	}
	if took := time.Since(before); took > time.Second {
		t.Errorf("closing took %v", took)
	}
	<-answered
}

func TestProfilesNeedLoopback(t *testing.T) {
	profiles := serve(t, "127.0.0.1:0", monitor.NewProfiles(slog.New(slog.DiscardHandler)))
	_, public := start(t, "127.0.0.1:0", monitor.Config{})
	for _, c := range []struct {
		what, addr, path string
		headers          []string
		status           int
	}{
		{"index", profiles, "/debug/pprof/", nil, 200},
		{"goroutines", profiles, "/debug/pprof/goroutine?debug=1", nil, 200},
		{"called localhost", profiles, "/debug/pprof/", []string{"Host", "localhost:9090"}, 200},
		{"command line", profiles, "/debug/pprof/cmdline", nil, 404},
		{"a page in a browser", profiles, "/debug/pprof/", []string{"Host", "evil.example:9090"}, 404},
		{"metrics", profiles, "/metrics", nil, 404},
		{"where the metrics are", public, "/debug/pprof/", nil, 404},
		{"where the metrics are, goroutines", public, "/debug/pprof/goroutine?debug=1", nil, 404},
		{"metrics, by any name", public, "/metrics", []string{"Host", "game.example", "X-Forwarded-For", "192.0.2.1"}, 200},
	} {
		if status, body := get(t, c.addr, c.path, c.headers...); status != c.status {
			t.Errorf("%s: status %d, want %d: %.200s", c.what, status, c.status, body)
		}
	}
}

func TestProfilesOnIPv6(t *testing.T) {
	addr := serve(t, "[::1]:0", monitor.NewProfiles(slog.New(slog.DiscardHandler)))
	if status, _ := get(t, addr, "/debug/pprof/"); status != 200 {
		t.Errorf("status %d", status)
	}
}

func TestServerAnswersOnlyGET(t *testing.T) {
	_, addr := start(t, "127.0.0.1:0", monitor.Config{})
	profiles := serve(t, "127.0.0.1:0", monitor.NewProfiles(slog.New(slog.DiscardHandler)))
	for _, url := range []string{addr + "/livez", addr + "/readyz", addr + "/metrics", profiles + "/debug/pprof/symbol"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+url, strings.NewReader("x"))
		if err != nil {
			t.Fatal(err)
		}
		if status, _ := do(t, r); status != http.StatusMethodNotAllowed {
			t.Errorf("POST %s: status %d", url, status)
		}
	}
}

// TestConnsRudeAreBounded opens more connections than there may be: some send nothing, others
// never end their request.
func TestConnsRudeAreBounded(t *testing.T) {
	t.Parallel()
	_, addr := start(t, "127.0.0.1:0", monitor.Config{})
	for i := range 100 {
		conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if i%2 == 0 {
			_, _ = io.WriteString(conn, "GET /livez HTTP/1.1\r\nHost: x\r\nX-Never: ")
		}
	}
	if status, body := get(t, addr, "/livez"); status != 200 { // once the first ones are cut off
		t.Errorf("%d %s", status, body)
	}
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, _ = fmt.Fprintf(conn, "GET /livez HTTP/1.1\r\nHost: x\r\nX-Long: %s\r\n\r\n", strings.Repeat("x", 64<<10))
	if status, err := bufio.NewReader(conn).ReadString('\n'); err != nil || !strings.Contains(status, "431") {
		t.Errorf("a header of 64 KB: %q, %v", status, err)
	}
}

package cluster_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"clickky/sync/cluster"
	"clickky/sync/cluster/natstest"
)

// logbook is a log that tests can read.
type logbook struct {
	mu      sync.Mutex
	buf     bytes.Buffer
	written chan struct{} // closed and replaced when a line is added
}

func newLogbook() *logbook { return &logbook{written: make(chan struct{})} }

// await waits until the log contains a text.
func (l *logbook) await(t *testing.T, text string) {
	t.Helper()
	for late := soon(t).Done(); ; {
		l.mu.Lock()
		there, written := strings.Contains(l.buf.String(), text), l.written
		l.mu.Unlock()
		if there {
			return
		}
		select {
		case <-written:
		case <-late:
			t.Fatalf("the log never says %q:\n%s", text, l)
		}
	}
}

func (l *logbook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	close(l.written)
	l.written = make(chan struct{})
	return l.buf.Write(p)
}

func (l *logbook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

func (l *logbook) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

func soon(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func TestDialWaitsAndReconnects(t *testing.T) {
	c := natstest.Start(t, 1)
	c.Stop(0)
	log := newLogbook()
	result := make(chan *nats.Conn)
	go func() {
		nc, err := cluster.Dial(soon(t), cluster.Config{URL: c.URL(), Name: "clickky-a"}, log.logger())
		if err != nil {
			t.Error(err)
		}
		result <- nc
	}()
	log.await(t, "can't reach any NATS server")
	c.Start(0)
	nc := <-result
	if nc == nil {
		t.FailNow()
	}
	defer nc.Close()
	c.Stop(0)
	c.Await("a lost connection", func() bool { return !nc.IsConnected() })
	if err := nc.Publish("x", []byte("x")); !errors.Is(err, nats.ErrReconnectBufExceeded) {
		t.Errorf("Publish = %v, want that nothing is kept for later", err)
	}
	c.Start(0)
	c.Await("another connection", nc.IsConnected)
	log.await(t, "reconnected to NATS")
	if text := log.String(); strings.Contains(text, natstest.Password) || strings.Count(text, "can't reach any") != 1 {
		t.Errorf("the log is\n%s", text)
	}
}

func TestDialEndsWithContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	log := newLogbook()
	result := make(chan error)
	go func() {
		_, err := cluster.Dial(ctx, cluster.Config{URL: natstest.URLOf("127.0.0.1:1")}, log.logger())
		result <- err
	}()
	log.await(t, "retrying")
	cancel()
	if err := <-result; !errors.Is(err, context.Canceled) || strings.Contains(err.Error()+log.String(), natstest.Password) {
		t.Errorf("Dial = %v\n%s", err, log)
	}
}

func TestDialGivesUpOnWrongPassword(t *testing.T) {
	c := natstest.Start(t, 1)
	log := newLogbook()
	url := strings.Replace(c.URL(), natstest.Password, "another-password", 1)
	_, err := cluster.Dial(soon(t), cluster.Config{URL: url}, log.logger())
	if !errors.Is(err, nats.ErrAuthorization) || strings.Contains(err.Error()+log.String(), "another-password") {
		t.Errorf("Dial = %v\n%s", err, log)
	}
}

// login is in URLs, and must not be in any log or error.
const login = "u:s3cret@"

func TestDialRejectsInvalidURLAtOnce(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for what, c := range map[string]cluster.Config{
		"no URL":                      {},
		"another scheme":              {URL: "http://" + login + "host"},
		"a URL that is none":          {URL: "nats://" + login + "host:port:4222"},
		"one of many is none":         {URL: "nats://a:4222,b:4222"},
		"a path":                      {URL: "nats://" + login + "host:4222/path"},
		"no file of credentials":      {URL: "nats://" + login + "127.0.0.1:1", Creds: filepath.Join(t.TempDir(), "none")},
		"no file of certificates":     {URL: "tls://" + login + "127.0.0.1:1", CA: filepath.Join(t.TempDir(), "none")},
		"a file without credentials":  {URL: "nats://" + login + "127.0.0.1:1", Creds: empty},
		"a file without certificates": {URL: "tls://" + login + "127.0.0.1:1", CA: empty},
	} {
		log := newLogbook()
		_, err := cluster.Dial(soon(t), c, log.logger())
		if !errors.Is(err, cluster.ErrConfig) || strings.Contains(err.Error()+log.String(), "s3cret") {
			t.Errorf("%s: %v\n%s", what, err, log)
		}
	}
}

func TestDialMasksPasswords(t *testing.T) {
	got := cluster.Config{URL: "nats://" + login + "a:4222, tls://b:4223"}.Servers()
	if got != "nats://a:4222,tls://b:4223" {
		t.Errorf("Servers = %q", got)
	}
}

func TestDialPasswordIsPerUser(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]string{
		"nats://u@a:4222":                  "nats://u:p%20%2F@a:4222",
		"nats://u@a:4222, tls://v@[::1]:1": "nats://u:p%20%2F@a:4222,tls://v:p%20%2F@[::1]:1",
		"nats://u:old@a:4222":              "",
		"nats://a:4222":                    "",
		"nats://u@a:4222,nats://b:4222":    "",
		"nats://u@a:port":                  "",
	} {
		c, err := cluster.Config{URL: url}.WithPassword("p /")
		if err == nil {
			err = c.Check()
		}
		if want == "" && !errors.Is(err, cluster.ErrConfig) || want != "" && (err != nil || c.URL != want) {
			t.Errorf("%s becomes %s, %v; want %s", url, c.URL, err, want)
		}
	}
}

func TestDialReadsPasswordFile(t *testing.T) {
	t.Parallel()
	servers := natstest.Start(t, 1)
	c, err := cluster.Config{URL: strings.Replace(servers.URL(), ":"+natstest.Password+"@", "@", 1)}.WithPassword(natstest.Password)
	if err != nil {
		t.Fatal(err)
	}
	nc, err := cluster.Dial(t.Context(), c, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	nc.Close()
}

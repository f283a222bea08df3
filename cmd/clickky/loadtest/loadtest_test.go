package loadtest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"clickky/cmd/clickky/sshtest"
	"clickky/server"
	"clickky/server/admission"
	"clickky/server/identity"
	"clickky/sync/game"
	"clickky/sync/ledger"
	"clickky/sync/live"
)

// TestMain makes the test binary one of the servers to compare with when it is
// told to.
func TestMain(m *testing.M) {
	if serve, ok := serversToCompare[os.Getenv(serveVariable)]; ok {
		if err := serve(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	goleak.VerifyTestMain(m)
}

// on are the targets at these addresses.
func on(addrs ...string) []Target {
	targets := make([]Target, len(addrs))
	for i, a := range addrs {
		targets[i].Addr = a
	}
	return targets
}

// serve runs a server until the test ends and returns its address.
func serve(t *testing.T, change func(*server.Config)) string {
	t.Helper()
	l := ledger.New()
	if err := l.Load(game.Contents{Total: 1000}); err != nil {
		t.Fatal(err)
	}
	l.Open()
	return serveGame(t, l, change)
}

// serveGame is serve for a game that is open.
func serveGame(t *testing.T, game *ledger.Ledger, change func(*server.Config)) string {
	t.Helper()
	screens := live.New(game)
	config := server.Config{
		HostKeys: []string{filepath.Join(t.TempDir(), "host_key")}, Ledger: game, Live: screens, Admins: &identity.Admins{},
		MaxRate: 1000, MaxPlayers: 100, MaxPerAddress: 100, Log: slog.New(slog.DiscardHandler),
	}
	if change != nil {
		change(&config)
	}
	srv, err := server.New(config)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served, published := make(chan error, 1), make(chan struct{})
	go func() { served <- srv.Serve(listener) }()
	go func() {
		defer close(published)
		screens.Run(ctx)
	}()
	t.Cleanup(func() {
		srv.Shutdown(context.Background())
		cancel()
		<-published
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return listener.Addr().String()
}

// saw reports whether so many presses were seen by so many screens each.
func (l *Latency) saw(presses, screens int) bool {
	return l != nil && l.Unseen == 0 && fmt.Sprint(l.Samples) == fmt.Sprint(presses*screens) &&
		l.P50 > 0 && l.P50 <= l.P99 && l.P99 <= l.Max && l.Max < 5000
}

func TestRunReports(t *testing.T) {
	t.Parallel()
	said := 0
	r, err := Run(t.Context(), Config{
		Targets: on(serve(t, nil)), Players: 8, Clickers: 3, Rate: 10, For: 1500 * time.Millisecond,
		Progress: func(p Progress) {
			if said++; p.Connected != 8 {
				t.Errorf("progress says %d connected", p.Connected)
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if r.Connected != 8 || r.Failed != 0 || r.Lost != 0 || r.LoginsPerSecond <= 0 || r.Interrupted || said == 0 {
		t.Errorf("%+v", r)
	}
	if r.Presses < 15 || r.Presses > 100 {
		t.Errorf("%d presses of three clickers at 10 a second in 1.5 s", r.Presses)
	}
	if !r.OwnScreen.saw(r.Presses, 1) || !r.OtherScreens.saw(r.Presses, 7) {
		t.Errorf("own screen %+v, other screens %+v", r.OwnScreen, r.OtherScreens)
	}
	w, c := r.Watching, r.Clicking
	if w.Players != 5 || c.Players != 3 || w.FramesPerSecond < 3 || w.FramesPerSecond > 15 || w.BytesPerSecond < 10*w.FramesPerSecond {
		t.Errorf("watchers %+v, clickers %+v", w, c)
	}
	var b strings.Builder
	if err := r.Print(&b); err != nil || !strings.Contains(b.String(), "8 of 8 connected") {
		t.Errorf("%v: %s", err, b.String())
	}
}

func TestRunRetriesRejectedLogins(t *testing.T) {
	t.Parallel()
	addr := serve(t, func(c *server.Config) { c.Conns = admission.ConnConfig{PerSourceMaxStartups: 4, MaxStartups: 8} })
	r, err := Run(t.Context(), Config{Targets: on(addr), Players: 40})
	if err != nil || r.Connected != 40 || r.Refused == 0 {
		t.Errorf("%v: %+v", err, r)
	}
}

func TestRunCountsRejectedSessionsAsFailed(t *testing.T) {
	t.Parallel()
	addr := serve(t, func(c *server.Config) { c.MaxPlayers = 3 })
	r, err := Run(t.Context(), Config{Targets: on(addr), Players: 5})
	if err != nil || r.Connected != 3 || r.Failed != 2 || !strings.Contains(r.Reason, "The game is full") {
		t.Errorf("%v: %+v", err, r)
	}
}

func TestRunExplainsUnreachableServer(t *testing.T) {
	_, err := Run(t.Context(), Config{Targets: on(sshtest.FreeAddr(t)), Players: 2})
	if err == nil || !strings.Contains(err.Error(), "nothing is listening") {
		t.Error(err)
	}
}

func TestRunInterruptedReports(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r, err := Run(ctx, Config{
		Targets: on(serve(t, nil)), Players: 4, Clickers: 4, Rate: 20, For: time.Hour,
		Progress: func(p Progress) {
			if p.OwnScreen != nil && p.OwnScreen.Samples > 0 {
				cancel()
			}
		},
	})
	if err != nil || !r.Interrupted || r.Connected != 4 || r.Seconds <= 0 || r.OwnScreen.Samples == 0 {
		t.Errorf("%v: %+v", err, r)
	}
}

func TestRunExplainsLimitOfOpenFiles(t *testing.T) {
	_, err := Run(t.Context(), Config{Players: 1 << 40})
	if err == nil || !strings.Contains(err.Error(), "ulimit -n") || errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

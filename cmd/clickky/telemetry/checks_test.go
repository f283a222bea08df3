package telemetry

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"clickky/sync/cluster/natstest"
	"clickky/sync/game"
	"clickky/sync/ledger"
	"clickky/sync/live"
	"clickky/sync/store"
)

// asked is a store that is asked for bindings only.
type asked struct {
	store.Store

	err error
}

func (a asked) Check(context.Context) error { return nil }

func (a asked) Bindings(ctx context.Context) ([]store.Binding, error) {
	if errors.Is(a.err, context.DeadlineExceeded) {
		<-ctx.Done()
	}
	return nil, a.err
}

// opened is the startup of a server whose journal is open.
func opened() *Startup {
	at := &Startup{}
	at.JournalOpen()
	return at
}

// TestReadyzReasonsAreSentences holds that they do not quote other programs.
func TestReadyzReasonsAreSentences(t *testing.T) {
	t.Parallel()
	good, err := os.ReadFile(madeHostKey(t))
	if err != nil {
		t.Fatal(err)
	}
	const secret = "s3cret"
	for what, c := range map[string]struct {
		spoil func(*Checks, func())
		want  string
	}{
		"all is well":   {func(*Checks, func()) {}, ""},
		"opening":       {func(w *Checks, _ func()) { w.Game = ledger.New() }, "game: just starting"},
		"ending":        {func(_ *Checks, end func()) { end() }, "game: the server is shutting down"},
		"awaited":       {func(w *Checks, _ func()) { w.Game = ledger.New(); w.Game.SetOwnership(game.Awaited) }, "game: waiting for another server"},
		"never read":    {func(w *Checks, _ func()) { w.Game = ledger.New(); w.Game.SetStoreHealth(true, false) }, "game: waiting for the database"},
		"refused":       {func(w *Checks, _ func()) { w.Store = asked{err: errors.New(secret)} }, "database: unreachable"},
		"answers":       {func(w *Checks, _ func()) { w.Store = asked{err: store.ErrAnswered} }, "database: it answers with an error"},
		"frozen":        {func(w *Checks, _ func()) { w.Store = asked{err: context.DeadlineExceeded} }, "database: it doesn't answer in time"},
		"no tables yet": {func(w *Checks, _ func()) { w.Store = asked{err: store.ErrNoTables} }, ""},
		"not saved":     {func(w *Checks, _ func()) { w.Game.SetStoreHealth(true, false) }, "database: it answers, but"},
		"taken over":    {func(w *Checks, _ func()) { w.Game.SetOwnership(game.Lost) }, "database: another server took it over"},
		"journal down":  {func(w *Checks, _ func()) { w.Game.SetJournalDown(true) }, "journal: can't write"},
		"no majority": {func(w *Checks, _ func()) {
			w.Startup.Shared = true
			w.Startup.Connected(natstest.Start(t, 1).Connect())
			w.Game.SetJournalDown(true)
		}, "journal: NATS accepts no events"},
		"cut off":        {func(w *Checks, _ func()) { w.Startup.Shared = true }, "journal: this server is cut off from NATS"},
		"directory gone": {func(w *Checks, _ func()) { w.DataDir = filepath.Join(w.DataDir, secret) }, "journal: can't write to the data directory"},
		"no host key":    {func(w *Checks, _ func()) { w.HostKeys = append(w.HostKeys, secret) }, "host key: can't read it"},
		"no key at all":  {func(w *Checks, _ func()) { _ = os.WriteFile(w.HostKeys[0], []byte(secret), 0o600) }, "host key: can't read it"},
	} {
		t.Run(what, func(t *testing.T) {
			ending, end := context.WithCancel(t.Context())
			defer end()
			w := Checks{Ending: ending, Game: ledger.New(), Startup: opened(), Store: asked{}, DataDir: t.TempDir(), HostKeys: []string{filepath.Join(t.TempDir(), "key")}}
			w.Game.Open()
			if err := os.WriteFile(w.HostKeys[0], good, 0o600); err != nil {
				t.Fatal(err)
			}
			c.spoil(&w, end)
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			var said []string
			for _, check := range w.Readyz() {
				if err := check.Run(ctx); err != nil {
					said = append(said, check.Name+": "+err.Error())
				}
			}
			got := strings.Join(said, "\n")
			if (got == "") != (c.want == "") || !strings.HasPrefix(got, c.want) || len(said) > 1 || strings.Contains(got, secret) {
				t.Errorf("%q, want %q", got, c.want)
			}
			if left, err := os.ReadDir(w.DataDir); err == nil && len(left) > 0 {
				t.Errorf("a check has left %v", left)
			}
		})
	}
}

func TestLivezFailsForHangingPublisher(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ending, end := context.WithCancel(t.Context())
		l := ledger.New()
		w := Checks{Ending: ending, Game: l, Live: live.New(l), Startup: &Startup{}}
		ask := w.Livez()[0].Run
		time.Sleep(time.Hour)
		if err := ask(t.Context()); err != nil {
			t.Errorf("after an hour of waiting for NATS: %v", err)
		}
		w.Startup.JournalOpen()
		if err := ask(t.Context()); err != nil {
			t.Errorf("before the publisher began: %v", err)
		}
		ctx, stop := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { w.Live.Run(ctx) })
		time.Sleep(time.Hour)
		if err := ask(t.Context()); err != nil {
			t.Errorf("after an hour in which nobody played: %v", err)
		}
		stop()
		running.Wait()
		time.Sleep(maxPublishGap + time.Second)
		if ask(t.Context()) == nil {
			t.Error("nothing is published any more, and nobody knows")
		}
		end()
		if err := ask(t.Context()); err != nil {
			t.Errorf("at the end: %v", err)
		}
	})
}

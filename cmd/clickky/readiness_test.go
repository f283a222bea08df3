package main

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

// opened is the stage of a server whose journal is open.
func opened() *startup {
	at := &startup{}
	at.open()
	return at
}

// TestEachReasonNotToBeReadyIsASentence without what other programs say, which may
// be anything.
func TestEachReasonNotToBeReadyIsASentence(t *testing.T) {
	t.Parallel()
	good, err := os.ReadFile(madeHostKey(t))
	if err != nil {
		t.Fatal(err)
	}
	const secret = "s3cret"
	for what, c := range map[string]struct {
		spoil func(*checks, func())
		want  string
	}{
		"all is well":   {func(*checks, func()) {}, ""},
		"opening":       {func(w *checks, _ func()) { w.game = ledger.New() }, "game: just starting"},
		"ending":        {func(_ *checks, end func()) { end() }, "game: the server is shutting down"},
		"awaited":       {func(w *checks, _ func()) { w.game = ledger.New(); w.game.SetOwnership(game.Awaited) }, "game: waiting for another server"},
		"never read":    {func(w *checks, _ func()) { w.game = ledger.New(); w.game.StoreFailed(false) }, "game: waiting for the database"},
		"refused":       {func(w *checks, _ func()) { w.store = asked{err: errors.New(secret)} }, "database: unreachable"},
		"answers":       {func(w *checks, _ func()) { w.store = asked{err: store.ErrAnswered} }, "database: it answers with an error"},
		"frozen":        {func(w *checks, _ func()) { w.store = asked{err: context.DeadlineExceeded} }, "database: it doesn't answer in time"},
		"no tables yet": {func(w *checks, _ func()) { w.store = asked{err: store.ErrNoTables} }, ""},
		"not saved":     {func(w *checks, _ func()) { w.game.StoreFailed(false) }, "database: it answers, but"},
		"taken over":    {func(w *checks, _ func()) { w.game.SetOwnership(game.Lost) }, "database: another server took it over"},
		"journal down":  {func(w *checks, _ func()) { w.game.SetJournalDown(true) }, "journal: can't write"},
		"no majority": {func(w *checks, _ func()) {
			w.startup.shared = true
			w.startup.conn.Store(natstest.Start(t, 1).Connect())
			w.game.SetJournalDown(true)
		}, "journal: NATS accepts no events"},
		"cut off":        {func(w *checks, _ func()) { w.startup.shared = true }, "journal: this server is cut off from NATS"},
		"directory gone": {func(w *checks, _ func()) { w.data = filepath.Join(w.data, secret) }, "journal: can't write to the data directory"},
		"no host key":    {func(w *checks, _ func()) { w.hostKeys = append(w.hostKeys, secret) }, "host key: can't read it"},
		"no key at all":  {func(w *checks, _ func()) { _ = os.WriteFile(w.hostKeys[0], []byte(secret), 0o600) }, "host key: can't read it"},
	} {
		t.Run(what, func(t *testing.T) {
			ending, end := context.WithCancel(t.Context())
			defer end()
			w := checks{ending: ending, game: ledger.New(), startup: opened(), store: asked{}, data: t.TempDir(), hostKeys: []string{filepath.Join(t.TempDir(), "key")}}
			w.game.Open()
			if err := os.WriteFile(w.hostKeys[0], good, 0o600); err != nil {
				t.Fatal(err)
			}
			c.spoil(&w, end)
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			var said []string
			for _, check := range w.ready() {
				if err := check.Run(ctx); err != nil {
					said = append(said, check.Name+": "+err.Error())
				}
			}
			got := strings.Join(said, "\n")
			if (got == "") != (c.want == "") || !strings.HasPrefix(got, c.want) || len(said) > 1 || strings.Contains(got, secret) {
				t.Errorf("%q, want %q", got, c.want)
			}
			if left, err := os.ReadDir(w.data); err == nil && len(left) > 0 {
				t.Errorf("a check has left %v", left)
			}
		})
	}
}

func TestAPublisherThatHangsIsNotLive(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ending, end := context.WithCancel(t.Context())
		l := ledger.New()
		w := checks{ending: ending, game: l, screens: live.New(l), startup: &startup{}}
		ask := w.live()[0].Run
		time.Sleep(time.Hour)
		if err := ask(t.Context()); err != nil {
			t.Errorf("after an hour of waiting for NATS: %v", err)
		}
		w.startup.open()
		if err := ask(t.Context()); err != nil {
			t.Errorf("before the publisher began: %v", err)
		}
		ctx, stop := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { w.screens.Run(ctx) })
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

func TestAnotherPortKeepsTheHost(t *testing.T) {
	t.Parallel()
	for addr, want := range map[string]string{":2222": ":2223", "127.0.0.1:9090": "127.0.0.1:9091", "[::1]:65535": "[::1]:2222", ":ssh": ":2222"} {
		if got := anotherPort(addr); got != want {
			t.Errorf("instead of %s: %s, want %s", addr, got, want)
		}
	}
}

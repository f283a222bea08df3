package flush_test

import (
	"context"
	"log/slog"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"clickky/sync/flush"
	"clickky/sync/game"
	"clickky/sync/journal"
	"clickky/sync/ledger"
	"clickky/sync/ledger/ledgertest"
	"clickky/sync/store"
	"clickky/sync/store/sqlite"
)

// runOnDisk runs a server with a real journal and a real database until f returns, and stops it:
// cleanly if final is set, and otherwise leaving the last events of the journal unsaved.
func runOnDisk(t *testing.T, dir string, final bool, f func(*ledger.Ledger, store.Store)) {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	book, err := journal.Open(t.Context(), journal.Config{Dir: filepath.Join(dir, "journal")})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = book.Close() }()
	db, err := sqlite.Open(filepath.Join(dir, "clickky.db"), log)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	l := ledger.New()
	flusher := flush.New(l, book, db, time.Hour, log)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- flusher.Run(ctx) }()
	<-l.Loaded()
	f(l, db)
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if final {
		if err := flusher.Final(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// TestAdminActionsOnDisk applies admin actions, and undoes them after the server was killed,
// and after it ended in good order.
func TestAdminActionsOnDisk(t *testing.T) {
	dir := t.TempDir()
	act := func(l *ledger.Ledger, a game.AdminAction) {
		t.Helper()
		a.Admin, a.Key, a.Reason = "boss", "SHA256:boss", "why"
		if _, err := ledgertest.SubmitAction(t.Context(), l, a); err != nil {
			t.Fatalf("%+v: %v", a, err)
		}
	}
	want := func(when string, l *ledger.Ledger, counts map[string]uint64, aliceKeys int) {
		t.Helper()
		if got := l.Status(); got.Players != len(counts) || got.Total != 3 {
			t.Errorf("%s: %+v", when, got)
		}
		for name, clicks := range counts {
			if got := l.Standing(name).Clicks; got != clicks {
				t.Errorf("%s: %s has %d clicks, want %d", when, name, got, clicks)
			}
		}
		if keys := l.Keys("alice"); len(keys) != aliceKeys {
			t.Errorf("%s: alice belongs to %v", when, keys)
		}
	}
	until := time.Now().Add(time.Hour)
	runOnDisk(t, dir, false, func(l *ledger.Ledger, _ store.Store) {
		l.JoinWith("alice", ledger.Credentials{Key: "SHA256:a", Claims: true}).Click()
		l.Join("bob").Click()
		l.Join("carol").Click()
		act(l, game.AdminAction{Kind: game.ActionMessage, Text: "hello"}) // after the clicks
		act(l, game.AdminAction{Kind: game.ActionDelete, Target: "alice"})
		act(l, game.AdminAction{Kind: game.ActionRename, Target: "bob", To: "dave"})
		act(l, game.AdminAction{Kind: game.ActionSetCount, Target: "carol", Clicks: 0})
		act(l, game.AdminAction{Kind: game.ActionBan, Target: "192.0.2.1", Until: until})
		want("at first", l, map[string]uint64{"dave": 1, "carol": 0}, 0)
	})
	runOnDisk(t, dir, true, func(l *ledger.Ledger, _ store.Store) {
		want("after a kill", l, map[string]uint64{"dave": 1, "carol": 0}, 0)
		act(l, game.AdminAction{Kind: game.ActionUndo, Number: 3})
	})
	runOnDisk(t, dir, true, func(l *ledger.Ledger, db store.Store) {
		want("after an end", l, map[string]uint64{"bob": 1, "carol": 0}, 0)
		if bans := l.Bans(time.Now()); len(bans) != 1 || !bans[0].Until.Equal(until.Truncate(time.Second)) {
			t.Errorf("bans %v", bans)
		}
		act(l, game.AdminAction{Kind: game.ActionUndo, Number: 2})
		act(l, game.AdminAction{Kind: game.ActionUndo, Number: 4})
		want("undone", l, map[string]uint64{"alice": 1, "bob": 1, "carol": 1}, 1)
		var what []string
		content, err := db.Load(t.Context(), func(game.Player) error { return nil })
		for _, r := range content.Records {
			what = append(what, r.Kind)
		}
		if err != nil || !slices.Equal(what, []string{"message", "delete", "rename", "count", "ban", "undo"}) {
			t.Errorf("the audit log has %v, %v", what, err)
		}
	})
	runOnDisk(t, dir, false, func(l *ledger.Ledger, db store.Store) {
		want("at last", l, map[string]uint64{"alice": 1, "bob": 1, "carol": 1}, 1)
		content, err := db.Load(t.Context(), func(game.Player) error { return nil })
		if r := content.Records; err != nil || len(r) != 8 || r[3].UndoneBy != 8 || r[2].UndoneBy != 6 {
			t.Errorf("the audit log has %+v, %v", r, err)
		}
	})
}

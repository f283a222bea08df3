package ledger_test

import (
	"fmt"
	"testing"

	"clickky/sync/game"
	"clickky/sync/ledger"
	"clickky/sync/ledger/ledgertest"
)

// foreign applies an event of another server.
func foreign(l *ledger.Ledger, name string, n uint64) {
	l.Apply(l.Position()+1, game.Event{Clicks: map[string]uint64{name: n}}, false)
}

func batchWords(b ledger.Batch) string {
	words := fmt.Sprintf("%d-%d", b.From, b.To)
	for _, p := range b.Players {
		words += fmt.Sprintf(" %s=%d", p.Name, p.Clicks)
	}
	return words
}

func TestUnsavedExcludesSavesOfOtherServers(t *testing.T) {
	l := ledgertest.Loaded(t, 0)
	for i, name := range []string{"a", "b", "c", "b"} {
		foreign(l, name, uint64(i+1))
	}
	if l.SetStorePosition(3, ledgertest.Noon) {
		t.Error("the store went back")
	}
	if got := batchWords(l.Unsaved()); got != "3-4 b=6" {
		t.Errorf("the batch is %s", got)
	}
	if s := l.Status(); s.Unsaved != 4 || !s.LastSaved.Equal(ledgertest.Noon) {
		t.Errorf("%d unsaved, saved at %v", s.Unsaved, s.LastSaved)
	}
	l.SetStorePosition(4, ledgertest.Noon)
	if l.HasUnsavedEvents() || l.HasUnsavedPlayers() || l.Status().Unsaved != 0 {
		t.Errorf("behind %v, stale %v, %d unsaved", l.HasUnsavedEvents(), l.HasUnsavedPlayers(), l.Status().Unsaved)
	}
}

// TestUnsavedIsEmptyForLaggingLedger has other servers save events that this ledger has not
// read yet.
func TestUnsavedIsEmptyForLaggingLedger(t *testing.T) {
	l := ledgertest.Loaded(t, 0)
	foreign(l, "a", 1)
	l.SetStorePosition(3, ledgertest.Noon)
	if b := l.Unsaved(); b.To >= b.From || len(b.Players) != 0 || l.HasUnsavedEvents() {
		t.Errorf("the batch is %s, behind %v", batchWords(b), l.HasUnsavedEvents())
	}
	for i, want := range []string{"3-2", "3-3", "3-4 a=4"} {
		foreign(l, "a", 1)
		if got := batchWords(l.Unsaved()); got != want {
			t.Errorf("after event %d the batch is %s, want %s", i+2, got, want)
		}
		if got, want := l.Status().Unsaved, uint64(i/2); got != want {
			t.Errorf("after event %d, %d are unsaved, want %d", i+2, got, want)
		}
	}
}

// TestUnsavedKnowsRowsOfLaggingLedger holds that a player has a row whose event another server had
// saved before this one applied it: so a Save notices if the row is gone.
func TestUnsavedKnowsRowsOfLaggingLedger(t *testing.T) {
	l := ledgertest.Loaded(t, 0)
	l.SetStorePosition(1, ledgertest.Noon)
	foreign(l, "a", 1)
	foreign(l, "a", 1)
	if b := l.Unsaved(); len(b.Players) != 1 || !b.Players[0].Stored {
		t.Errorf("the batch has %+v", b.Players)
	}
}

// TestUnsavedIncludesLastSeenOfOwnSessions matters because the journal does not tell other
// servers when a session ends.
func TestUnsavedIncludesLastSeenOfOwnSessions(t *testing.T) {
	l := ledgertest.Loaded(t, 0, game.Player{Name: "a", Clicks: 5})
	a, b := l.Join("a"), l.Join("b")
	b.Click()
	a.Leave()
	b.Leave() // before anybody knows of b
	ledgertest.ApplyOne(l)
	l.SetStorePosition(l.Position(), ledgertest.Noon)
	batch := l.Unsaved()
	if len(batch.Players) != 2 || l.HasUnsavedEvents() || !l.HasUnsavedPlayers() {
		t.Fatalf("the batch is %s", batchWords(batch))
	}
	foreign(l, "a", 1) // somebody is late
	l.Saved(batch, ledgertest.Noon)
	if got := batchWords(l.Unsaved()); got != "1-2 a=6" {
		t.Errorf("then the batch is %s", got)
	}
	l.SetStorePosition(2, ledgertest.Noon)
	if l.HasUnsavedPlayers() {
		t.Error("who left is saved again and again")
	}
}

// TestUnsavedCountsWhileStoreDown allows the number to be coarser then.
func TestUnsavedCountsWhileStoreDown(t *testing.T) {
	l := ledgertest.Loaded(t, 0)
	const events = 100_000
	for range events {
		foreign(l, "a", 1)
	}
	for _, at := range []uint64{1, 10, events / 3, events - 500, events - 1} {
		l.SetStorePosition(at, ledgertest.Noon)
		if got := l.Status().Unsaved; got < events-at || got > events-at+500 {
			t.Errorf("with the store at %d, %d are unsaved", at, got)
		}
	}
	l.SetStorePosition(events, ledgertest.Noon)
	foreign(l, "a", 1)
	foreign(l, "a", 1)
	if l.SetStorePosition(events+1, ledgertest.Noon); l.Status().Unsaved != 1 {
		t.Errorf("then %d are unsaved, want 1", l.Status().Unsaved)
	}
}

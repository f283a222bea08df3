package ledger_test

import (
	"fmt"
	"testing"

	"clickky/sync/ledger"
)

// foreign folds an event of another server.
func foreign(l *ledger.Ledger, name string, n uint64) {
	l.Fold(l.Position()+1, ledger.Entry{Clicks: map[string]uint64{name: n}}, false)
}

func batchWords(b ledger.Batch) string {
	words := fmt.Sprintf("%d-%d", b.From, b.To)
	for _, p := range b.Players {
		words += fmt.Sprintf(" %s=%d", p.Name, p.Clicks)
	}
	return words
}

func TestWhatOthersHaveSavedIsNotSavedAgain(t *testing.T) {
	l := loaded(t, 0)
	for i, name := range []string{"a", "b", "c", "b"} {
		foreign(l, name, uint64(i+1)) //nolint:gosec // small
	}
	if l.StoreAt(3, someTime) {
		t.Error("the store went back")
	}
	if got := batchWords(l.Unsaved()); got != "3-4 b=6" {
		t.Errorf("the batch is %s", got)
	}
	if s := l.Latest(); s.Unsaved != 4 || !s.LastSaved.Equal(someTime) {
		t.Errorf("%d unsaved, saved at %v", s.Unsaved, s.LastSaved)
	}
	l.StoreAt(4, someTime)
	if l.Behind() || l.Stale() || l.Latest().Unsaved != 0 {
		t.Errorf("behind %v, stale %v, %d unsaved", l.Behind(), l.Stale(), l.Latest().Unsaved)
	}
}

// TestALaggingLedgerHasNothingToSave: others have saved what it has not even read.
func TestALaggingLedgerHasNothingToSave(t *testing.T) {
	l := loaded(t, 0)
	foreign(l, "a", 1)
	l.StoreAt(3, someTime)
	if b := l.Unsaved(); b.To >= b.From || len(b.Players) != 0 || l.Behind() {
		t.Errorf("the batch is %s, behind %v", batchWords(b), l.Behind())
	}
	for i, want := range []string{"3-2", "3-3", "3-4 a=4"} {
		foreign(l, "a", 1)
		if got := batchWords(l.Unsaved()); got != want {
			t.Errorf("after event %d the batch is %s, want %s", i+2, got, want)
		}
		if got, want := l.Latest().Unsaved, uint64(i/2); got != want { //nolint:gosec // small
			t.Errorf("after event %d, %d are unsaved, want %d", i+2, got, want)
		}
	}
}

// TestWhoHasLeftIsSavedByTheOwnServer, for the journal does not tell others.
func TestWhoHasLeftIsSavedByTheOwnServer(t *testing.T) {
	l := loaded(t, 0, ledger.Balance{Name: "a", Clicks: 5})
	a, b := l.Join("a"), l.Join("b")
	b.Click()
	a.Leave()
	b.Leave() // before anybody knows of b
	record(l)
	l.StoreAt(l.Position(), someTime)
	batch := l.Unsaved()
	if len(batch.Players) != 2 || l.Behind() || !l.Stale() {
		t.Fatalf("the batch is %s", batchWords(batch))
	}
	foreign(l, "a", 1) // somebody is late
	l.Saved(batch, someTime)
	if got := batchWords(l.Unsaved()); got != "1-2 a=6" {
		t.Errorf("then the batch is %s", got)
	}
	l.StoreAt(2, someTime)
	if l.Stale() {
		t.Error("who left is saved again and again")
	}
}

// TestUnsavedIsToldForAsLongAsTheStoreIsAway: only how much is coarser then.
func TestUnsavedIsToldForAsLongAsTheStoreIsAway(t *testing.T) {
	l := loaded(t, 0)
	const events = 100_000
	for range events {
		foreign(l, "a", 1)
	}
	for _, at := range []uint64{1, 10, events / 3, events - 500, events - 1} {
		l.StoreAt(at, someTime)
		if got := l.Latest().Unsaved; got < events-at || got > events-at+500 {
			t.Errorf("with the store at %d, %d are unsaved", at, got)
		}
	}
	l.StoreAt(events, someTime)
	foreign(l, "a", 1)
	foreign(l, "a", 1)
	if l.StoreAt(events+1, someTime); l.Latest().Unsaved != 1 {
		t.Errorf("then %d are unsaved, want 1", l.Latest().Unsaved)
	}
}

package ledger_test

import (
	"reflect"
	"testing"
	"time"

	"clickky/sync/game"
	"clickky/sync/ledger"
	"clickky/sync/ledger/ledgertest"
)

// TestUnsavedHasOnlyChangedDays covers a stored player, and one whose row has to be written anew.
func TestUnsavedHasOnlyChangedDays(t *testing.T) {
	today := game.DateOf(ledgertest.Noon)
	l := ledger.New()
	before := game.Days{{Date: today - 2, Clicks: 5}, {Date: today - 1, Clicks: 4}, {Date: today, Clicks: 3}}
	if err := l.Load(game.Contents{Players: []game.Player{{Name: "alice", Clicks: 12, Days: before}}, Total: 12}); err != nil {
		t.Fatal(err)
	}
	l.Open()
	apply := func(e game.Event) {
		l.Apply(l.Position()+1, e, false)
	}
	unsaved := func() (game.Days, ledger.Batch) {
		t.Helper()
		b := l.Unsaved()
		if len(b.Players) != 1 {
			t.Fatalf("%d players are unsaved, want 1", len(b.Players))
		}
		return b.Players[0].Days, b
	}
	click := func(at time.Time) game.Event {
		return game.Event{At: at, Clicks: map[string]uint64{"alice": 1}}
	}

	apply(click(ledgertest.Noon))
	days, b := unsaved()
	if want := (game.Days{{Date: today, Clicks: 4}}); !reflect.DeepEqual(days, want) {
		t.Errorf("after a click today %v are unsaved, want %v", days, want)
	}
	apply(click(ledgertest.Noon.AddDate(0, 0, -1))) // while the batch is being saved
	l.Saved(b, ledgertest.Noon)
	days, b = unsaved()
	if want := (game.Days{{Date: today - 1, Clicks: 5}, {Date: today, Clicks: 4}}); !reflect.DeepEqual(days, want) {
		t.Errorf("after a late click %v are unsaved, want %v", days, want)
	}
	l.Saved(b, ledgertest.Noon)
	apply(game.Event{At: ledgertest.Noon, Actions: []game.AdminAction{{Kind: game.ActionRename, Target: "alice", To: "alicia"}}})
	days, b = unsaved()
	want := game.Days{{Date: today - 2, Clicks: 5}, {Date: today - 1, Clicks: 5}, {Date: today, Clicks: 4}}
	if !reflect.DeepEqual(days, want) || b.Players[0].Stored {
		t.Errorf("after a rename %v are unsaved, want all of a new row: %v", days, want)
	}
	l.Saved(b, ledgertest.Noon)
	l.StoreIncomplete()
	if days, _ = unsaved(); !reflect.DeepEqual(days, want) {
		t.Errorf("after the database lost its rows %v are unsaved, want %v", days, want)
	}
}

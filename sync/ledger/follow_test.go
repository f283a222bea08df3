package ledger_test

import (
	"fmt"
	"testing"
	"time"

	"clickky/sync/game"
	"clickky/sync/ledger"
	"clickky/sync/ledger/ledgertest"
)

func TestRenameKeepsSession(t *testing.T) {
	l := ledgertest.Game(t)
	alice, guest := l.JoinWith("alice", ledger.Credentials{Key: "k1"}), l.Join("alicia")
	guest.Click() // makes a player whom the journal does not know yet
	online, revision := l.Status().Online, l.Status().Keys
	taken := l.Drain(10, 10)
	alice.Click()
	e := game.Event{At: ledgertest.Noon, Actions: []game.AdminAction{{Kind: game.ActionRename, Target: "alice", To: "alicia"}}}
	l.Apply(1, e, false)
	if l.Status().Keys == revision {
		t.Error("nobody is told that the name has changed")
	}
	if alice.Name() != "alicia" || alice.Standing().Name != "alicia" {
		t.Errorf("the session plays as %s, shown as %+v", alice.Name(), alice.Standing())
	}
	if got := alice.Click(); got.Clicks != 10 || got.Total != 23 {
		t.Errorf("%+v, want the clicks of both", got)
	}
	if got := guest.Click(); !got.Rejected {
		t.Errorf("somebody without the key scores %+v", got)
	}
	l.Apply(2, taken, true)
	ledgertest.ApplyAll(l)
	if got := l.Status(); got.Online != online-1 || got.Players != 3 || got.Total != 23 {
		t.Errorf("%+v, want one name less online", got)
	}
	b := l.Unsaved()
	if len(b.Removed) != 1 || b.Removed[0] != "alice" || len(b.Players) != 1 || b.Players[0].Name != "alicia" || b.Players[0].Clicks != 10 {
		t.Errorf("the batch has %+v", b)
	}
	alice.Leave()
	guest.Leave()
	if got := l.Status().Online; got != 0 {
		t.Errorf("%d are online after all have left", got)
	}
}

func TestDeleteStartsPlayerFromZero(t *testing.T) {
	l := ledgertest.Game(t)
	one, two := l.Join("bob"), l.Join("bob")
	one.Click()
	taken := l.Drain(10, 10) // is late
	one.Click()
	l.Apply(1, game.Event{At: ledgertest.Noon, Actions: []game.AdminAction{{Kind: game.ActionDelete, Target: "bob"}}}, false)
	if got := one.Standing(); got.Clicks != 0 || got.Of != 3 || l.Status().Total != 22 {
		t.Errorf("%+v of a global count of %d", got, l.Status().Total)
	}
	if got := two.Click(); got != (game.Score{Clicks: 1, Total: 23}) {
		t.Errorf("the first click: %+v", got)
	}
	l.Apply(2, taken, true)
	l.Apply(3, game.Event{Clicks: map[string]uint64{"bob": 5}}, false) // of a server that did not know
	ledgertest.ApplyAll(l)
	if got := l.Standing("bob"); got.Clicks != 1 || got.Rank != 3 || l.Status().Total != 28 {
		t.Errorf("%+v of a global count of %d", got, l.Status().Total)
	}
	if b := l.Unsaved(); len(b.Removed) != 0 || len(b.Players) != 1 || b.Players[0].Clicks != 1 || b.Total != 28 {
		t.Errorf("the batch has %+v", b)
	}
}

func TestRenameDuringSaveIsSavedNext(t *testing.T) {
	l := ledgertest.Game(t)
	l.Join("bob").Click()
	ledgertest.ApplyAll(l)
	b := l.Unsaved()
	ledgertest.MustApplyAction(t, l, game.AdminAction{Kind: game.ActionRename, Target: "bob", To: "dave"})
	l.Saved(b, ledgertest.Noon)
	if b := l.Unsaved(); len(b.Players) != 1 || b.Players[0].Name != "dave" || len(b.Removed) != 1 || b.Removed[0] != "bob" {
		t.Errorf("the batch has %+v", b)
	}
}

func TestRenameOfCapitals(t *testing.T) {
	l := ledger.New()
	owner := game.Owner{Name: "alice", Keys: []game.Key{{Fingerprint: "k1"}}}
	if err := l.Load(game.Contents{
		Players: []game.Player{{Name: "Alice", Clicks: 7}, {Name: "bob", Clicks: 3}}, Total: 10, Owners: []game.Owner{owner},
	}); err != nil {
		t.Fatal(err)
	}
	l.Open()
	s := l.JoinWith("alice", ledger.Credentials{Key: "k1"})
	wantRefused(t, l, game.AdminAction{Kind: game.ActionRename, Target: "bob", To: "alice"}, "taken")
	ledgertest.MustApplyAction(t, l, game.AdminAction{Kind: game.ActionRename, Target: "Alice", To: "alicia"})
	if got := standings(l); got != "1. alicia 7, 2. bob 3, of 10" || ledgertest.KeysOf(l, "alicia") != "k1" || s.Name() != "alicia" {
		t.Errorf("%s with the key %q, played as %s", got, ledgertest.KeysOf(l, "alicia"), s.Name())
	}
	ledgertest.MustApplyAction(t, l, undo(1))
	if got := standings(l); got != "1. Alice 7, 2. bob 3, of 10" || ledgertest.KeysOf(l, "alice") != "k1" || s.Name() != "alice" {
		t.Errorf("%s with the key %q, played as %s", got, ledgertest.KeysOf(l, "alice"), s.Name())
	}
	if got := s.Click().Clicks; got != 8 {
		t.Errorf("a click makes %d", got)
	}
	ledgertest.MustApplyAction(t, l, game.AdminAction{Kind: game.ActionDelete, Target: "Alice"})
	if got := s.Click().Clicks; got != 1 || ledgertest.KeysOf(l, "alice") != "" {
		t.Errorf("a click makes %d, and the name belongs to %q", got, ledgertest.KeysOf(l, "alice"))
	}
}

func TestDeleteIsSavedAgainToRestoredStore(t *testing.T) {
	l := ledgertest.Game(t)
	ledgertest.MustApplyAction(t, l, game.AdminAction{Kind: game.ActionRelease, Target: "alice"})
	ledgertest.MustApplyAction(t, l, game.AdminAction{Kind: game.ActionDelete, Target: "bob"})
	ledgertest.MustApplyAction(t, l, game.AdminAction{Kind: game.ActionRename, Target: "carol", To: "dave"})
	ledgertest.MustApplyAction(t, l, game.AdminAction{Kind: game.ActionBan, Target: "192.0.2.1", Until: ledgertest.Noon.Add(time.Hour)})
	ledgertest.MustApplyAction(t, l, undo(4))
	l.Saved(l.Unsaved(), ledgertest.Noon)
	if !l.SetStorePosition(0, ledgertest.Noon) {
		t.Fatal("it did not go back")
	}
	b := l.Unsaved()
	if got := fmt.Sprint(b.Removed); got != "[bob carol]" {
		t.Errorf("removed are %s", got)
	}
	keyless := 0
	for _, o := range b.Owners {
		if len(o.Keys) == 0 {
			keyless++
		}
	}
	if keyless != len(b.Owners) || keyless != 4 {
		t.Errorf("the owners are %v, want all four names without keys", b.Owners)
	}
	if len(b.Bans) != 1 || !b.Bans[0].Until.IsZero() || len(b.Records) != 5 || len(b.Players) != 2 {
		t.Errorf("the batch has %+v", b)
	}
}

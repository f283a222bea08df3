package ledger_test

import (
	"fmt"
	"testing"
	"time"

	"clickky/sync/ledger"
)

func TestASessionFollowsARenamedPlayer(t *testing.T) {
	l := game(t)
	alice, guest := l.JoinWith("alice", ledger.Pass{Key: "k1"}), l.Join("alicia")
	guest.Click() // makes a player whom the journal does not know yet
	online, revision := l.Latest().Online, l.Latest().Keys
	taken := l.Take(10, 10)
	alice.Click()
	e := ledger.Entry{At: noon, Acts: []ledger.Act{{Do: ledger.Rename, Target: "alice", To: "alicia"}}}
	l.Fold(1, e, false)
	if l.Latest().Keys == revision {
		t.Error("nobody is told that the name has changed")
	}
	if alice.Name() != "alicia" || alice.Standing().Name != "alicia" {
		t.Errorf("the session plays as %s, shown as %+v", alice.Name(), alice.Standing())
	}
	if got := alice.Click(); got.Clicks != 10 || got.Total != 23 {
		t.Errorf("%+v, want the clicks of both", got)
	}
	if got := guest.Click(); !got.Refused {
		t.Errorf("somebody without the key scores %+v", got)
	}
	l.Fold(2, taken, true)
	journaled(l)
	if got := l.Latest(); got.Online != online-1 || got.Players != 3 || got.Total != 23 {
		t.Errorf("%+v, want one name less online", got)
	}
	b := l.Unsaved()
	if len(b.Removed) != 1 || b.Removed[0] != "alice" || len(b.Players) != 1 || b.Players[0].Name != "alicia" || b.Players[0].Clicks != 10 {
		t.Errorf("the batch has %+v", b)
	}
	alice.Leave()
	guest.Leave()
	if got := l.Latest().Online; got != 0 {
		t.Errorf("%d are online after all have left", got)
	}
}

func TestADeletedPlayerStartsFromNothing(t *testing.T) {
	l := game(t)
	one, two := l.Join("bob"), l.Join("bob")
	one.Click()
	taken := l.Take(10, 10) // is late
	one.Click()
	l.Fold(1, ledger.Entry{At: noon, Acts: []ledger.Act{{Do: ledger.Delete, Target: "bob"}}}, false)
	if got := one.Standing(); got.Clicks != 0 || got.Of != 3 || l.Latest().Total != 22 {
		t.Errorf("%+v of a global count of %d", got, l.Latest().Total)
	}
	if got := two.Click(); got != (ledger.Score{Clicks: 1, Total: 23}) {
		t.Errorf("the first click: %+v", got)
	}
	l.Fold(2, taken, true)
	l.Fold(3, ledger.Entry{Clicks: map[string]uint64{"bob": 5}}, false) // of a server that did not know
	journaled(l)
	if got := l.Standing("bob"); got.Clicks != 1 || got.Rank != 3 || l.Latest().Total != 28 {
		t.Errorf("%+v of a global count of %d", got, l.Latest().Total)
	}
	if b := l.Unsaved(); len(b.Removed) != 0 || len(b.Players) != 1 || b.Players[0].Clicks != 1 || b.Total != 28 {
		t.Errorf("the batch has %+v", b)
	}
}

func TestABatchThatARenameOvertookIsNotTheLast(t *testing.T) {
	l := game(t)
	l.Join("bob").Click()
	journaled(l)
	b := l.Unsaved()
	must(t, l, ledger.Act{Do: ledger.Rename, Target: "bob", To: "dave"})
	l.Saved(b, noon)
	if b := l.Unsaved(); len(b.Players) != 1 || b.Players[0].Name != "dave" || len(b.Removed) != 1 || b.Removed[0] != "bob" {
		t.Errorf("the batch has %+v", b)
	}
}

func TestNamesWithCapitals(t *testing.T) {
	l := ledger.New()
	owner := ledger.Owner{Name: "alice", Keys: []ledger.Key{{Fingerprint: "k1"}}}
	if err := l.Load([]ledger.Balance{{Name: "Alice", Clicks: 7}, {Name: "bob", Clicks: 3}}, 10, 0, owner); err != nil {
		t.Fatal(err)
	}
	l.Open()
	s := l.JoinWith("alice", ledger.Pass{Key: "k1"})
	wantRefused(t, l, ledger.Act{Do: ledger.Rename, Target: "bob", To: "alice"}, "taken")
	must(t, l, ledger.Act{Do: ledger.Rename, Target: "Alice", To: "alicia"})
	if got := standings(l); got != "1. alicia 7, 2. bob 3, of 10" || keysOf(l, "alicia") != "k1" || s.Name() != "alicia" {
		t.Errorf("%s with the key %q, played as %s", got, keysOf(l, "alicia"), s.Name())
	}
	must(t, l, undo(1))
	if got := standings(l); got != "1. Alice 7, 2. bob 3, of 10" || keysOf(l, "alice") != "k1" || s.Name() != "alice" {
		t.Errorf("%s with the key %q, played as %s", got, keysOf(l, "alice"), s.Name())
	}
	if got := s.Click().Clicks; got != 8 {
		t.Errorf("a click makes %d", got)
	}
	must(t, l, ledger.Act{Do: ledger.Delete, Target: "Alice"})
	if got := s.Click().Clicks; got != 1 || keysOf(l, "alice") != "" {
		t.Errorf("a click makes %d, and the name belongs to %q", got, keysOf(l, "alice"))
	}
}

func TestAStoreThatWentBackLosesAgainWhatIsGone(t *testing.T) {
	l := game(t)
	must(t, l, ledger.Act{Do: ledger.Release, Target: "alice"})
	must(t, l, ledger.Act{Do: ledger.Delete, Target: "bob"})
	must(t, l, ledger.Act{Do: ledger.Rename, Target: "carol", To: "dave"})
	must(t, l, ledger.Act{Do: ledger.Ban, Target: "192.0.2.1", Until: noon.Add(time.Hour)})
	must(t, l, undo(4))
	l.Saved(l.Unsaved(), noon)
	if !l.StoreAt(0, someTime) {
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

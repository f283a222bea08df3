package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"clickky/sync/game"
	"clickky/sync/ledger"
	"clickky/sync/ledger/ledgertest"
)

func TestClaimGoesToFirstScoringKey(t *testing.T) {
	l := ledgertest.Loaded(t, 0)
	guest := l.Join("alice")
	guest.Click()
	looker := l.JoinWith("alice", ledger.Credentials{Key: "k0", Claims: true})
	owner := l.JoinWith("alice", ledger.Credentials{Key: "k1", Claims: true})
	if got := ledgertest.KeysOf(l, "alice"); got != "" {
		t.Fatalf("alice belongs to %q before a key has scored", got)
	}
	if got := owner.Click(); got != (game.Score{Clicks: 2, Total: 2}) {
		t.Errorf("the owner's first click: %+v", got)
	}
	for who, s := range map[string]*ledger.Session{"the guest": guest, "another key": looker} {
		if got := s.Click(); !got.Rejected {
			t.Errorf("%s scores %+v under a name that is claimed", who, got)
		}
	}
	ledgertest.ApplyAll(l)
	if got := l.Keys("alice"); len(got) != 1 || got[0] != (game.Key{Fingerprint: "k1", Since: ledgertest.Noon.Truncate(time.Second)}) {
		t.Errorf("keys %+v", got)
	}
	if got := owner.Click(); got != (game.Score{Clicks: 3, Total: 3}) {
		t.Errorf("the owner's second click: %+v", got)
	}
	if got := guest.Click(); !got.Rejected || l.Standing("alice").Clicks != 3 {
		t.Errorf("the guest scores %+v", got)
	}
}

func TestClaimNeedsPermission(t *testing.T) {
	l := ledgertest.Loaded(t, 0)
	for name, pass := range map[string]ledger.Credentials{"root": {Key: "k"}, "guest": {Claims: true}} {
		l.JoinWith(name, pass).Click()
		ledgertest.ApplyAll(l)
		if got := ledgertest.KeysOf(l, name); got != "" {
			t.Errorf("%+v has claimed %s: %q", pass, name, got)
		}
	}
}

func TestClickUnlessNew(t *testing.T) {
	claims := ledger.Credentials{Key: "k", Claims: true}
	for _, c := range []struct {
		name  string
		pass  ledger.Credentials
		isNew bool
	}{
		{"fresh", ledger.Credentials{}, true},
		{"fresh", claims, true},
		{"fresh", ledger.Credentials{Key: "k"}, true}, // a name that is everybody's
		{"old", ledger.Credentials{}, false},
		{"old", ledger.Credentials{Key: "k"}, false},
		{"old", claims, true}, // it would be claimed
		{"capitals", ledger.Credentials{}, false},
		{"capitals", claims, true},
		{"kept", ledger.Credentials{Key: "k", Claims: true, Unchecked: true}, false},
		{"bound", claims, false},
	} {
		l := ledgertest.Loaded(t, 5, game.Player{Name: "old", Clicks: 3}, game.Player{Name: "Capitals", Clicks: 2})
		l.ProposeKeyChange(game.KeyChange{Kind: game.KeyBind, Name: "bound", Key: "k"})
		ledgertest.ApplyAll(l)
		s := l.JoinWith(c.name, c.pass)
		score, ok := s.ClickUnlessNew()
		if ok == c.isNew || ok != (score.Total == 6) {
			t.Errorf("%s with %+v: %+v, %v, want it to be new: %v", c.name, c.pass, score, ok, c.isNew)
		}
		if c.isNew {
			if e := l.Drain(10, 10); !e.Empty() || s.Standing().Clicks > 3 {
				t.Errorf("%s with %+v: a click that did nothing left %+v", c.name, c.pass, e)
			}
		}
		s.Click()
		if score, ok := s.ClickUnlessNew(); !ok || score.Clicks < 2 {
			t.Errorf("%s with %+v is new after a click: %+v", c.name, c.pass, score)
		}
	}
}

func TestClaimSkipsReservedName(t *testing.T) {
	l := ledger.New()
	if err := l.Load(game.Contents{Owners: []game.Owner{{Name: "boss", Keys: []game.Key{{Fingerprint: "squatter"}}}}}); err != nil {
		t.Fatal(err)
	}
	if got := l.JoinWith("boss", ledger.Credentials{Key: "k", Unchecked: true, Claims: true}).Click(); got.Rejected {
		t.Error("refused")
	}
	ledgertest.ApplyAll(l)
	if got := ledgertest.KeysOf(l, "boss"); got != "squatter" {
		t.Errorf("keys %q", got)
	}
}

func TestClaimRaceOfTwoServersHasOneOwner(t *testing.T) {
	l := ledgertest.Loaded(t, 0)
	ours := l.JoinWith("alice", ledger.Credentials{Key: "ours", Claims: true})
	ours.Click()
	own := l.Drain(10, 10)
	revision := l.Status().Keys
	l.Apply(1, game.Event{
		KeyChanges: []game.KeyChange{{Kind: game.KeyClaim, Name: "alice", Key: "theirs"}},
		Clicks:     map[string]uint64{"alice": 1},
	}, false)
	if l.Status().Keys == revision {
		t.Error("nobody is told that the name has changed hands")
	}
	if got := ours.Click(); !got.Rejected {
		t.Errorf("our player scores %+v", got)
	}
	l.Apply(2, own, true)
	if got := ledgertest.KeysOf(l, "alice"); got != "theirs" {
		t.Errorf("alice belongs to %q", got)
	}
	if got := l.Standing("alice").Clicks; got != 2 {
		t.Errorf("%d clicks, want both", got)
	}
}

func TestKeyChange(t *testing.T) {
	full := []game.Key{}
	for i := range game.MaxKeys {
		full = append(full, game.Key{Fingerprint: fmt.Sprint("k", i)})
	}
	l := ledger.New()
	if err := l.Load(game.Contents{Owners: []game.Owner{{Name: "full", Keys: full}}}); err != nil {
		t.Fatal(err)
	}
	l.Open()
	for i, c := range []struct {
		game.KeyChange

		took bool
		keys string
	}{
		{game.KeyChange{Kind: game.KeyAdd, Name: "a", Key: "k2", By: "k1"}, false, ""},
		{game.KeyChange{Kind: game.KeyClaim, Name: "a", Key: "k1"}, true, "k1"},
		{game.KeyChange{Kind: game.KeyClaim, Name: "a", Key: "k2"}, false, "k1"},
		{game.KeyChange{Kind: game.KeyAdd, Name: "a", Key: "k2", By: "k3"}, false, "k1"},
		{game.KeyChange{Kind: game.KeyAdd, Name: "a", Key: "k2", By: "k1"}, true, "k1 k2"},
		{game.KeyChange{Kind: game.KeyAdd, Name: "a", Key: "k2", By: "k1"}, false, "k1 k2"},
		{game.KeyChange{Kind: game.KeyRemove, Name: "a", Key: "k1", By: "k3"}, false, "k1 k2"},
		{game.KeyChange{Kind: game.KeyRemove, Name: "a", Key: "k3", By: "k1"}, false, "k1 k2"},
		{game.KeyChange{Kind: game.KeyRemove, Name: "a", Key: "k1", By: "k1"}, true, "k2"},
		{game.KeyChange{Kind: game.KeyRemove, Name: "a", Key: "k2", By: "k2"}, false, "k2"},
		{game.KeyChange{Kind: game.KeyBind, Name: "a", Key: "k2"}, true, "k2!"},
		{game.KeyChange{Kind: game.KeyBind, Name: "a", Key: "k2"}, false, "k2!"},
		{game.KeyChange{Kind: game.KeyBind, Name: "a", Key: "k4"}, true, "k2! k4!"},
		{game.KeyChange{Kind: game.KeyBind, Name: "a", Key: "k2", Sole: true}, true, "k2!"},
		{game.KeyChange{Kind: game.KeyBind, Name: "free", Key: "k2"}, true, "k2!"},
		{game.KeyChange{Kind: game.KeyAdd, Name: "full", Key: "k", By: "k1"}, false, ""},
		{game.KeyChange{Kind: game.KeyBind, Name: "full", Key: "k"}, true, ""},
		{game.KeyChange{Kind: game.KeyBind, Name: "full", Key: "k", Sole: true}, true, "k!"},
		{game.KeyChange{Kind: "something else", Name: "a", Key: "k2"}, false, "k2!"},
	} {
		took := l.ProposeKeyChange(c.KeyChange)
		ledgertest.ApplyAll(l)
		if got := <-took; got != c.took {
			t.Errorf("%d: %+v took effect: %v", i, c.KeyChange, got)
		}
		if got := ledgertest.KeysOf(l, c.Name); c.keys != "" && got != c.keys {
			t.Errorf("%d: after %+v the keys are %q, want %q", i, c.KeyChange, got, c.keys)
		}
	}
}

func TestKeyChangeWaitsForJournal(t *testing.T) {
	l := ledgertest.Loaded(t, 0)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := l.ChangeKeys(ctx, game.KeyChange{Kind: game.KeyBind, Name: "a", Key: "k"}); !errors.Is(err, context.Canceled) {
		t.Errorf("Change = %v, want the context's error", err)
	}
	ledgertest.ApplyAll(l)
	if got := ledgertest.KeysOf(l, "a"); got != "k!" {
		t.Errorf("keys %q: it should have taken effect later", got)
	}
}

func TestKeyChangeRemovedKeyScoresNothing(t *testing.T) {
	l := ledgertest.Loaded(t, 0)
	s := l.JoinWith("alice", ledger.Credentials{Key: "k1", Claims: true})
	s.Click()
	l.ProposeKeyChange(game.KeyChange{Kind: game.KeyBind, Name: "alice", Key: "k2", Sole: true})
	ledgertest.ApplyAll(l)
	if got := s.Click(); !got.Rejected {
		t.Errorf("%+v", got)
	}
}

// TestKeyChangeIsSavedAsJournaled makes random changes while some saves fail, and compares
// what was saved with the ledger.
func TestKeyChangeIsSavedAsJournaled(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 3))
	l := ledgertest.Loaded(t, 0)
	stored := map[string][]game.Key{}
	save := func(b ledger.Batch) {
		for _, o := range b.Owners {
			stored[o.Name] = o.Keys
		}
		l.Saved(b, ledgertest.Noon)
	}
	dos := []string{game.KeyClaim, game.KeyAdd, game.KeyRemove, game.KeyBind}
	key := func() string { return fmt.Sprint("k", rng.IntN(4)) }
	var way []game.Event
	var saving *ledger.Batch
	for range 5000 {
		switch rng.IntN(6) {
		case 0:
			l.JoinWith(fmt.Sprint("p", rng.IntN(5)), ledger.Credentials{Key: key(), Claims: true}).Click()
		case 1:
			l.ProposeKeyChange(game.KeyChange{Kind: dos[rng.IntN(4)], Name: fmt.Sprint("p", rng.IntN(5)), Key: key(), By: key(), Sole: rng.IntN(2) == 0})
		case 2:
			if e := l.Drain(rng.IntN(3), 3); !e.Empty() {
				way = append(way, e)
			}
		case 3:
			if len(way) > 0 {
				l.Apply(l.Position()+1, way[0], true)
				way = way[1:]
			}
		case 4:
			b := l.Unsaved()
			saving = &b
		default:
			if saving != nil && rng.IntN(3) > 0 {
				save(*saving)
			}
			saving = nil
		}
	}
	for _, e := range way {
		l.Apply(l.Position()+1, e, true)
	}
	ledgertest.ApplyAll(l)
	save(l.Unsaved())
	for i := range 5 {
		name := fmt.Sprint("p", i)
		if got, want := stored[name], l.Keys(name); !slices.Equal(got, want) {
			t.Errorf("%s is stored with %v, want %v", name, got, want)
		}
	}
	again := ledger.New()
	var owners []game.Owner
	for name, keys := range stored {
		owners = append(owners, game.Owner{Name: name, Keys: keys})
	}
	if err := again.Load(game.Contents{Owners: owners}); err != nil {
		t.Fatal(err)
	}
	for name := range stored {
		if got, want := again.Keys(name), l.Keys(name); !reflect.DeepEqual(got, want) {
			t.Errorf("%s is loaded with %v, want %v", name, got, want)
		}
	}
}

func TestKeysAreSavedAgainToRestoredStore(t *testing.T) {
	l := ledgertest.Loaded(t, 0)
	l.JoinWith("alice", ledger.Credentials{Key: "k1", Claims: true}).Click()
	ledgertest.ApplyAll(l)
	l.Saved(l.Unsaved(), ledgertest.Noon)
	if b := l.Unsaved(); len(b.Owners) > 0 {
		t.Errorf("saved already, and again in %+v", b)
	}
	if !l.SetStorePosition(0, ledgertest.Noon) {
		t.Fatal("it did not go back")
	}
	if b := l.Unsaved(); len(b.Owners) != 1 || b.Owners[0].Name != "alice" || len(b.Owners[0].Keys) != 1 {
		t.Errorf("the batch has %+v", b.Owners)
	}
}

func TestSessionPermissionMayChange(t *testing.T) {
	l := ledgertest.Loaded(t, 0)
	l.ProposeKeyChange(game.KeyChange{Kind: game.KeyBind, Name: "boss", Key: "k1"})
	ledgertest.ApplyAll(l)
	s := l.JoinWith("boss", ledger.Credentials{Key: "k2", Claims: true, Unchecked: true})
	if got := s.Click(); got.Rejected {
		t.Errorf("an operator's key: %+v", got)
	}
	s.SetCredentials(ledger.Credentials{Key: "k2", Claims: true})
	if got := s.Click(); !got.Rejected {
		t.Errorf("when the name is not kept any more: %+v", got)
	}
	s.SetCredentials(ledger.Credentials{Key: "k2", Claims: true, Unchecked: true})
	if got := s.Click(); got != (game.Score{Clicks: 2, Total: 2}) {
		t.Errorf("when it is kept again: %+v", got)
	}
}

// TestKeysFindNamesDuringChanges holds that the search keeps nobody waiting.
func TestKeysFindNamesDuringChanges(t *testing.T) {
	var owners []game.Owner
	for i := range 50_000 {
		owners = append(owners, game.Owner{Name: fmt.Sprint("p", i), Keys: []game.Key{{Fingerprint: fmt.Sprint("k", i%100)}}})
	}
	l := ledger.New()
	if err := l.Load(game.Contents{Owners: owners}); err != nil {
		t.Fatal(err)
	}
	l.Open()
	over, changed := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(changed)
		for i := 0; ; i++ {
			select {
			case <-over:
				return
			default:
				l.JoinWith(fmt.Sprint("new", i), ledger.Credentials{Key: "other", Claims: true}).Click()
				ledgertest.ApplyAll(l)
			}
		}
	}()
	for range 20 {
		if names := l.NamesByKey("k7"); len(names) != 500 || !slices.IsSorted(names) {
			t.Errorf("%d names, want 500 in their order", len(names))
		}
	}
	close(over)
	<-changed
}

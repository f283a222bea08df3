package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"clickky/sync/ledger"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 700, time.UTC)

// journaled folds what the ledger has for the journal.
func journaled(l *ledger.Ledger) {
	for e := l.Take(10, 10); !e.Empty(); e = l.Take(10, 10) {
		e.At = noon
		l.Fold(l.Position()+1, e, true)
	}
}

// keysOf are the fingerprints of a name's keys; "!" marks a bound one.
func keysOf(l *ledger.Ledger, name string) string {
	var keys []string
	for _, k := range l.Keys(name) {
		mark := ""
		if k.Bound {
			mark = "!"
		}
		keys = append(keys, k.Fingerprint+mark)
	}
	return strings.Join(keys, " ")
}

func TestTheFirstKeyThatScoresOwnsTheName(t *testing.T) {
	l := loaded(t, 0)
	guest := l.Join("alice")
	guest.Click()
	looker := l.JoinWith("alice", ledger.Pass{Key: "k0", Claims: true})
	owner := l.JoinWith("alice", ledger.Pass{Key: "k1", Claims: true})
	if got := keysOf(l, "alice"); got != "" {
		t.Fatalf("alice belongs to %q before a key has scored", got)
	}
	if got := owner.Click(); got != (ledger.Score{Clicks: 2, Total: 2}) {
		t.Errorf("the owner's first click: %+v", got)
	}
	for who, s := range map[string]*ledger.Seat{"the guest": guest, "another key": looker} {
		if got := s.Click(); !got.Refused {
			t.Errorf("%s scores %+v under a name that is claimed", who, got)
		}
	}
	journaled(l)
	if got := l.Keys("alice"); len(got) != 1 || got[0] != (ledger.Key{Fingerprint: "k1", Since: noon.Truncate(time.Second)}) {
		t.Errorf("keys %+v", got)
	}
	if got := owner.Click(); got != (ledger.Score{Clicks: 3, Total: 3}) {
		t.Errorf("the owner's second click: %+v", got)
	}
	if got := guest.Click(); !got.Refused || l.Standing("alice").Clicks != 3 {
		t.Errorf("the guest scores %+v", got)
	}
}

func TestWhoMayNotClaimDoesNot(t *testing.T) {
	l := loaded(t, 0)
	for name, pass := range map[string]ledger.Pass{"root": {Key: "k"}, "guest": {Claims: true}} {
		l.JoinWith(name, pass).Click()
		journaled(l)
		if got := keysOf(l, name); got != "" {
			t.Errorf("%+v has claimed %s: %q", pass, name, got)
		}
	}
}

func TestANewNameWaitsForWhomeverMayMakeIt(t *testing.T) {
	claims := ledger.Pass{Key: "k", Claims: true}
	for _, c := range []struct {
		name  string
		pass  ledger.Pass
		isNew bool
	}{
		{"fresh", ledger.Pass{}, true},
		{"fresh", claims, true},
		{"fresh", ledger.Pass{Key: "k"}, true}, // a name that is everybody's
		{"old", ledger.Pass{}, false},
		{"old", ledger.Pass{Key: "k"}, false},
		{"old", claims, true}, // it would be claimed
		{"capitals", ledger.Pass{}, false},
		{"capitals", claims, true},
		{"kept", ledger.Pass{Key: "k", Claims: true, Kept: true}, false},
		{"bound", claims, false},
	} {
		l := loaded(t, 5, ledger.Balance{Name: "old", Clicks: 3}, ledger.Balance{Name: "Capitals", Clicks: 2})
		l.Propose(ledger.Change{Do: ledger.Bind, Name: "bound", Key: "k"})
		journaled(l)
		s := l.JoinWith(c.name, c.pass)
		score, ok := s.ClickUnlessNew()
		if ok == c.isNew || ok != (score.Total == 6) {
			t.Errorf("%s with %+v: %+v, %v, want it to be new: %v", c.name, c.pass, score, ok, c.isNew)
		}
		if c.isNew {
			if e := l.Take(10, 10); !e.Empty() || s.Standing().Clicks > 3 {
				t.Errorf("%s with %+v: a click that did nothing left %+v", c.name, c.pass, e)
			}
		}
		s.Click()
		if score, ok := s.ClickUnlessNew(); !ok || score.Clicks < 2 {
			t.Errorf("%s with %+v is new after a click: %+v", c.name, c.pass, score)
		}
	}
}

func TestAKeptNameAsksNoKeys(t *testing.T) {
	l := ledger.New()
	if err := l.Load(nil, 0, 0, ledger.Owner{Name: "boss", Keys: []ledger.Key{{Fingerprint: "squatter"}}}); err != nil {
		t.Fatal(err)
	}
	if got := l.JoinWith("boss", ledger.Pass{Key: "k", Kept: true, Claims: true}).Click(); got.Refused {
		t.Error("refused")
	}
	journaled(l)
	if got := keysOf(l, "boss"); got != "squatter" {
		t.Errorf("keys %q", got)
	}
}

func TestOfTwoServersOneGetsTheName(t *testing.T) {
	l := loaded(t, 0)
	ours := l.JoinWith("alice", ledger.Pass{Key: "ours", Claims: true})
	ours.Click()
	own := l.Take(10, 10)
	revision := l.Latest().Keys
	l.Fold(1, ledger.Entry{
		Changes: []ledger.Change{{Do: ledger.Claim, Name: "alice", Key: "theirs"}},
		Clicks:  map[string]uint64{"alice": 1},
	}, false)
	if l.Latest().Keys == revision {
		t.Error("nobody is told that the name has changed hands")
	}
	if got := ours.Click(); !got.Refused {
		t.Errorf("our player scores %+v", got)
	}
	l.Fold(2, own, true)
	if got := keysOf(l, "alice"); got != "theirs" {
		t.Errorf("alice belongs to %q", got)
	}
	if got := l.Standing("alice").Clicks; got != 2 {
		t.Errorf("%d clicks, want both", got)
	}
}

func TestChangesOfKeys(t *testing.T) {
	full := []ledger.Key{}
	for i := range ledger.MaxKeys {
		full = append(full, ledger.Key{Fingerprint: fmt.Sprint("k", i)})
	}
	l := ledger.New()
	if err := l.Load(nil, 0, 0, ledger.Owner{Name: "full", Keys: full}); err != nil {
		t.Fatal(err)
	}
	l.Open()
	for i, c := range []struct {
		ledger.Change

		took bool
		keys string
	}{
		{ledger.Change{Do: ledger.Add, Name: "a", Key: "k2", By: "k1"}, false, ""},
		{ledger.Change{Do: ledger.Claim, Name: "a", Key: "k1"}, true, "k1"},
		{ledger.Change{Do: ledger.Claim, Name: "a", Key: "k2"}, false, "k1"},
		{ledger.Change{Do: ledger.Add, Name: "a", Key: "k2", By: "k3"}, false, "k1"},
		{ledger.Change{Do: ledger.Add, Name: "a", Key: "k2", By: "k1"}, true, "k1 k2"},
		{ledger.Change{Do: ledger.Add, Name: "a", Key: "k2", By: "k1"}, false, "k1 k2"},
		{ledger.Change{Do: ledger.Remove, Name: "a", Key: "k1", By: "k3"}, false, "k1 k2"},
		{ledger.Change{Do: ledger.Remove, Name: "a", Key: "k3", By: "k1"}, false, "k1 k2"},
		{ledger.Change{Do: ledger.Remove, Name: "a", Key: "k1", By: "k1"}, true, "k2"},
		{ledger.Change{Do: ledger.Remove, Name: "a", Key: "k2", By: "k2"}, false, "k2"},
		{ledger.Change{Do: ledger.Bind, Name: "a", Key: "k2"}, true, "k2!"},
		{ledger.Change{Do: ledger.Bind, Name: "a", Key: "k2"}, false, "k2!"},
		{ledger.Change{Do: ledger.Bind, Name: "a", Key: "k4"}, true, "k2! k4!"},
		{ledger.Change{Do: ledger.Bind, Name: "a", Key: "k2", Sole: true}, true, "k2!"},
		{ledger.Change{Do: ledger.Bind, Name: "free", Key: "k2"}, true, "k2!"},
		{ledger.Change{Do: ledger.Add, Name: "full", Key: "k", By: "k1"}, false, ""},
		{ledger.Change{Do: ledger.Bind, Name: "full", Key: "k"}, true, ""},
		{ledger.Change{Do: ledger.Bind, Name: "full", Key: "k", Sole: true}, true, "k!"},
		{ledger.Change{Do: "something else", Name: "a", Key: "k2"}, false, "k2!"},
	} {
		took := l.Propose(c.Change)
		journaled(l)
		if got := <-took; got != c.took {
			t.Errorf("%d: %+v took effect: %v", i, c.Change, got)
		}
		if got := keysOf(l, c.Name); c.keys != "" && got != c.keys {
			t.Errorf("%d: after %+v the keys are %q, want %q", i, c.Change, got, c.keys)
		}
	}
}

func TestAChangeWaitsForTheJournal(t *testing.T) {
	l := loaded(t, 0)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := l.Change(ctx, ledger.Change{Do: ledger.Bind, Name: "a", Key: "k"}); !errors.Is(err, context.Canceled) {
		t.Errorf("Change = %v, want the context's error", err)
	}
	journaled(l)
	if got := keysOf(l, "a"); got != "k!" {
		t.Errorf("keys %q: it should have taken effect later", got)
	}
}

func TestWhoLosesTheKeyScoresNoMore(t *testing.T) {
	l := loaded(t, 0)
	s := l.JoinWith("alice", ledger.Pass{Key: "k1", Claims: true})
	s.Click()
	l.Propose(ledger.Change{Do: ledger.Bind, Name: "alice", Key: "k2", Sole: true})
	journaled(l)
	if got := s.Click(); !got.Refused {
		t.Errorf("%+v", got)
	}
}

// TestTheStoreGetsTheKeysThatTheJournalHas makes random changes, of which some
// saves fail, and compares what was saved with the ledger.
func TestTheStoreGetsTheKeysThatTheJournalHas(t *testing.T) {
	seed := rand.Uint64() //nolint:gosec // a test's choice
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 3)) //nolint:gosec // a test's choice
	l := loaded(t, 0)
	stored := map[string][]ledger.Key{}
	save := func(b ledger.Batch) {
		for _, o := range b.Owners {
			stored[o.Name] = o.Keys
		}
		l.Saved(b, noon)
	}
	dos := []string{ledger.Claim, ledger.Add, ledger.Remove, ledger.Bind}
	key := func() string { return fmt.Sprint("k", rng.IntN(4)) }
	var way []ledger.Entry
	var saving *ledger.Batch
	for range 5000 {
		switch rng.IntN(6) {
		case 0:
			l.JoinWith(fmt.Sprint("p", rng.IntN(5)), ledger.Pass{Key: key(), Claims: true}).Click()
		case 1:
			l.Propose(ledger.Change{Do: dos[rng.IntN(4)], Name: fmt.Sprint("p", rng.IntN(5)), Key: key(), By: key(), Sole: rng.IntN(2) == 0})
		case 2:
			if e := l.Take(rng.IntN(3), 3); !e.Empty() {
				way = append(way, e)
			}
		case 3:
			if len(way) > 0 {
				l.Fold(l.Position()+1, way[0], true)
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
		l.Fold(l.Position()+1, e, true)
	}
	journaled(l)
	save(l.Unsaved())
	for i := range 5 {
		name := fmt.Sprint("p", i)
		if got, want := stored[name], l.Keys(name); !slices.Equal(got, want) {
			t.Errorf("%s is stored with %v, want %v", name, got, want)
		}
	}
	again := ledger.New()
	var owners []ledger.Owner
	for name, keys := range stored {
		owners = append(owners, ledger.Owner{Name: name, Keys: keys})
	}
	if err := again.Load(nil, 0, 0, owners...); err != nil {
		t.Fatal(err)
	}
	for name := range stored {
		if got, want := again.Keys(name), l.Keys(name); !reflect.DeepEqual(got, want) {
			t.Errorf("%s is loaded with %v, want %v", name, got, want)
		}
	}
}

func TestAStoreThatWentBackGetsAllKeysAgain(t *testing.T) {
	l := loaded(t, 0)
	l.JoinWith("alice", ledger.Pass{Key: "k1", Claims: true}).Click()
	journaled(l)
	l.Saved(l.Unsaved(), noon)
	if b := l.Unsaved(); len(b.Owners) > 0 {
		t.Errorf("saved already, and again in %+v", b)
	}
	if !l.StoreAt(0, someTime) {
		t.Fatal("it did not go back")
	}
	if b := l.Unsaved(); len(b.Owners) != 1 || b.Owners[0].Name != "alice" || len(b.Owners[0].Keys) != 1 {
		t.Errorf("the batch has %+v", b.Owners)
	}
}

func TestWhatASeatShowsCanChange(t *testing.T) {
	l := loaded(t, 0)
	l.Propose(ledger.Change{Do: ledger.Bind, Name: "boss", Key: "k1"})
	journaled(l)
	s := l.JoinWith("boss", ledger.Pass{Key: "k2", Claims: true, Kept: true})
	if got := s.Click(); got.Refused {
		t.Errorf("an operator's key: %+v", got)
	}
	s.Show(ledger.Pass{Key: "k2", Claims: true})
	if got := s.Click(); !got.Refused {
		t.Errorf("when the name is not kept any more: %+v", got)
	}
	s.Show(ledger.Pass{Key: "k2", Claims: true, Kept: true})
	if got := s.Click(); got != (ledger.Score{Clicks: 2, Total: 2}) {
		t.Errorf("when it is kept again: %+v", got)
	}
}

// TestNamesOfAKeyAreFoundWhileOthersComeAndGo: looking for them keeps nobody waiting.
func TestNamesOfAKeyAreFoundWhileOthersComeAndGo(t *testing.T) {
	var owners []ledger.Owner
	for i := range 50_000 {
		owners = append(owners, ledger.Owner{Name: fmt.Sprint("p", i), Keys: []ledger.Key{{Fingerprint: fmt.Sprint("k", i%100)}}})
	}
	l := ledger.New()
	if err := l.Load(nil, 0, 0, owners...); err != nil {
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
				l.JoinWith(fmt.Sprint("new", i), ledger.Pass{Key: "other", Claims: true}).Click()
				journaled(l)
			}
		}
	}()
	for range 20 {
		if names := l.NamesOf("k7"); len(names) != 500 || !slices.IsSorted(names) {
			t.Errorf("%d names, want 500 in their order", len(names))
		}
	}
	close(over)
	<-changed
}

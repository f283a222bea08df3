package ledger_test

import (
	"fmt"
	"strings"
	"testing"

	"clickky/sync/game"
	"clickky/sync/ledger"
	"clickky/sync/ledger/ledgertest"
)

// owner returns a session of alice, whose key owns the name.
func owner(l *ledger.Ledger) *ledger.Session {
	return l.JoinWith("alice", ledger.Credentials{Key: "k1"})
}

func TestPreferencesLastOneWins(t *testing.T) {
	l := ledgertest.Game(t)
	one, two := owner(l), owner(l)
	one.SetPreference("light")
	two.SetPreference("dark")
	one.SetPreference("mono")
	if got := two.Preference(); got != "mono" {
		t.Errorf("the other session sees %q", got)
	}
	select {
	case <-l.Due():
	default:
		t.Error("nobody is told that there is something for the journal")
	}
	e := l.Drain(10, 10)
	if len(e.Preferences) != 1 || e.Preferences["alice"] != "mono" || e.Empty() {
		t.Errorf("the event has %+v, want the last choice alone", e)
	}
	if rest := l.Drain(10, 10); !rest.Empty() || len(l.Unsaved().Preferences) != 0 {
		t.Errorf("another event has %+v, and %+v is to be saved", rest, l.Unsaved().Preferences)
	}
	l.Apply(1, e, true)
	one.SetPreference("mono") // again
	if rest := l.Drain(10, 10); !rest.Empty() {
		t.Errorf("what is known makes an event: %+v", rest)
	}
	b := l.Unsaved()
	if len(b.Preferences) != 1 || b.Preferences[0] != (game.Preference{Name: "alice", Text: "mono"}) {
		t.Errorf("the batch has %+v", b.Preferences)
	}
	one.SetPreference("dark") // while it is being saved
	ledgertest.ApplyAll(l)
	l.Saved(b, ledgertest.Noon)
	if b := l.Unsaved(); len(b.Preferences) != 1 || b.Preferences[0].Text != "dark" {
		t.Errorf("the next batch has %+v", b.Preferences)
	}
	l.Saved(l.Unsaved(), ledgertest.Noon)
	if b := l.Unsaved(); len(b.Preferences) != 0 {
		t.Errorf("all is saved, and left are %+v", b.Preferences)
	}
}

func TestPreferencesFollowJournalOrder(t *testing.T) {
	l := ledgertest.Game(t)
	s := owner(l)
	theirs := func(text string) game.Event { return game.Event{Preferences: map[string]string{"alice": text}} }
	s.SetPreference("ours")
	own := l.Drain(10, 10)
	l.Apply(1, theirs("before"), false)
	if got := s.Preference(); got != "ours" {
		t.Errorf("the own choice goes back to %q", got)
	}
	l.Apply(2, own, true)
	if got := s.Preference(); got != "ours" {
		t.Errorf("%q stays of two choices", got)
	}
	l.Apply(3, theirs("after"), false)
	if got := s.Preference(); got != "after" {
		t.Errorf("%q stays of three choices", got)
	}
}

func TestPreferencesOfFreeNameWaitForKey(t *testing.T) {
	newcomer := ledger.Credentials{Key: "k2", Claims: true}
	for name, c := range map[string]struct {
		before func(l *ledger.Ledger)
		finds  string // what the newcomer finds, and keeps as the owner
	}{
		"nobody has chosen": {before: func(*ledger.Ledger) {}},
		"the key itself":    {before: func(l *ledger.Ledger) { l.JoinWith("dave", newcomer).SetPreference("light") }, finds: "light"},
		"a guest":           {before: func(l *ledger.Ledger) { l.Join("dave").SetPreference("light") }},
		"another key": {before: func(l *ledger.Ledger) {
			l.JoinWith("dave", ledger.Credentials{Key: "k3", Claims: true}).SetPreference("light")
		}},
		"another one later": {before: func(l *ledger.Ledger) {
			l.JoinWith("dave", newcomer).SetPreference("light")
			l.Join("dave").SetPreference("dark")
		}},
	} {
		t.Run(name, func(t *testing.T) {
			l := ledgertest.Game(t)
			c.before(l)
			if e := l.Drain(10, 10); !e.Empty() {
				t.Fatalf("before the name belongs to a key there is %+v", e)
			}
			s := l.JoinWith("dave", newcomer)
			if got := s.Preference(); got != c.finds {
				t.Errorf("the newcomer finds %q, want %q", got, c.finds)
			}
			s.Click()
			ledgertest.ApplyAll(l)
			if got := s.Preference(); got != c.finds || ledgertest.SharedPreference(l, "dave") != c.finds {
				t.Errorf("the owner finds %q, want %q", got, c.finds)
			}
			if b := l.Unsaved(); (len(b.Preferences) == 1) != (c.finds != "") {
				t.Errorf("to be saved are %+v", b.Preferences)
			}
		})
	}
}

func TestPreferencesOfGuestStayWithGuests(t *testing.T) {
	l := ledgertest.Game(t)
	l.Join("bob").SetPreference("light")
	if got := l.Join("bob").Preference(); got != "light" {
		t.Errorf("a guest finds %q", got)
	}
	if e := l.Drain(10, 10); !e.Empty() || ledgertest.SharedPreference(l, "bob") != "" {
		t.Errorf("there is %+v, and others find %q", e, ledgertest.SharedPreference(l, "bob"))
	}
	ledgertest.MustApplyAction(t, l, game.AdminAction{Kind: game.ActionRename, Target: "bob", To: "dave"})
	if got := l.Join("dave").Preference() + l.Join("bob").Preference(); got != "light" {
		t.Errorf("after a rename guests find %q", got)
	}
}

func TestPreferencesOfFreeNamesAreBounded(t *testing.T) {
	l := ledgertest.Game(t)
	const names = 25_000
	for i := range names {
		s := l.JoinWith(fmt.Sprint("p", i), ledger.Credentials{Key: fmt.Sprint("k", i), Claims: true})
		s.SetPreference("light")
		s.Leave()
	}
	kept := 0
	for i := range names {
		s := l.JoinWith(fmt.Sprint("p", i), ledger.Credentials{Key: fmt.Sprint("k", i)})
		if s.Preference() != "" {
			kept++
		}
		s.Leave()
	}
	if kept != 10_000 {
		t.Errorf("%d choices are remembered", kept)
	}
	if e, b := l.Drain(1000, 1000), l.Unsaved(); !e.Empty() || len(b.Preferences) > 0 {
		t.Errorf("for the journal there is %+v, for the store %+v", e, b.Preferences)
	}
}

func TestPreferencesNeedOwner(t *testing.T) {
	l := ledgertest.Game(t)
	for _, pass := range []ledger.Credentials{{}, {Key: "k2"}, {Key: "k2", Claims: true}} {
		l.JoinWith("alice", pass).SetPreference("light")
	}
	guest := l.Join("dave")
	guest.SetPreference("dark")
	l.JoinWith("dave", ledger.Credentials{Key: "k2", Claims: true}).Click()
	guest.SetPreference("light") // the guest has not been told yet
	ledgertest.ApplyAll(l)
	if got := ledgertest.SharedPreference(l, "alice") + ledgertest.SharedPreference(l, "dave"); got != "" {
		t.Errorf("%q was chosen by others", got)
	}
}

func TestPreferencesInvalidAreIgnored(t *testing.T) {
	l := ledgertest.Game(t)
	s := owner(l)
	s.SetPreference(strings.Repeat("~", game.MaxPreference))
	want := s.Preference()
	for _, text := range []string{"", strings.Repeat("x", game.MaxPreference+1), "a\nb", "é", "\xff", "\x7f"} {
		s.SetPreference(text)
		if got := s.Preference(); got != want || len(got) != game.MaxPreference {
			t.Errorf("%q is remembered as %q", text, got)
		}
	}
	again := ledger.New()
	err := again.Load(game.Contents{Preferences: []game.Preference{{Name: "a", Text: "light"}, {Name: "b", Text: "\xff"}, {Name: "c"}}})
	if err != nil || ledgertest.SharedPreference(again, "a") != "light" || ledgertest.SharedPreference(again, "b") != "" {
		t.Errorf("restored with %q and %q, %v", ledgertest.SharedPreference(again, "a"), ledgertest.SharedPreference(again, "b"), err)
	}
}

func TestPreferencesFollowRename(t *testing.T) {
	l := ledgertest.Game(t)
	s := owner(l)
	rename := func(from, to string) game.Event {
		return game.Event{At: ledgertest.Noon, Actions: []game.AdminAction{{Kind: game.ActionRename, Target: from, To: to}}}
	}
	s.SetPreference("kept")
	ledgertest.ApplyAll(l)
	l.Saved(l.Unsaved(), ledgertest.Noon)
	s.SetPreference("on its way")
	late := l.Drain(10, 10)
	l.Apply(2, rename("alice", "alicia"), false)
	if got := s.Preference(); got != "on its way" || ledgertest.SharedPreference(l, "alice") != "" {
		t.Errorf("the session finds %q, the old name has %q", got, ledgertest.SharedPreference(l, "alice"))
	}
	l.Apply(3, late, true)
	if got := ledgertest.SharedPreference(l, "alicia") + "/" + ledgertest.SharedPreference(l, "alice"); got != "on its way/" {
		t.Errorf("the names have %q", got)
	}
	b := l.Unsaved()
	for _, c := range b.Preferences {
		if want := map[string]string{"alice": "", "alicia": "on its way"}[c.Name]; c.Text != want {
			t.Errorf("%q is saved for %s, want %q", c.Text, c.Name, want)
		}
	}
	if len(b.Preferences) != 2 {
		t.Errorf("the batch has %+v", b.Preferences)
	}
	s.SetPreference("in no event yet")
	l.Apply(4, rename("alicia", "zoe"), false)
	ledgertest.ApplyAll(l)
	if got := ledgertest.SharedPreference(l, "zoe"); got != "in no event yet" || s.Preference() != got {
		t.Errorf("zoe has %q", got)
	}
	ledgertest.MustApplyAction(t, l, undo(2))
	if got := ledgertest.SharedPreference(l, "alicia"); got != "in no event yet" {
		t.Errorf("after undoing it alicia has %q", got)
	}
	l.Apply(l.Position()+1, game.Event{Preferences: map[string]string{"alice": "theirs"}}, false) // before any rename
	if got := s.Preference(); got != "theirs" {
		t.Errorf("a choice from another server is lost: %q", got)
	}
}

func TestPreferencesFollowRenameOfCapitals(t *testing.T) {
	l := ledger.New()
	err := l.Load(game.Contents{
		Players: []game.Player{{Name: "Alice", Clicks: 7}}, Total: 7,
		Owners: []game.Owner{{Name: "alice", Keys: []game.Key{{Fingerprint: "k1"}}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	l.Open()
	s := owner(l)
	s.SetPreference("light")
	ledgertest.ApplyAll(l)
	if b := l.Unsaved(); len(b.Preferences) != 1 || b.Preferences[0].Name != "alice" {
		t.Errorf("the batch has %+v", b.Preferences)
	}
	s.SetPreference("dark")
	late := l.Drain(10, 10)
	l.Apply(2, game.Event{At: ledgertest.Noon, Actions: []game.AdminAction{{Kind: game.ActionRename, Target: "Alice", To: "alicia"}}}, false)
	l.Apply(3, late, true)
	l.Apply(4, game.Event{LastAction: 1, Preferences: map[string]string{"alicia": "mono"}}, false)
	if got := s.Preference(); got != "mono" {
		t.Errorf("alicia has %q", got)
	}
}

func TestPreferencesEndWithDelete(t *testing.T) {
	l := ledgertest.Game(t)
	s := owner(l)
	s.SetPreference("kept")
	ledgertest.ApplyAll(l)
	s.SetPreference("on its way")
	late := l.Drain(10, 10)
	s.SetPreference("in no event yet")
	l.Apply(2, game.Event{At: ledgertest.Noon, Actions: []game.AdminAction{{Kind: game.ActionDelete, Target: "alice"}}}, false)
	if got := s.Preference(); got != "" {
		t.Errorf("the session finds %q", got)
	}
	again := l.JoinWith("alice", ledger.Credentials{Key: "k2", Claims: true})
	l.Apply(l.Position()+1, game.Event{ // from another server
		At: ledgertest.Noon, LastAction: 1, KeyChanges: []game.KeyChange{{Kind: game.KeyClaim, Name: "alice", Key: "k2"}},
		Clicks: map[string]uint64{"alice": 1},
	}, false)
	again.SetPreference("the next one's")
	l.Apply(l.Position()+1, late, true)
	l.Apply(l.Position()+1, game.Event{Preferences: map[string]string{"alice": "of a server that did not know"}}, false)
	ledgertest.ApplyAll(l)
	if got := again.Preference(); got != "the next one's" || ledgertest.SharedPreference(l, "alice") != got {
		t.Errorf("the next alice finds %q", got)
	}
}

func TestPreferencesOutliveRelease(t *testing.T) {
	l := ledgertest.Game(t)
	l.ProposeKeyChange(game.KeyChange{Kind: game.KeyBind, Name: "dave", Key: "k1"}) // who has never clicked
	ledgertest.ApplyAll(l)
	for _, name := range []string{"alice", "dave"} {
		s := l.JoinWith(name, ledger.Credentials{Key: "k1"})
		s.SetPreference("light")
		ledgertest.ApplyAll(l)
		ledgertest.MustApplyAction(t, l, game.AdminAction{Kind: game.ActionRelease, Target: name})
		s.SetPreference("in nobody's event")
		ledgertest.ApplyAll(l)
	}
	if got := ledgertest.SharedPreference(l, "alice") + "/" + ledgertest.SharedPreference(l, "dave"); got != "light/" {
		t.Errorf("the names have %q, want the player's alone", got)
	}
}

// TestPreferencesOfMergedNames has dave lose a name, which alice gets then.
func TestPreferencesOfMergedNames(t *testing.T) {
	act := func(a game.AdminAction) game.Event {
		return game.Event{At: ledgertest.Noon, Actions: []game.AdminAction{a}}
	}
	release := act(game.AdminAction{Kind: game.ActionRelease, Target: "dave"})
	rename := act(game.AdminAction{Kind: game.ActionRename, Target: "alice", To: "dave"})
	for name, c := range map[string]struct {
		onItsWay, later, again bool // what dave chooses before, and whether alice does again
		want                   string
	}{
		"nothing is on its way":   {want: "alice's"},
		"it is in an event":       {onItsWay: true, want: "dave's"}, // which comes after alice's
		"it is in no event yet":   {later: true, want: "alice's"},
		"both":                    {onItsWay: true, later: true, want: "dave's"},
		"alice chooses once more": {onItsWay: true, again: true, want: "alice's again"},
	} {
		t.Run(name, func(t *testing.T) {
			for range 10 { // in whatever order a map has
				l := ledgertest.Game(t)
				l.ProposeKeyChange(game.KeyChange{Kind: game.KeyBind, Name: "dave", Key: "k2"})
				ledgertest.ApplyAll(l)
				alice, dave := owner(l), l.JoinWith("dave", ledger.Credentials{Key: "k2"})
				alice.SetPreference("alice's")
				if c.onItsWay {
					dave.SetPreference("dave's")
				}
				late := l.Drain(10, 10)
				if c.later {
					dave.SetPreference("never told")
				}
				if c.again {
					alice.SetPreference("alice's again")
				}
				l.Apply(l.Position()+1, release, false)
				l.Apply(l.Position()+1, rename, false)
				l.Apply(l.Position()+1, late, true)
				ledgertest.ApplyAll(l)
				if got := alice.Preference(); got != c.want || ledgertest.SharedPreference(l, "dave") != got {
					t.Fatalf("alice, who is dave now, finds %q, want %q", got, c.want)
				}
				l.Apply(l.Position()+1, game.Event{LastAction: 2, Preferences: map[string]string{"dave": "another server's"}}, false)
				if got := alice.Preference(); got != "another server's" {
					t.Fatalf("%q is there for good", got)
				}
			}
		})
	}
}

func TestPreferencesOfLostNameAreDropped(t *testing.T) {
	l := ledgertest.Game(t)
	l.Apply(1, game.Event{Preferences: map[string]string{"dave": "light", "bob": "dark"}}, false)
	if got := ledgertest.SharedPreference(l, "dave") + "/" + ledgertest.SharedPreference(l, "bob"); got != "/dark" || len(l.Unsaved().Preferences) != 1 {
		t.Errorf("the names have %q, to be saved is %+v", got, l.Unsaved().Preferences)
	}
}

func TestPreferencesAreSavedAgainToRestoredStore(t *testing.T) {
	l := ledgertest.Game(t)
	l.ProposeKeyChange(game.KeyChange{Kind: game.KeyBind, Name: "bob", Key: "k1"})
	ledgertest.ApplyAll(l)
	owner(l).SetPreference("light")
	l.JoinWith("bob", ledger.Credentials{Key: "k1"}).SetPreference("dark")
	ledgertest.ApplyAll(l)
	ledgertest.MustApplyAction(t, l, game.AdminAction{Kind: game.ActionRename, Target: "alice", To: "alicia"})
	ledgertest.MustApplyAction(t, l, game.AdminAction{Kind: game.ActionDelete, Target: "bob"})
	l.Saved(l.Unsaved(), ledgertest.Noon)
	if !l.SetStorePosition(0, ledgertest.Noon) {
		t.Fatal("it did not go back")
	}
	got := map[string]string{}
	for _, c := range l.Unsaved().Preferences {
		got[c.Name] = c.Text
	}
	if len(got) != 3 || got["alicia"] != "light" {
		t.Errorf("the batch has %v, want what the store is to lose as well", got)
	}
}

func TestPreferencesPerEventAreBounded(t *testing.T) {
	l := ledger.New()
	owners := make([]game.Owner, game.MaxEventPreferences+1)
	for i := range owners {
		owners[i] = game.Owner{Name: fmt.Sprint("p", i), Keys: []game.Key{{Fingerprint: "k"}}}
	}
	if err := l.Load(game.Contents{Owners: owners}); err != nil {
		t.Fatal(err)
	}
	l.Open()
	for _, o := range owners {
		l.JoinWith(o.Name, ledger.Credentials{Key: "k"}).SetPreference("light")
	}
	first, second := l.Drain(1000, 0), l.Drain(1000, 0)
	if len(first.Preferences) != game.MaxEventPreferences || len(second.Preferences) != 1 {
		t.Errorf("the entries have %d and %d", len(first.Preferences), len(second.Preferences))
	}
}

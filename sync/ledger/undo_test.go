package ledger_test

import (
	"strings"
	"testing"

	"clickky/sync/ledger"
)

func TestUndoAfterSomethingCameInBetween(t *testing.T) {
	set := func(target string, clicks uint64) ledger.Act {
		return ledger.Act{Do: ledger.SetCount, Target: target, Clicks: clicks}
	}
	rename := func(target, to string) ledger.Act { return ledger.Act{Do: ledger.Rename, Target: target, To: to} }
	remove := ledger.Act{Do: ledger.Delete, Target: "alice"}
	release := ledger.Act{Do: ledger.Release, Target: "alice"}
	for name, c := range map[string]struct {
		acts    []ledger.Act // all of them possible
		undo    uint64
		refused string
		after   string
		key     string
	}{
		"a count that was set again":         {acts: []ledger.Act{set("bob", 9), set("bob", 1)}, undo: 1, refused: "#2 set the count again"},
		"one that is not set any more":       {acts: []ledger.Act{set("bob", 9), set("bob", 1), undo(2)}, undo: 1, after: "bob 3", key: "k1"},
		"one of whoever was renamed":         {acts: []ledger.Act{set("bob", 9), rename("bob", "dave")}, undo: 1, after: "dave 3", key: "k1"},
		"one set again under another name":   {acts: []ledger.Act{set("bob", 9), rename("bob", "dave"), set("dave", 1)}, undo: 1, refused: "#3 set the count again"},
		"one of another with the same name":  {acts: []ledger.Act{set("bob", 4), rename("bob", "dave"), rename("carol", "bob"), set("bob", 6)}, undo: 1, after: "dave 3", key: "k1"},
		"one of whoever was deleted":         {acts: []ledger.Act{set("alice", 9), remove}, undo: 1, refused: "deleted later by #2"},
		"one of whoever is back":             {acts: []ledger.Act{set("alice", 9), remove, undo(2)}, undo: 1, after: "alice 7", key: "k1"},
		"one of somebody who had left":       {acts: []ledger.Act{remove, rename("bob", "alice"), rename("alice", "dave"), undo(1), set("alice", 8)}, undo: 5, after: "alice 7", key: "k1"},
		"a name that was changed again":      {acts: []ledger.Act{rename("alice", "alicia"), rename("alicia", "dave")}, undo: 1, refused: "was later renamed to dave"},
		"one that somebody has taken":        {acts: []ledger.Act{rename("alice", "alicia"), rename("bob", "alice")}, undo: 1, refused: "the name alice is taken"},
		"one that was given up again":        {acts: []ledger.Act{rename("alice", "alicia"), rename("bob", "alice"), rename("alice", "bob")}, undo: 1, after: "alice 7", key: "k1"},
		"a name of which the count was set":  {acts: []ledger.Act{rename("alice", "alicia"), set("alicia", 9)}, undo: 1, after: "alice 9", key: "k1"},
		"a player whose name is taken":       {acts: []ledger.Act{remove, rename("bob", "alice")}, undo: 1, refused: "the name alice is taken"},
		"the keys of whoever was renamed":    {acts: []ledger.Act{release, rename("alice", "alicia")}, undo: 1, after: "alicia 7"},
		"the keys of whoever was deleted":    {acts: []ledger.Act{release, remove}, undo: 1, refused: "deleted later"},
		"a kick":                             {acts: []ledger.Act{{Do: ledger.Kick, Target: "bob"}}, undo: 1, refused: "can't be undone"},
		"a message":                          {acts: []ledger.Act{{Do: ledger.Message, Text: "hello"}}, undo: 1, refused: "can't be undone"},
		"the keys of a player who came back": {acts: []ledger.Act{release, remove, undo(2)}, undo: 1, after: "alice 7", key: "k1"},
	} {
		t.Run(name, func(t *testing.T) {
			l := game(t)
			for _, a := range c.acts {
				must(t, l, a)
			}
			if c.refused != "" {
				wantRefused(t, l, undo(c.undo), c.refused)
				return
			}
			must(t, l, undo(c.undo))
			if got := standings(l); !strings.Contains(got, c.after+",") {
				t.Errorf("%s, want %s in it", got, c.after)
			}
			if got := keysOf(l, "alice"); got != c.key {
				t.Errorf("alice belongs to %q, want %q", got, c.key)
			}
		})
	}
}

func TestClicksSinceAreKeptWhenACountIsUndone(t *testing.T) {
	l := game(t)
	bob := l.Join("bob")
	bob.Click() // in no event yet
	l.Fold(1, ledger.Entry{At: noon, Acts: []ledger.Act{{Do: ledger.SetCount, Target: "bob", Clicks: 100}}}, false)
	if got := bob.Click(); got.Clicks != 102 {
		t.Errorf("bob has %d, want 100 and two clicks", got.Clicks)
	}
	must(t, l, undo(1))
	if got := bob.Standing().Clicks; got != 5 {
		t.Errorf("bob has %d, want 3 and two clicks", got)
	}
}

// TestACountThatWasLoweredInTheDatabaseIsNotUndone: an import may do that.
func TestACountThatWasLoweredInTheDatabaseIsNotUndone(t *testing.T) {
	set := ledger.Record{
		Number: 1, Do: ledger.SetCount, Target: "bob",
		Before: ledger.State{Name: "bob", Player: true, Clicks: 3},
		After:  ledger.State{Name: "bob", Player: true, Clicks: 100},
	}
	l := ledger.New()
	if err := l.Restore(ledger.Contents{Players: []ledger.Balance{{Name: "bob", Clicks: 50}}, Records: []ledger.Record{set}}); err != nil {
		t.Fatal(err)
	}
	l.Open()
	wantRefused(t, l, undo(1), "bob now has fewer clicks than #1 gave them")
	if got := l.Standing("bob").Clicks; got != 50 {
		t.Errorf("bob has %d clicks, want 50", got)
	}
}

func TestTheOldestRecordsAreForgotten(t *testing.T) {
	l := game(t)
	must(t, l, ledger.Act{Do: ledger.Rename, Target: "bob", To: "dave"})
	must(t, l, ledger.Act{Do: ledger.SetCount, Target: "alice", Clicks: 9})
	for range ledger.KeptRecords - 1 {
		l.Fold(l.Position()+1, ledger.Entry{At: noon, Acts: []ledger.Act{{Do: ledger.Message, Text: "."}}}, false)
	}
	records := l.Audit(1_000_000, 0)
	if len(records) != ledger.KeptRecords || records[len(records)-1].Number != 2 {
		t.Errorf("%d records, back to %d", len(records), records[len(records)-1].Number)
	}
	wantRefused(t, l, undo(1), "it's too old")
	must(t, l, undo(2))
	again := ledger.New()
	if err := again.Restore(ledger.Contents{Records: l.Unsaved().Records}); err != nil || again.LastAct() != l.LastAct() {
		t.Errorf("restored with %d acts, %v", again.LastAct(), err)
	}
}

func TestRecordsBeforeAGapAreForgotten(t *testing.T) {
	l := game(t)
	for _, clicks := range []uint64{1, 2, 4, 8} {
		must(t, l, ledger.Act{Do: ledger.SetCount, Target: "bob", Clicks: clicks})
	}
	b := l.Unsaved()
	again := ledger.New()
	err := again.Restore(ledger.Contents{Players: b.Players, Records: append(b.Records[:1:1], b.Records[2:]...)})
	if err != nil {
		t.Fatal(err)
	}
	wantRefused(t, again, undo(1), "it's too old")
	wantRefused(t, again, undo(2), "it's too old")
	must(t, again, undo(4))
	must(t, again, undo(3))
	if got := again.Standing("bob").Clicks; got != 2 {
		t.Errorf("bob has %d clicks, want 2", got)
	}
}

package ledger_test

import (
	"strings"
	"testing"

	"clickky/sync/game"
	"clickky/sync/ledger"
	"clickky/sync/ledger/ledgertest"
)

func TestUndoAfterLaterActions(t *testing.T) {
	set := func(target string, clicks uint64) game.AdminAction {
		return game.AdminAction{Kind: game.ActionSetCount, Target: target, Clicks: clicks}
	}
	rename := func(target, to string) game.AdminAction {
		return game.AdminAction{Kind: game.ActionRename, Target: target, To: to}
	}
	remove := game.AdminAction{Kind: game.ActionDelete, Target: "alice"}
	release := game.AdminAction{Kind: game.ActionRelease, Target: "alice"}
	for name, c := range map[string]struct {
		acts    []game.AdminAction // all of them possible
		undo    uint64
		refused string
		after   string
		key     string
	}{
		"a count that was set again":         {acts: []game.AdminAction{set("bob", 9), set("bob", 1)}, undo: 1, refused: "#2 set the count again"},
		"one that is not set any more":       {acts: []game.AdminAction{set("bob", 9), set("bob", 1), undo(2)}, undo: 1, after: "bob 3", key: "k1"},
		"one of whoever was renamed":         {acts: []game.AdminAction{set("bob", 9), rename("bob", "dave")}, undo: 1, after: "dave 3", key: "k1"},
		"one set again under another name":   {acts: []game.AdminAction{set("bob", 9), rename("bob", "dave"), set("dave", 1)}, undo: 1, refused: "#3 set the count again"},
		"one of another with the same name":  {acts: []game.AdminAction{set("bob", 4), rename("bob", "dave"), rename("carol", "bob"), set("bob", 6)}, undo: 1, after: "dave 3", key: "k1"},
		"one of whoever was deleted":         {acts: []game.AdminAction{set("alice", 9), remove}, undo: 1, refused: "deleted later by #2"},
		"one of whoever is back":             {acts: []game.AdminAction{set("alice", 9), remove, undo(2)}, undo: 1, after: "alice 7", key: "k1"},
		"one of somebody who had left":       {acts: []game.AdminAction{remove, rename("bob", "alice"), rename("alice", "dave"), undo(1), set("alice", 8)}, undo: 5, after: "alice 7", key: "k1"},
		"a name that was changed again":      {acts: []game.AdminAction{rename("alice", "alicia"), rename("alicia", "dave")}, undo: 1, refused: "was later renamed to dave"},
		"one that somebody has taken":        {acts: []game.AdminAction{rename("alice", "alicia"), rename("bob", "alice")}, undo: 1, refused: "the name alice is taken"},
		"one that was given up again":        {acts: []game.AdminAction{rename("alice", "alicia"), rename("bob", "alice"), rename("alice", "bob")}, undo: 1, after: "alice 7", key: "k1"},
		"a name of which the count was set":  {acts: []game.AdminAction{rename("alice", "alicia"), set("alicia", 9)}, undo: 1, after: "alice 9", key: "k1"},
		"a player whose name is taken":       {acts: []game.AdminAction{remove, rename("bob", "alice")}, undo: 1, refused: "the name alice is taken"},
		"the keys of whoever was renamed":    {acts: []game.AdminAction{release, rename("alice", "alicia")}, undo: 1, after: "alicia 7"},
		"the keys of whoever was deleted":    {acts: []game.AdminAction{release, remove}, undo: 1, refused: "deleted later"},
		"a kick":                             {acts: []game.AdminAction{{Kind: game.ActionKick, Target: "bob"}}, undo: 1, refused: "can't be undone"},
		"a message":                          {acts: []game.AdminAction{{Kind: game.ActionMessage, Text: "hello"}}, undo: 1, refused: "can't be undone"},
		"the keys of a player who came back": {acts: []game.AdminAction{release, remove, undo(2)}, undo: 1, after: "alice 7", key: "k1"},
	} {
		t.Run(name, func(t *testing.T) {
			l := ledgertest.Game(t)
			for _, a := range c.acts {
				ledgertest.MustApplyAction(t, l, a)
			}
			if c.refused != "" {
				wantRefused(t, l, undo(c.undo), c.refused)
				return
			}
			ledgertest.MustApplyAction(t, l, undo(c.undo))
			if got := standings(l); !strings.Contains(got, c.after+",") {
				t.Errorf("%s, want %s in it", got, c.after)
			}
			if got := ledgertest.KeysOf(l, "alice"); got != c.key {
				t.Errorf("alice belongs to %q, want %q", got, c.key)
			}
		})
	}
}

func TestUndoOfCountKeepsLaterClicks(t *testing.T) {
	l := ledgertest.Game(t)
	bob := l.Join("bob")
	bob.Click() // in no event yet
	l.Apply(1, game.Event{At: ledgertest.Noon, Actions: []game.AdminAction{{Kind: game.ActionSetCount, Target: "bob", Clicks: 100}}}, false)
	if got := bob.Click(); got.Clicks != 102 {
		t.Errorf("bob has %d, want 100 and two clicks", got.Clicks)
	}
	ledgertest.MustApplyAction(t, l, undo(1))
	if got := bob.Standing().Clicks; got != 5 {
		t.Errorf("bob has %d, want 3 and two clicks", got)
	}
}

// TestUndoSkipsCountLoweredInDatabase covers what an import may do.
func TestUndoSkipsCountLoweredInDatabase(t *testing.T) {
	set := game.AuditRecord{
		Number: 1, Kind: game.ActionSetCount, Target: "bob",
		Before: game.TargetState{Name: "bob", Player: true, Clicks: 3},
		After:  game.TargetState{Name: "bob", Player: true, Clicks: 100},
	}
	l := ledger.New()
	if err := l.Load(game.Contents{Players: []game.Player{{Name: "bob", Clicks: 50}}, Records: []game.AuditRecord{set}}); err != nil {
		t.Fatal(err)
	}
	l.Open()
	wantRefused(t, l, undo(1), "bob now has fewer clicks than #1 gave them")
	if got := l.Standing("bob").Clicks; got != 50 {
		t.Errorf("bob has %d clicks, want 50", got)
	}
}

func TestAuditRecordsAreBounded(t *testing.T) {
	l := ledgertest.Game(t)
	ledgertest.MustApplyAction(t, l, game.AdminAction{Kind: game.ActionRename, Target: "bob", To: "dave"})
	ledgertest.MustApplyAction(t, l, game.AdminAction{Kind: game.ActionSetCount, Target: "alice", Clicks: 9})
	for range game.KeptRecords - 1 {
		l.Apply(l.Position()+1, game.Event{At: ledgertest.Noon, Actions: []game.AdminAction{{Kind: game.ActionMessage, Text: "."}}}, false)
	}
	records := l.Audit(1_000_000, 0)
	if len(records) != game.KeptRecords || records[len(records)-1].Number != 2 {
		t.Errorf("%d records, back to %d", len(records), records[len(records)-1].Number)
	}
	wantRefused(t, l, undo(1), "it's too old")
	ledgertest.MustApplyAction(t, l, undo(2))
	again := ledger.New()
	if err := again.Load(game.Contents{Records: l.Unsaved().Records}); err != nil || again.Status().LastAction != l.Status().LastAction {
		t.Errorf("restored with %d acts, %v", again.Status().LastAction, err)
	}
}

func TestAuditRecordsBeforeGapAreDropped(t *testing.T) {
	l := ledgertest.Game(t)
	for _, clicks := range []uint64{1, 2, 4, 8} {
		ledgertest.MustApplyAction(t, l, game.AdminAction{Kind: game.ActionSetCount, Target: "bob", Clicks: clicks})
	}
	b := l.Unsaved()
	again := ledger.New()
	err := again.Load(game.Contents{Players: b.Players, Records: append(b.Records[:1:1], b.Records[2:]...)})
	if err != nil {
		t.Fatal(err)
	}
	wantRefused(t, again, undo(1), "it's too old")
	wantRefused(t, again, undo(2), "it's too old")
	ledgertest.MustApplyAction(t, again, undo(4))
	ledgertest.MustApplyAction(t, again, undo(3))
	if got := again.Standing("bob").Clicks; got != 2 {
		t.Errorf("bob has %d clicks, want 2", got)
	}
}

package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"clickky/sync/game"
	"clickky/sync/ledger"
	"clickky/sync/ledger/ledgertest"
)

// wantRefused proposes an impossible action, and requires its rejection to say why.
func wantRefused(t *testing.T, l *ledger.Ledger, a game.AdminAction, why string) {
	t.Helper()
	last := l.Status().LastAction
	if r, err := ledgertest.ApplyAction(t, l, ledgertest.Noon, a); !errors.Is(err, game.ErrImpossible) || !strings.Contains(err.Error(), why) || l.Status().LastAction != last {
		t.Errorf("%+v: %+v, %v; want it refused because %q", a, r, err, why)
	}
}

func undo(number uint64) game.AdminAction {
	return game.AdminAction{Kind: game.ActionUndo, Number: number}
}

// standings returns all players with rank, name and clicks, and the global count.
func standings(l *ledger.Ledger) string {
	var s strings.Builder
	for _, name := range []string{"Alice", "alice", "alicia", "bob", "carol", "dave"} {
		if at := l.Standing(name); at.Name == name && (at.Clicks > 0 || at.Of == l.Status().Players) {
			fmt.Fprintf(&s, "%d. %s %d, ", at.Rank, at.Name, at.Clicks)
		}
	}
	fmt.Fprintf(&s, "of %d", l.Status().Total)
	return s.String()
}

func TestAdminAction(t *testing.T) {
	for name, c := range map[string]struct {
		game.AdminAction

		refused string // why, if it is
		after   string
		keys    string // of alice, and of alicia
		undone  string // after undoing it; empty: as before
	}{
		"raise a count":             {AdminAction: game.AdminAction{Kind: game.ActionSetCount, Target: "bob", Clicks: 6}, after: "1. alice 7, 2. bob 6, 3. carol 5, of 20"},
		"lower a count":             {AdminAction: game.AdminAction{Kind: game.ActionSetCount, Target: "alice", Clicks: 4}, after: "2. alice 4, 3. bob 3, 1. carol 5, of 20"},
		"lower it to nothing":       {AdminAction: game.AdminAction{Kind: game.ActionSetCount, Target: "alice"}, after: "3. alice 0, 2. bob 3, 1. carol 5, of 20"},
		"the same count":            {AdminAction: game.AdminAction{Kind: game.ActionSetCount, Target: "bob", Clicks: 3}, after: "1. alice 7, 3. bob 3, 2. carol 5, of 20"},
		"to share a rank":           {AdminAction: game.AdminAction{Kind: game.ActionSetCount, Target: "bob", Clicks: 7}, after: "1. alice 7, 1. bob 7, 3. carol 5, of 20"},
		"more than everybody":       {AdminAction: game.AdminAction{Kind: game.ActionSetCount, Target: "bob", Clicks: 10}, after: "2. alice 7, 1. bob 10, 3. carol 5, of 22", undone: "1. alice 7, 3. bob 3, 2. carol 5, of 22"},
		"a count of nobody":         {AdminAction: game.AdminAction{Kind: game.ActionSetCount, Target: "dave", Clicks: 1}, refused: "there's no player dave"},
		"a slip of the finger":      {AdminAction: game.AdminAction{Kind: game.ActionSetCount, Target: "bob", Clicks: 1 << 60}, refused: "at most"},
		"rename":                    {AdminAction: game.AdminAction{Kind: game.ActionRename, Target: "alice", To: "alicia"}, after: "1. alicia 7, 3. bob 3, 2. carol 5, of 20", keys: "/k1"},
		"rename who has no key":     {AdminAction: game.AdminAction{Kind: game.ActionRename, Target: "bob", To: "dave"}, after: "1. alice 7, 2. carol 5, 3. dave 3, of 20"},
		"take somebody's name":      {AdminAction: game.AdminAction{Kind: game.ActionRename, Target: "alice", To: "bob"}, refused: "the name bob is taken"},
		"take a name with a key":    {AdminAction: game.AdminAction{Kind: game.ActionRename, Target: "bob", To: "alice"}, refused: "the name alice is taken"},
		"keep the name":             {AdminAction: game.AdminAction{Kind: game.ActionRename, Target: "bob", To: "bob"}, refused: "is taken"},
		"no name":                   {AdminAction: game.AdminAction{Kind: game.ActionRename, Target: "bob", To: ""}, refused: "isn't a valid name"},
		"a name with capitals":      {AdminAction: game.AdminAction{Kind: game.ActionRename, Target: "bob", To: "Bobby"}, refused: "isn't a valid name"},
		"rename nobody":             {AdminAction: game.AdminAction{Kind: game.ActionRename, Target: "dave", To: "erin"}, refused: "there's no player dave"},
		"delete":                    {AdminAction: game.AdminAction{Kind: game.ActionDelete, Target: "alice"}, after: "2. bob 3, 1. carol 5, of 20", keys: "/"},
		"delete nobody":             {AdminAction: game.AdminAction{Kind: game.ActionDelete, Target: "dave"}, refused: "there's no player dave"},
		"delete without a name":     {AdminAction: game.AdminAction{Kind: game.ActionDelete}, refused: "the player is missing"},
		"release":                   {AdminAction: game.AdminAction{Kind: game.ActionRelease, Target: "alice"}, after: "1. alice 7, 3. bob 3, 2. carol 5, of 20", keys: "/"},
		"release a free name":       {AdminAction: game.AdminAction{Kind: game.ActionRelease, Target: "bob"}, refused: "the name bob has no key"},
		"release nobody":            {AdminAction: game.AdminAction{Kind: game.ActionRelease, Target: "dave"}, refused: "there's no player"},
		"unban who is not banned":   {AdminAction: game.AdminAction{Kind: game.ActionUnban, Target: "192.0.2.1"}, refused: "192.0.2.1/32 isn't banned"},
		"ban a name":                {AdminAction: game.AdminAction{Kind: game.ActionBan, Target: "alice", Until: ledgertest.Noon.Add(time.Hour)}, refused: "neither a key"},
		"ban for no time":           {AdminAction: game.AdminAction{Kind: game.ActionBan, Target: "192.0.2.1", Until: ledgertest.Noon}, refused: "in the past"},
		"ban without a time":        {AdminAction: game.AdminAction{Kind: game.ActionBan, Target: "192.0.2.1"}, refused: "the end of the ban"},
		"say nothing":               {AdminAction: game.AdminAction{Kind: game.ActionMessage, Text: " "}, refused: "empty"},
		"say too much":              {AdminAction: game.AdminAction{Kind: game.ActionMessage, Text: strings.Repeat("é", 501)}, refused: "longer than 500 characters"},
		"undo what never was":       {AdminAction: undo(1), refused: "there's no #1"},
		"undo nothing":              {AdminAction: undo(0), refused: "there's no #0"},
		"something that is unknown": {AdminAction: game.AdminAction{Kind: "promote", Target: "bob"}, refused: "promote"},
	} {
		t.Run(name, func(t *testing.T) {
			l := ledgertest.Game(t)
			before := standings(l)
			if c.refused != "" {
				wantRefused(t, l, c.AdminAction, c.refused)
				c.after = before
			} else if r := ledgertest.MustApplyAction(t, l, c.AdminAction); r.Number != 1 || r.Admin != "boss" || r.Key != "SHA256:boss" || r.Reason != "why" ||
				!r.At.Equal(ledgertest.Noon.Truncate(time.Second)) || r.Target != c.Target {
				t.Errorf("record %+v", r)
			}
			if got := standings(l); got != c.after {
				t.Errorf("after it %s, want %s", got, c.after)
			}
			if c.keys == "" {
				c.keys = "k1/"
			}
			if got := ledgertest.KeysOf(l, "alice") + "/" + ledgertest.KeysOf(l, "alicia"); got != c.keys {
				t.Errorf("keys %s, want %s", got, c.keys)
			}
			if c.refused != "" {
				return
			}
			if c.undone == "" {
				c.undone = before
			}
			r := ledgertest.MustApplyAction(t, l, undo(1))
			if got := standings(l); got != c.undone || ledgertest.KeysOf(l, "alice") != "k1" {
				t.Errorf("undone %s with the key %s, want %s", got, ledgertest.KeysOf(l, "alice"), c.undone)
			}
			if first := l.Audit(1, 2)[0]; first.UndoneBy != 2 || r.After.Undone != 1 {
				t.Errorf("the records are %+v and %+v", first, r)
			}
			wantRefused(t, l, undo(1), "#1 was already undone by #2")
			wantRefused(t, l, undo(2), "repeat the original action")
		})
	}
}

func TestAuditRecordHasBeforeAndAfter(t *testing.T) {
	l := ledgertest.Game(t)
	alice := game.TargetState{Name: "alice", Player: true, Clicks: 7, Keys: l.Keys("alice")}
	alicia := alice
	alicia.Name = "alicia"
	for _, c := range []struct {
		game.AdminAction

		before, after game.TargetState
	}{
		{game.AdminAction{Kind: game.ActionRename, Target: "alice", To: "alicia"}, alice, alicia},
		{undo(1), alicia, alice},
		{
			game.AdminAction{Kind: game.ActionSetCount, Target: "alice", Clicks: 9},
			game.TargetState{Name: "alice", Player: true, Clicks: 7},
			game.TargetState{Name: "alice", Player: true, Clicks: 9},
		},
		{game.AdminAction{Kind: game.ActionKick, Target: "alice", Text: "bye"}, game.TargetState{}, game.TargetState{Text: "bye"}},
		{
			game.AdminAction{Kind: game.ActionBan, Target: "2001:db8::1/64", Until: ledgertest.Noon.Add(time.Hour)},
			game.TargetState{},
			game.TargetState{Until: ledgertest.Noon.Truncate(time.Second).Add(time.Hour)},
		},
	} {
		r := ledgertest.MustApplyAction(t, l, c.AdminAction)
		if c.Kind == game.ActionUndo {
			c.after.Undone = c.Number
		}
		if !reflect.DeepEqual(r.Before, c.before) || !reflect.DeepEqual(r.After, c.after) {
			t.Errorf("%s: from %+v to %+v, want from %+v to %+v", c.Kind, r.Before, r.After, c.before, c.after)
		}
	}
	if got := l.Audit(1, 0)[0].Target; got != "2001:db8::/64" {
		t.Errorf("the ban is of %s", got)
	}
}

func TestAuditRecordsFollowJournalOrder(t *testing.T) {
	l := ledgertest.Game(t)
	told := make(chan []game.AuditRecord)
	go func() {
		var after uint64
		for {
			records, err := l.AwaitRecords(t.Context(), after)
			if err != nil {
				close(told)
				return
			}
			after = records[len(records)-1].Number
			told <- records
		}
	}()
	acts := []game.AdminAction{
		{Kind: game.ActionMessage, Admin: "other", Text: "hello"},
		{Kind: game.ActionKick, Admin: "other", Target: "nobody"},
		{Kind: game.ActionDelete, Admin: "other", Target: "nobody"}, // is not possible
		{Kind: game.ActionKick, Admin: "other", Target: "bob", Text: "bye"},
	}
	l.Apply(1, game.Event{At: ledgertest.Noon, Actions: acts[:1]}, false)
	l.Apply(2, game.Event{At: ledgertest.Noon, Actions: acts[1:]}, false)
	var got []game.AuditRecord
	for len(got) < 3 {
		got = append(got, <-told...)
	}
	if got[0].After.Text != "hello" || got[1].Target != "nobody" || got[2].Target != "bob" || got[2].Number != 3 {
		t.Errorf("told %+v", got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if records, err := l.AwaitRecords(ctx, l.Status().LastAction); !errors.Is(err, context.Canceled) {
		t.Errorf("Acts = %v, %v after the context ended", records, err)
	}
	if got := l.Audit(2, 3); len(got) != 2 || got[0].Number != 2 || got[1].Number != 1 {
		t.Errorf("Audit = %+v", got)
	}
}

func TestAdminActionOutlivesContextOfCaller(t *testing.T) {
	l := ledgertest.Game(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := ledgertest.SubmitAction(ctx, l, game.AdminAction{Kind: game.ActionDelete, Target: "bob"}); !errors.Is(err, context.Canceled) {
		t.Errorf("Act = %v, want the context's error", err)
	}
	ledgertest.ApplyAll(l)
	if got := l.Standing("bob").Clicks; got != 0 {
		t.Errorf("bob has %d clicks", got)
	}
}

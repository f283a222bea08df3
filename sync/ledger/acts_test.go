package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"clickky/sync/ledger"
)

// do carries out an act as the journal would have it at a time.
func do(t *testing.T, l *ledger.Ledger, at time.Time, a ledger.Act) (ledger.Record, error) {
	t.Helper()
	a.Who, a.Key, a.Why = "boss", "SHA256:boss", "why"
	type outcome struct {
		ledger.Record
		error
	}
	done := make(chan outcome, 1)
	go func() {
		r, err := l.Act(t.Context(), a)
		done <- outcome{r, err}
	}()
	for {
		select {
		case o := <-done:
			return o.Record, o.error
		default:
		}
		if e := l.Take(10, 10); !e.Empty() {
			e.At = at
			l.Fold(l.Position()+1, e, true)
		}
	}
}

func must(t *testing.T, l *ledger.Ledger, a ledger.Act) ledger.Record {
	t.Helper()
	r, err := do(t, l, noon, a)
	if err != nil {
		t.Fatalf("%+v: %v", a, err)
	}
	return r
}

// wantRefused carries out an act that is not possible, and wants to be told why.
func wantRefused(t *testing.T, l *ledger.Ledger, a ledger.Act, why string) {
	t.Helper()
	last := l.LastAct()
	if r, err := do(t, l, noon, a); !errors.Is(err, ledger.ErrRefused) || !strings.Contains(err.Error(), why) || l.LastAct() != last {
		t.Errorf("%+v: %+v, %v; want it refused because %q", a, r, err, why)
	}
}

func undo(number uint64) ledger.Act { return ledger.Act{Do: ledger.Undo, Number: number} }

// game is alice with a key and 7 clicks, bob with 3, and carol with 5, of 20.
func game(t *testing.T) *ledger.Ledger {
	t.Helper()
	l := ledger.New()
	players := []ledger.Balance{{Name: "alice", Clicks: 7}, {Name: "bob", Clicks: 3}, {Name: "carol", Clicks: 5}}
	if err := l.Load(players, 20, 0, ledger.Owner{Name: "alice", Keys: []ledger.Key{{Fingerprint: "k1"}}}); err != nil {
		t.Fatal(err)
	}
	l.Open()
	return l
}

// standings are all players, each with rank, name and clicks, and the global count.
func standings(l *ledger.Ledger) string {
	var s strings.Builder
	for _, name := range []string{"Alice", "alice", "alicia", "bob", "carol", "dave"} {
		if at := l.Standing(name); at.Name == name && (at.Clicks > 0 || at.Of == l.Latest().Players) {
			fmt.Fprintf(&s, "%d. %s %d, ", at.Rank, at.Name, at.Clicks)
		}
	}
	fmt.Fprintf(&s, "of %d", l.Latest().Total)
	return s.String()
}

func TestActs(t *testing.T) {
	for name, c := range map[string]struct {
		ledger.Act

		refused string // why, if it is
		after   string
		keys    string // of alice, and of alicia
		undone  string // after undoing it; empty: as before
	}{
		"raise a count":             {Act: ledger.Act{Do: ledger.SetCount, Target: "bob", Clicks: 6}, after: "1. alice 7, 2. bob 6, 3. carol 5, of 20"},
		"lower a count":             {Act: ledger.Act{Do: ledger.SetCount, Target: "alice", Clicks: 4}, after: "2. alice 4, 3. bob 3, 1. carol 5, of 20"},
		"lower it to nothing":       {Act: ledger.Act{Do: ledger.SetCount, Target: "alice"}, after: "3. alice 0, 2. bob 3, 1. carol 5, of 20"},
		"the same count":            {Act: ledger.Act{Do: ledger.SetCount, Target: "bob", Clicks: 3}, after: "1. alice 7, 3. bob 3, 2. carol 5, of 20"},
		"to share a rank":           {Act: ledger.Act{Do: ledger.SetCount, Target: "bob", Clicks: 7}, after: "1. alice 7, 1. bob 7, 3. carol 5, of 20"},
		"more than everybody":       {Act: ledger.Act{Do: ledger.SetCount, Target: "bob", Clicks: 10}, after: "2. alice 7, 1. bob 10, 3. carol 5, of 22", undone: "1. alice 7, 3. bob 3, 2. carol 5, of 22"},
		"a count of nobody":         {Act: ledger.Act{Do: ledger.SetCount, Target: "dave", Clicks: 1}, refused: "there's no player dave"},
		"a slip of the finger":      {Act: ledger.Act{Do: ledger.SetCount, Target: "bob", Clicks: 1 << 60}, refused: "at most"},
		"rename":                    {Act: ledger.Act{Do: ledger.Rename, Target: "alice", To: "alicia"}, after: "1. alicia 7, 3. bob 3, 2. carol 5, of 20", keys: "/k1"},
		"rename who has no key":     {Act: ledger.Act{Do: ledger.Rename, Target: "bob", To: "dave"}, after: "1. alice 7, 2. carol 5, 3. dave 3, of 20"},
		"take somebody's name":      {Act: ledger.Act{Do: ledger.Rename, Target: "alice", To: "bob"}, refused: "the name bob is taken"},
		"take a name with a key":    {Act: ledger.Act{Do: ledger.Rename, Target: "bob", To: "alice"}, refused: "the name alice is taken"},
		"keep the name":             {Act: ledger.Act{Do: ledger.Rename, Target: "bob", To: "bob"}, refused: "is taken"},
		"no name":                   {Act: ledger.Act{Do: ledger.Rename, Target: "bob", To: ""}, refused: "isn't a valid name"},
		"a name with capitals":      {Act: ledger.Act{Do: ledger.Rename, Target: "bob", To: "Bobby"}, refused: "isn't a valid name"},
		"rename nobody":             {Act: ledger.Act{Do: ledger.Rename, Target: "dave", To: "erin"}, refused: "there's no player dave"},
		"delete":                    {Act: ledger.Act{Do: ledger.Delete, Target: "alice"}, after: "2. bob 3, 1. carol 5, of 20", keys: "/"},
		"delete nobody":             {Act: ledger.Act{Do: ledger.Delete, Target: "dave"}, refused: "there's no player dave"},
		"delete without a name":     {Act: ledger.Act{Do: ledger.Delete}, refused: "the player is missing"},
		"release":                   {Act: ledger.Act{Do: ledger.Release, Target: "alice"}, after: "1. alice 7, 3. bob 3, 2. carol 5, of 20", keys: "/"},
		"release a free name":       {Act: ledger.Act{Do: ledger.Release, Target: "bob"}, refused: "the name bob has no key"},
		"release nobody":            {Act: ledger.Act{Do: ledger.Release, Target: "dave"}, refused: "there's no player"},
		"unban who is not banned":   {Act: ledger.Act{Do: ledger.Unban, Target: "192.0.2.1"}, refused: "192.0.2.1/32 isn't banned"},
		"ban a name":                {Act: ledger.Act{Do: ledger.Ban, Target: "alice", Until: noon.Add(time.Hour)}, refused: "neither a key"},
		"ban for no time":           {Act: ledger.Act{Do: ledger.Ban, Target: "192.0.2.1", Until: noon}, refused: "in the past"},
		"ban without a time":        {Act: ledger.Act{Do: ledger.Ban, Target: "192.0.2.1"}, refused: "the end of the ban"},
		"say nothing":               {Act: ledger.Act{Do: ledger.Message, Text: " "}, refused: "empty"},
		"say too much":              {Act: ledger.Act{Do: ledger.Message, Text: strings.Repeat("é", 501)}, refused: "longer than 500 characters"},
		"undo what never was":       {Act: undo(1), refused: "there's no #1"},
		"undo nothing":              {Act: undo(0), refused: "there's no #0"},
		"something that is unknown": {Act: ledger.Act{Do: "promote", Target: "bob"}, refused: "promote"},
	} {
		t.Run(name, func(t *testing.T) {
			l := game(t)
			before := standings(l)
			if c.refused != "" {
				wantRefused(t, l, c.Act, c.refused)
				c.after = before
			} else if r := must(t, l, c.Act); r.Number != 1 || r.Who != "boss" || r.Key != "SHA256:boss" || r.Why != "why" ||
				!r.At.Equal(noon.Truncate(time.Second)) || r.Target != c.Target {
				t.Errorf("record %+v", r)
			}
			if got := standings(l); got != c.after {
				t.Errorf("after it %s, want %s", got, c.after)
			}
			if c.keys == "" {
				c.keys = "k1/"
			}
			if got := keysOf(l, "alice") + "/" + keysOf(l, "alicia"); got != c.keys {
				t.Errorf("keys %s, want %s", got, c.keys)
			}
			if c.refused != "" {
				return
			}
			if c.undone == "" {
				c.undone = before
			}
			r := must(t, l, undo(1))
			if got := standings(l); got != c.undone || keysOf(l, "alice") != "k1" {
				t.Errorf("undone %s with the key %s, want %s", got, keysOf(l, "alice"), c.undone)
			}
			if first := l.Audit(1, 2)[0]; first.UndoneBy != 2 || r.After.Undone != 1 {
				t.Errorf("the records are %+v and %+v", first, r)
			}
			wantRefused(t, l, undo(1), "#1 was already undone by #2")
			wantRefused(t, l, undo(2), "repeat the original action")
		})
	}
}

func TestWhatARecordSaysOfBeforeAndAfter(t *testing.T) {
	l := game(t)
	alice := ledger.State{Name: "alice", Player: true, Clicks: 7, Keys: l.Keys("alice")}
	alicia := alice
	alicia.Name = "alicia"
	for _, c := range []struct {
		ledger.Act

		before, after ledger.State
	}{
		{ledger.Act{Do: ledger.Rename, Target: "alice", To: "alicia"}, alice, alicia},
		{undo(1), alicia, alice},
		{
			ledger.Act{Do: ledger.SetCount, Target: "alice", Clicks: 9},
			ledger.State{Name: "alice", Player: true, Clicks: 7},
			ledger.State{Name: "alice", Player: true, Clicks: 9},
		},
		{ledger.Act{Do: ledger.Kick, Target: "alice", Text: "bye"}, ledger.State{}, ledger.State{Text: "bye"}},
		{
			ledger.Act{Do: ledger.Ban, Target: "2001:db8::1/64", Until: noon.Add(time.Hour)},
			ledger.State{},
			ledger.State{Until: noon.Truncate(time.Second).Add(time.Hour)},
		},
	} {
		r := must(t, l, c.Act)
		if c.Do == ledger.Undo {
			c.after.Undone = c.Number
		}
		if !reflect.DeepEqual(r.Before, c.before) || !reflect.DeepEqual(r.After, c.after) {
			t.Errorf("%s: from %+v to %+v, want from %+v to %+v", c.Do, r.Before, r.After, c.before, c.after)
		}
	}
	if got := l.Audit(1, 0)[0].Target; got != "2001:db8::/64" {
		t.Errorf("the ban is of %s", got)
	}
}

func TestActsAreToldInTheOrderOfTheJournal(t *testing.T) {
	l := game(t)
	told := make(chan []ledger.Record)
	go func() {
		var after uint64
		for {
			records, err := l.Acts(t.Context(), after)
			if err != nil {
				close(told)
				return
			}
			after = records[len(records)-1].Number
			told <- records
		}
	}()
	acts := []ledger.Act{
		{Do: ledger.Message, Who: "other", Text: "hello"},
		{Do: ledger.Kick, Who: "other", Target: "nobody"},
		{Do: ledger.Delete, Who: "other", Target: "nobody"}, // is not possible
		{Do: ledger.Kick, Who: "other", Target: "bob", Text: "bye"},
	}
	l.Fold(1, ledger.Entry{At: noon, Acts: acts[:1]}, false)
	l.Fold(2, ledger.Entry{At: noon, Acts: acts[1:]}, false)
	var got []ledger.Record
	for len(got) < 3 {
		got = append(got, <-told...)
	}
	if got[0].After.Text != "hello" || got[1].Target != "nobody" || got[2].Target != "bob" || got[2].Number != 3 {
		t.Errorf("told %+v", got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if records, err := l.Acts(ctx, l.LastAct()); !errors.Is(err, context.Canceled) {
		t.Errorf("Acts = %v, %v after the context ended", records, err)
	}
	if got := l.Audit(2, 3); len(got) != 2 || got[0].Number != 2 || got[1].Number != 1 {
		t.Errorf("Audit = %+v", got)
	}
}

func TestAnActMayTakeEffectAfterNobodyWaitsAnyMore(t *testing.T) {
	l := game(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := l.Act(ctx, ledger.Act{Do: ledger.Delete, Target: "bob"}); !errors.Is(err, context.Canceled) {
		t.Errorf("Act = %v, want the context's error", err)
	}
	journaled(l)
	if got := l.Standing("bob").Clicks; got != 0 {
		t.Errorf("bob has %d clicks", got)
	}
}

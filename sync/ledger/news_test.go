package ledger_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"clickky/sync/game"
	"clickky/sync/ledger"
	"clickky/sync/ledger/ledgertest"
)

// takeNews returns the most interesting news; empty if there are none.
func takeNews(l *ledger.Ledger) string {
	n, ok := l.TakeNews()
	if !ok {
		return ""
	}
	return n.Sentence(n.Name, fmt.Sprint(n.Count), n.Text)
}

// clicked returns an event from another server with clicks such as "anna=5 bob=1".
func clicked(at time.Time, clicks string) game.Event {
	e := game.Event{At: at, Clicks: map[string]uint64{}}
	for field := range strings.FieldsSeq(clicks) {
		name, n, _ := strings.Cut(field, "=")
		var count uint64
		_, _ = fmt.Sscan(n, &count)
		e.Clicks[strings.Trim(name, "'")] = count
	}
	return e
}

func TestNewsIsFoundInEvents(t *testing.T) {
	for _, c := range []struct{ what, clicks, want string }{
		{"nothing", "alice=1 bob=1", ""},
		{"a guest elsewhere, who may hide", "zoe=1", ""},
		{"a player's milestone", "alice=993", "alice reached 1000 clicks"},
		{"past a player's milestone", "alice=994", "alice reached 1000 clicks"},
		{"before a player's milestone", "alice=992", "alice made click 42000"},
		{"two milestones of a player", "alice=3000", "alice reached 2500 clicks"},
		{"a round number", "alice=79 bob=1", "somebody made click 42000"},
		{"a round number by the first name", "alice=80 bob=1", "alice made click 42000"},
		{"a milestone", "alice=8080", "alice made click 50000"},
		{"a milestone past another name", "alice=8079 bob=1", "somebody made click 50000"},
		{"a milestone by deleted players", "''=8080 alice=1", "somebody made click 50000"},
		{"a round number and a milestone", "alice=9081", "alice made click 50000"},
	} {
		l := ledgertest.Game(t)
		l.Apply(1, clicked(ledgertest.Noon, "carol=41900"), false)
		l.TakeNews()
		l.Apply(2, clicked(ledgertest.Noon, c.clicks), false)
		if got := takeNews(l); got != c.want {
			t.Errorf("%s: the news is %q, want %q", c.what, got, c.want)
		}
		if got := takeNews(l); got != "" {
			t.Errorf("%s: left over is %q", c.what, got)
		}
	}
}

func TestNewsOfReplayedEventsIsOld(t *testing.T) {
	l := ledger.New()
	if err := l.Load(game.Contents{Total: 990}); err != nil {
		t.Fatal(err)
	}
	l.Apply(1, clicked(ledgertest.Noon, "anna=2000"), false)
	l.Open()
	if got := takeNews(l); got != "" || l.Status().Milestone != nil {
		t.Errorf("the news is %q, and the milestone %+v", got, l.Status().Milestone)
	}
	// The server has seen the milestone all the same.
	l.Apply(2, clicked(ledgertest.Noon.Add(time.Hour), "anna=1000 bob=1"), false)
	l.Apply(3, clicked(ledgertest.Noon.Add(90*time.Minute), "bob=2000"), false)
	if m := l.Status().Milestone; m == nil || *m != (game.Milestone{Count: 5000, Since: 90 * time.Minute, Helpers: 2}) {
		t.Errorf("the milestone is %+v", m)
	}
}

func TestMilestoneOmitsWhatServerHasNotSeen(t *testing.T) {
	l := ledgertest.Loaded(t, 990)
	l.Apply(1, clicked(ledgertest.Noon, "anna=10"), false)
	if m := l.Status().Milestone; m == nil || *m != (game.Milestone{Count: 1000}) {
		t.Errorf("the first milestone is %+v", m)
	}
	l.Apply(2, clicked(ledgertest.Noon.Add(-time.Hour), "bob=1500"), false) // that server's clock is behind
	if m := l.Status().Milestone; m == nil || *m != (game.Milestone{Count: 2500, Helpers: 1}) {
		t.Errorf("the second milestone is %+v", m)
	}
}

func TestMilestoneOfAdminIsNoNews(t *testing.T) {
	l := ledgertest.Game(t)
	ledgertest.MustApplyAction(t, l, game.AdminAction{Kind: game.ActionSetCount, Target: "bob", Clicks: 3000})
	l.Apply(l.Position()+1, clicked(ledgertest.Noon, "alice=1"), false)
	if got := takeNews(l); got != "" || l.Status().Milestone != nil {
		t.Errorf("the news is %q, and the milestone %+v", got, l.Status().Milestone)
	}
}

func TestNewsUsesCurrentName(t *testing.T) {
	l := ledgertest.Game(t)
	l.Apply(1, clicked(ledgertest.Noon, "carol=1100"), false)
	l.TakeNews()
	l.Apply(2, clicked(ledgertest.Noon, "alice=993"), false)
	l.Apply(3, game.Event{Actions: []game.AdminAction{{Kind: game.ActionRename, Target: "alice", To: "alicia"}}}, false)
	if got := takeNews(l); got != "alicia reached 1000 clicks" {
		t.Errorf("the news is %q", got)
	}
	l.Apply(4, clicked(ledgertest.Noon, "alicia=1500"), false)
	l.Apply(5, game.Event{LastAction: 1, Actions: []game.AdminAction{{Kind: game.ActionDelete, Target: "alicia"}}}, false)
	if got := takeNews(l); got != "somebody made click 2500" {
		t.Errorf("the news of a deleted player is %q", got)
	}
}

func TestNewsTakesNoMoreMemoryWithManyPlayers(t *testing.T) {
	l := ledgertest.Loaded(t, 0)
	for i := range 50 {
		l.Join(fmt.Sprintf("player-%02d", i)).Click()
	}
	ledgertest.ApplyAll(l)
	if got := takeNews(l); !strings.HasSuffix(got, " is new here") {
		t.Errorf("the news is %q", got)
	}
	if got := takeNews(l); got != "" {
		t.Errorf("left over is %q", got)
	}
}

func TestNewsIsSameOnAllServers(t *testing.T) {
	here, there := ledgertest.Game(t), ledgertest.Game(t)
	sessions := []*ledger.Session{here.JoinWith("alice", ledger.Credentials{Key: "k1"}), here.Join("bob"), here.Join("carol")}
	for i := range 3000 {
		sessions[i%3].Click()
		if i%7 != 0 {
			continue
		}
		e := here.Drain(10, 10)
		e.At = ledgertest.Noon.Add(time.Duration(i) * time.Second)
		here.Apply(here.Position()+1, e, true)
		there.Apply(there.Position()+1, e, false)
		a, b := here.Status().Milestone, there.Status().Milestone
		if (a == nil) != (b == nil) || a != nil && (a.Count != b.Count || a.Since != b.Since || a.Helpers != b.Helpers) {
			t.Fatalf("the milestone is %+v here and %+v there", a, b)
		}
		if a != nil && b.Name != "" && a.Name != b.Name { // there, guests aren't named
			t.Fatalf("%s made the click here, and %s there", a.Name, b.Name)
		}
	}
	if m := there.Status().Milestone; m == nil || m.Count != 2500 {
		t.Errorf("the last milestone is %+v", m)
	}
}

package live_test

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"clickky/sync/game"
	"clickky/sync/ledger"
	"clickky/sync/ledger/ledgertest"
	"clickky/sync/live"
)

// sentences returns the news of a snapshot, the newest first.
func sentences(n *live.News) []string {
	if n == nil {
		return nil
	}
	var all []string
	for _, item := range n.Items {
		all = append(all, item.Sentence(item.Name, fmt.Sprint(item.Count), item.Text))
	}
	return all
}

// requireNews waits and compares the news with what is wanted, the newest first.
func requireNews(t *testing.T, l fixture, after time.Duration, want ...string) *live.News {
	t.Helper()
	time.Sleep(after)
	synctest.Wait()
	n := l.Latest().News
	if got := sentences(n); !slices.Equal(got, want) {
		t.Errorf("the news is %q, want %q", got, want)
	}
	return n
}

func TestNewsComesAtMostEveryFourSeconds(t *testing.T) {
	running(t, func(t *testing.T, l fixture) {
		click := func(name string, n int) { clickNow(l.Ledger, name, n) }
		requireNews(t, l, time.Second)
		click("anna", 1)
		first := requireNews(t, l, 150*time.Millisecond, "anna is new here")
		click("bob", 1)
		click("anna", 500)
		click("anna", 499) // the thousandth is anna's, and not everybody's first milestone
		click("carol", 1)
		if again := requireNews(t, l, 3500*time.Millisecond, "anna is new here"); again != first {
			t.Error("the news changed although nothing happened")
		}
		n := requireNews(t, l, time.Second, "anna made click 1000", "anna is new here")
		if n.Last != 2 || n.Recent != 2 {
			t.Errorf("%d of %d items are recent, want both", n.Recent, n.Last)
		}
		click("dave", 1)
		requireNews(t, l, 3*time.Second, "anna made click 1000", "anna is new here")
		requireNews(t, l, 2*time.Second, "dave is new here", "anna made click 1000", "anna is new here")
	})
}

func TestNewsKeepsLastTwenty(t *testing.T) {
	running(t, func(t *testing.T, l fixture) {
		for i := range 25 {
			l.Join(fmt.Sprintf("player-%d", i)).Click()
			applyNow(l.Ledger)
			time.Sleep(5 * time.Second)
		}
		synctest.Wait()
		n := l.Latest().News
		if len(n.Items) != live.MaxNews || n.Last != 25 || n.Items[0].Name != "player-24" || n.Items[19].Name != "player-5" {
			t.Errorf("%d of %d items are kept: %q", len(n.Items), n.Last, sentences(n))
		}
	})
}

func TestNewsAgesWithoutSnapshotsInBetween(t *testing.T) {
	running(t, func(t *testing.T, l fixture) {
		l.Join("anna").Click()
		applyNow(l.Ledger)
		if n := requireNews(t, l, 9*time.Minute, "anna is new here"); n.Recent != 1 {
			t.Errorf("%d are recent after nine minutes, want 1", n.Recent)
		}
		sub := l.Subscribe()
		defer sub.Close()
		sub.Take()
		if n := requireNews(t, l, 2*time.Minute, "anna is new here"); n.Recent != 0 {
			t.Errorf("%d are recent after eleven minutes, want 0", n.Recent)
		}
		if sub.Take() == nil {
			t.Error("no snapshot says that the news is old")
		}
		time.Sleep(40 * time.Minute) // in the same hour, which snapshots have
		synctest.Wait()
		if snap := sub.Take(); snap != nil {
			t.Errorf("a snapshot although nothing happened: %+v", snap)
		}
	})
}

func TestNewsOfBestSecondNeedsStandingRecord(t *testing.T) {
	running(t, func(t *testing.T, l fixture) {
		s := l.Join("anna")
		time.Sleep(50 * time.Millisecond) // so that no click falls on the end of a second
		second := func(clicks int) {
			for range clicks {
				s.Click()
			}
			time.Sleep(time.Second)
		}
		second(20)
		second(30)
		requireNews(t, l, time.Minute)
		second(29)
		requireNews(t, l, 5*time.Second)
		second(31)
		requireNews(t, l, time.Second, "best second so far: 31 clicks")
		second(32)
		requireNews(t, l, 10*time.Second, "best second so far: 31 clicks")
	})
}

func TestNewsHasMessageToEverybody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newGame(t)
		ctx, stop := testContext(t)
		done := make(chan struct{})
		go func() { defer close(done); l.Run(ctx) }()
		for _, target := range []string{"alice", ""} {
			a := game.AdminAction{Kind: game.ActionMessage, Target: target, Text: "tea for all but " + target + "."}
			a.Admin, a.Key = "boss", "SHA256:boss"
			ledgertest.MustApplyAction(t, l.Ledger, a)
		}
		requireNews(t, l, time.Second, "admin: tea for all but .")
		stop()
		<-done
	})
}

func TestNewsNamesNobodyWhoHides(t *testing.T) {
	running(t, func(t *testing.T, l fixture) {
		ghost, anna := l.Join("ghost"), l.JoinWith("anna", ledger.Credentials{Key: "k", Claims: true})
		ghost.Hide(true)
		ghost.Click()
		applyNow(l.Ledger)
		requireNews(t, l, 5*time.Second)
		for range 999 {
			ghost.Click()
		}
		applyNow(l.Ledger)
		requireNews(t, l, 5*time.Second, "somebody made click 1000")
		if m := l.Latest().Milestone; m != nil && m.Name != "" {
			t.Errorf("the milestone names %s", m.Name)
		}
		anna.Click()
		applyNow(l.Ledger)
		anna.Hide(true) // before it is told
		requireNews(t, l, 5*time.Second, "somebody made click 1000")
		bob := l.Join("bob")
		for range 1499 {
			bob.Click()
		}
		applyNow(l.Ledger)
		requireNews(t, l, 200*time.Millisecond, "bob made click 2500", "somebody made click 1000")
		bob.Hide(true) // after it is told
		requireNews(t, l, 200*time.Millisecond, "somebody made click 2500", "somebody made click 1000")
		if m := l.Latest().Milestone; m == nil || m.Name != "" {
			t.Errorf("the milestone is %+v, want one without a name", m)
		}
	})
}

func TestNewsNamesNobodyWhoIsRenamedOrDeleted(t *testing.T) {
	running(t, func(t *testing.T, l fixture) {
		click := func(name string, n int) { clickNow(l.Ledger, name, n) }
		click("rude", 1)
		requireNews(t, l, 5*time.Second, "rude is new here")
		click("worse", 1)
		requireNews(t, l, 5*time.Second, "worse is new here", "rude is new here")
		ledgertest.MustApplyAction(t, l.Ledger, game.AdminAction{Kind: game.ActionRename, Target: "rude", To: "polite"})
		requireNews(t, l, 200*time.Millisecond, "worse is new here")
		click("worse", 998)
		requireNews(t, l, 200*time.Millisecond, "worse made click 1000", "worse is new here")
		ledgertest.MustApplyAction(t, l.Ledger, game.AdminAction{Kind: game.ActionDelete, Target: "worse"})
		requireNews(t, l, 200*time.Millisecond, "somebody made click 1000")
		if m := l.Latest().Milestone; m == nil || m.Name != "" {
			t.Errorf("the milestone is %+v, want one without a name", m)
		}
	})
}

func TestNewsNamesNobodyWithoutPresence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := loaded(t, 0)
		l.HidePeople()
		ctx, stop := testContext(t)
		done := make(chan struct{})
		go func() { defer close(done); l.Run(ctx) }()
		s := l.Join("anna")
		for range 1000 {
			s.Click()
		}
		applyNow(l.Ledger)
		time.Sleep(150 * time.Millisecond)
		synctest.Wait()
		if m := l.Latest().Milestone; m == nil || m.Name != "" {
			t.Errorf("the milestone is %+v, want one without a name", m)
		}
		requireNews(t, l, time.Second, "somebody made click 1000")
		stop()
		<-done
	})
}

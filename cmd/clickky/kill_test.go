//go:build !race

package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"clickky/cmd/clickky/sshtest"
	"clickky/sync/store/mysql/mariadbtest"
)

// TestKillLosesAtMostTheLastMoment kills the real program at random moments, during flushes
// every tenth of a second, and starts it again, in some games at once. A claimed name is as safe
// as the click that claimed it. The test has the package to itself: a machine that is busy with
// other tests is late by more than that moment.
func TestKillLosesAtMostTheLastMoment(t *testing.T) {
	const games = 3
	rounds := uint64(10)
	if *long {
		rounds = 100
	}
	for i := range games {
		t.Run(fmt.Sprint("game ", i), func(t *testing.T) {
			t.Parallel()
			killAgainAndAgain(t, rounds)
		})
	}
}

// killAgainAndAgain plays one game of TestKillLosesAtMostTheLastMoment.
func killAgainAndAgain(t *testing.T, rounds uint64) {
	t.Helper()
	const mayLose = 250 * time.Millisecond
	db := mariadbtest.New(t)
	dir := t.TempDir()
	owner, other := sshtest.Signer(t, 1), sshtest.Signer(t, 2)
	var base uint64
	for round := range rounds {
		p := start(t, dir, "--db", db.URL, "--flush-every", "100ms", "--max-rate", "10000")
		c := &clicker{screen: play(t, p, "alice", owner), count: base, seen: []sighting{{time.Time{}, base}}}
		killed := make(chan time.Time, 1)
		time.AfterFunc(time.Duration(rand.IntN(600))*time.Millisecond, func() {
			killed <- time.Now()
			_ = p.cmd.Process.Kill()
		})
		for c.click() {
		}
		at := <-killed
		_, _ = p.wait()
		next := start(t, dir, "--db", db.URL)
		got := clicksOf(t, next, "alice", owner)
		if got > 0 && sshtest.Dial(t, next.Addr, "alice", other).Run(t, "me", false).Status != 1 {
			t.Fatalf("round %d: another key may play alice", round)
		}
		if safe := c.safe(at, mayLose); got < safe || got > c.count {
			t.Fatalf("round %d: %d clicks after the kill; %d were on the screen %v before, %d were made", round, got, safe, mayLose, c.count)
		}
		base = got
		next.terminate(t)
		if saved, total := counts(t, db.Open(t), "alice"); saved != base || total != base {
			t.Fatalf("round %d: the database has %d of %d, want %d", round, saved, total, base)
		}
	}
	if base < rounds {
		t.Errorf("only %d clicks in %d rounds: the kills come too early to tell anything", base, rounds)
	}
}

// TestTakeoverOfDatabase has the second server wait and take over when the first has died. The
// first never writes again.
func TestTakeoverOfDatabase(t *testing.T) {
	t.Parallel()
	db := mariadbtest.New(t)
	first := start(t, t.TempDir(), "--db", db.URL, "--flush-every", "100ms")
	alice := play(t, first, "alice")
	alice.Type(t, "  ")
	conn := db.Open(t)
	sshtest.Eventually(t, "the first server's clicks are saved", func() bool { c, _ := counts(t, conn, "alice"); return c == 2 })
	second := start(t, t.TempDir(), "--db", db.URL, "--flush-every", "100ms")
	r := sshtest.Dial(t, second.Addr, "bob").Run(t, "", true)
	if r.Status != 1 || !strings.Contains(r.Errors, "another server is using its database") {
		t.Errorf("while the first lives: %+v", r)
	}
	if n := strings.Count(second.Log(), "another server is using the database"); n != 1 {
		t.Errorf("the second says so %d times:\n%s", n, second.Log())
	}
	first.terminate(t) // gives the lease back
	sshtest.Eventually(t, "the second server opens", func() bool {
		return sshtest.Dial(t, second.Addr, "bob").Run(t, "stats", false).Status == 0
	})
	bob := play(t, second, "bob")
	bob.Type(t, " ")
	bob.WaitFor(t, "3 clicks by 2 players")
	second.terminate(t)
	if b, total := counts(t, conn, "bob"); b != 1 || total != 3 {
		t.Errorf("bob has %d of %d, want 1 of 3", b, total)
	}
}

// TestDataDirectoryDeletedLosesOnlyJournal holds that the counts come from the database.
func TestDataDirectoryDeletedLosesOnlyJournal(t *testing.T) {
	t.Parallel()
	db := mariadbtest.New(t)
	dir := t.TempDir()
	key := sshtest.Signer(t, 1)
	p := start(t, dir, "--db", db.URL, "--flush-every", "100ms")
	alice := play(t, p, "alice", key)
	alice.Type(t, "   ")
	alice.WaitFor(t, "3 clicks by 1 player")
	p.terminate(t)
	if err := os.RemoveAll(dir + "/clickky-data"); err != nil {
		t.Fatal(err)
	}
	p = start(t, dir, "--db", db.URL)
	if got := clicksOf(t, p, "alice", key); got != 3 {
		t.Errorf("%d clicks, want 3", got)
	}
	if r := sshtest.Dial(t, p.Addr, "alice").Run(t, "me", false); r.Status != 1 {
		t.Errorf("the name belongs to nobody any more: %+v", r)
	}
	play(t, p, "alice", key).Type(t, " ")
	sshtest.Eventually(t, "a click counts", func() bool { return clicksOf(t, p, "alice", key) == 4 })
	p.terminate(t)
	if saved, total := counts(t, db.Open(t), "alice"); saved != 4 || total != 4 {
		t.Errorf("the database has %d of %d, want 4", saved, total)
	}
}

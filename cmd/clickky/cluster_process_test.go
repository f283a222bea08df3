//go:build !race

package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"clickky/cmd/clickky/sshtest"
	"clickky/sync/store/mysql/dbproxy"
)

// TestClusterServerKilledDuringClicks loses at most the last moment of that server, and
// nothing of the others.
func TestClusterServerKilledDuringClicks(t *testing.T) {
	t.Parallel()
	g := newTrio(t, 3)
	a := g.sites[0]
	alice, bob, carol := g.join("alice", 1, a), g.join("bob", 2, g.sites[1]), g.join("carol", 3, g.sites[2])
	stop := mustTap(t, bob, carol)
	for range 3 {
		end := tap(alice)
		awaitMore(t, 10, alice)
		killed := time.Now()
		a.kill()
		end()
		g.start(a)
		alice.comeAfterKill(t, a, killed)
	}
	stop()
	g.allSee(sshtest.Patience, "after three kills", alice, bob, carol)
	g.end()
}

// saver waits until somebody saves, and returns who.
func (g *trio) saver() (saver *site) {
	g.t.Helper()
	before := map[*site]int{}
	for _, s := range g.sites {
		before[s] = s.saves()
	}
	g.within(sshtest.Patience, "somebody saves", func() bool {
		for _, s := range g.sites {
			if s.saves() > before[s] {
				saver = s
			}
		}
		return saver != nil
	})
	return saver
}

// TestClusterSavingServerKilled has another server save after at most one and a half
// intervals. A server learns from a heartbeat, once a second, what another one has saved.
func TestClusterSavingServerKilled(t *testing.T) {
	t.Parallel()
	const every, heartbeat = 3 * time.Second, time.Second
	g := newTrio(t, 3, "--flush-every", every.String())
	on := map[*site]*tapper{}
	for i, s := range g.sites {
		on[s] = g.join([]string{"alice", "bob", "carol"}[i], byte(i+1), s)
	}
	stop := tap(g.players...)
	g.saver()
	saver := g.saver()
	saved := g.state().Position
	killed := time.Now()
	saver.kill()
	g.within(every*3/2+heartbeat, "another server saves", func() bool { return g.state().Position > saved })
	stop()
	g.start(saver)
	on[saver].comeAfterKill(t, saver, killed)
	g.allSee(sshtest.Patience, "after the kill", g.players...)
	g.end()
}

// TestClusterServerFrozen freezes it for some seconds: it plays on, and no click of its
// players from before, meanwhile or after is lost or counted twice.
func TestClusterServerFrozen(t *testing.T) {
	t.Parallel()
	g, alice, bob, _ := threePlayers(t)
	for _, p := range g.players {
		p.clicks(t, 1)
	}
	// One that is frozen in the middle of saving keeps the others from it, see below:
	// so it is one that does not save.
	victim, ill := g.sites[0], alice
	if g.saver() == victim {
		victim, ill = g.sites[1], bob
	}
	freeze(g, victim, ill, 12*time.Second, func(position uint64) {
		// If it has just begun to save after all, the database gives up on it.
		g.within(2*gaveUp, "others save", func() bool { return g.state().Position > position+10 })
	})
}

// TestClusterServerFrozenDuringSave freezes it for longer than its lease lasts, and than NATS keeps
// its connection. The others wait until the database gives up its transaction; what the server says
// then comes too late.
func TestClusterServerFrozenDuringSave(t *testing.T) {
	if testing.Short() {
		t.Skip("takes more than half a minute")
	}
	t.Parallel()
	frozen := gaveUp + 3*time.Second
	if *long {
		frozen = 65 * time.Second // the others don't even remember it
	}
	g, _, _, _ := threePlayers(t)
	stop := mustTap(t, g.players...)
	victim := g.saver() // which usually saves the next time, too
	commit := victim.db.Inject(dbproxy.HoldBefore, dbproxy.Matching("^COMMIT"))
	<-commit.Struck()
	stop()
	freeze(g, victim, g.players[slices.Index(g.sites, victim)], frozen, func(position uint64) {
		g.within(2*gaveUp, "others save", func() bool { return g.state().Position > position+10 })
	})
}

// freeze freezes a server, and with it a player, and looks meanwhile whether others save,
// who have saved until that position.
func freeze(g *trio, victim *site, ill *tapper, frozen time.Duration, othersSave func(position uint64)) {
	t := g.t
	t.Helper()
	well := slices.DeleteFunc(slices.Clone(g.players), func(p *tapper) bool { return p == ill })
	stop := mustTap(t, well...)
	ill.clicks(t, 5)
	victim.freeze(t)
	thawed := time.After(frozen)
	ill.screen.Type(t, "   ")
	ill.count += 3
	position := g.state().Position
	for _, p := range well {
		p.screen.WaitFor(t, "2 here")
	}
	othersSave(position)
	<-thawed
	victim.thaw(t)
	begun := time.Now()
	if !ill.screen.Appears("clicks   " + grouped(ill.count) + " ") {
		t.Fatalf("after the freeze the screen is\n%s", ill.screen.Text())
	}
	ill.clicks(t, 5)
	stop()
	g.allSee(sshtest.Patience, "after the freeze", g.players...)
	well[0].screen.WaitFor(t, "3 here")
	t.Logf("all is well %v after the freeze", time.Since(begun).Round(10*time.Millisecond))
	ill.clicks(t, 1)
	g.end()
}

// TestClusterServersJoinAndLeave holds that the lease lasts as long as one server lives, keeps
// others from the database, and is released by the last one.
func TestClusterServersJoinAndLeave(t *testing.T) {
	t.Parallel()
	g := newTrio(t, 2)
	a, b, c := g.sites[0], g.sites[1], g.sites[2]
	begun := time.Now()
	alice, bob := g.join("alice", 1, a), g.join("bob", 2, b)
	stop := tap(alice, bob)
	awaitMore(t, 5, alice, bob)
	g.start(c)
	carol := g.join("carol", 3, c)
	more := tap(carol)
	awaitMore(t, 5, alice, bob, carol)
	a.terminate(t)
	awaitMore(t, 5, bob, carol)
	stop()
	alice.bidden(t)
	if bob.gone {
		t.Error("bob is gone, with alice's server")
	}
	leased := func(when string) {
		t.Helper()
		if left := g.state().LeaseLeft; left <= 0 {
			t.Errorf("%s the lease has ended", when)
		}
	}
	leased("after one has left")

	file := filepath.Join(t.TempDir(), "players.csv")
	if err := os.WriteFile(file, []byte("name,clicks\nzoe,7\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	importing := func() (status int, output string) {
		return runProgram(t, t.TempDir(), "import", "--db", g.db.URL, "--merge", "add", "--yes", file)
	}
	if status, out := importing(); status != 1 || !strings.Contains(out, "a server is using") {
		t.Errorf("import while servers play: status %d\n%s", status, out)
	}
	foreign := start(t, t.TempDir(), "--db", g.db.URL, "--flush-every", "100ms")
	if r := sshtest.Dial(t, foreign.Addr, "eve").Run(t, "", true); r.Status != 1 || !strings.Contains(r.Errors, "another server is using its database") {
		t.Errorf("a server with a journal of its own: %+v", r)
	}
	foreign.terminate(t)

	more()
	bob.clicks(t, 1)
	c.terminate(t)
	carol.bidden(t)
	leased("while the last one lives")
	alice.come(t, b)
	alice.clicks(t, 2)
	g.within(sshtest.Patience, "the last server has been there for longer than five seconds", func() bool { return time.Since(begun) > 6*time.Second })
	g.end()
	if left := g.state().LeaseLeft; left > 0 {
		t.Errorf("the last one has left, and the lease lasts for %v", left)
	}
	if status, out := importing(); status != 0 {
		t.Errorf("import after all have left: status %d\n%s", status, out)
	}
	if clicks, total := countsBesides(t, g.conn, "zoe", 7); clicks != 7 || total != g.total()+7 {
		t.Errorf("after the import zoe has %d of %d", clicks, total)
	}
}

// TestClusterAllServersKilled starts them again: nothing is lost.
func TestClusterAllServersKilled(t *testing.T) {
	t.Parallel()
	g := newTrio(t, 3, "--flush-every", "1h")
	for i, s := range g.sites {
		g.join([]string{"alice", "bob", "carol"}[i], byte(i+1), s)
	}
	stop := tap(g.players...)
	awaitMore(t, 10, g.players...)
	killed := time.Now()
	for _, s := range g.sites {
		s.send(t, syscall.SIGKILL)
	}
	for _, s := range g.sites {
		s.kill()
	}
	stop()
	g.start(g.sites...)
	for i, p := range g.players {
		p.comeAfterKill(t, g.sites[(i+1)%3], killed)
		p.clicks(t, 2)
	}
	g.allSee(sshtest.Patience, "after all were killed", g.players...)
	g.end()
}

// TestClusterRollingUpdate has everybody click, and ends all servers at the same moment: what
// players read at the end is what counts.
func TestClusterRollingUpdate(t *testing.T) {
	t.Parallel()
	g, _, _, _ := threePlayers(t)
	stops := make([]func(), len(g.players))
	for i, p := range g.players {
		stops[i] = tap(p)
	}
	for i, s := range g.sites {
		awaitMore(t, 3, g.players...)
		s.terminate(t)
		stops[i]()
		g.players[i].bidden(t)
		g.start(s)
		g.players[i].come(t, s)
		stops[i] = tap(g.players[i])
	}
	awaitMore(t, 5, g.players...)
	for _, s := range g.sites {
		s.send(t, syscall.SIGTERM)
	}
	for i, s := range g.sites {
		s.alive = false
		if status, err := s.wait(); status != 0 {
			t.Errorf("server %s ends with status %d, %v", s.name, status, err)
		}
		stops[i]()
		g.players[i].bidden(t)
	}
	g.compare()
}

// TestClusterStartAndShutdownDuringElection also covers NATS without a majority.
func TestClusterStartAndShutdownDuringElection(t *testing.T) {
	if testing.Short() {
		t.Skip("electing leaders takes about ten seconds")
	}
	t.Parallel()
	g := newTrio(t, 2)
	c := g.sites[2]
	alice, bob := g.join("alice", 1, g.sites[0]), g.join("bob", 2, g.sites[1])
	stop := mustTap(t, alice, bob)
	for _, do := range []func(){func() { g.start(c) }, func() { c.terminate(t) }} {
		leader := g.nats.AwaitLeader("clickky")
		stopped := make(chan struct{})
		go func() { defer close(stopped); g.nats.Stop(leader) }()
		do()
		<-stopped
		g.nats.Start(leader)
		g.nats.Ready()
	}
	g.nats.Stop(0)
	g.nats.Stop(1)
	started := make(chan error, 1)
	go func() {
		p, err := startProgram(c.dir, os.Environ(), c.args...)
		c.program = p
		started <- err
	}()
	select {
	case err := <-started:
		t.Errorf("without a majority it does not wait, but ends or starts: %v", err)
	case <-time.After(2 * time.Second):
		g.nats.Start(0)
		if err := <-started; err != nil {
			t.Fatal(err)
		}
	}
	c.alive = true
	c.untilEndOf(t)
	stop()
	g.nats.Start(1)
	carol := g.join("carol", 3, c)
	carol.clicks(t, 2)
	g.allSee(2*sshtest.Patience, "with all NATS servers again", alice, bob, carol)
	g.end()
}

package main

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"clickky/cmd/clickky/sshtest"
	"clickky/sync/store/mysql/dbproxy"
)

const (
	saysInMemory   = "in memory only"
	saysNoDatabase = "database unreachable"
)

// threePlayers starts all servers, with one player on each.
func threePlayers(t *testing.T, args ...string) (g *trio, alice, bob, carol *tapper) {
	t.Helper()
	g = newTrio(t, 3, args...)
	return g, g.join("alice", 1, g.sites[0]), g.join("bob", 2, g.sites[1]), g.join("carol", 3, g.sites[2])
}

// says waits until the screens of these players say something.
func (g *trio) says(limit time.Duration, text string, players ...*tapper) {
	g.t.Helper()
	g.within(limit, "screens say "+text, func() bool {
		for _, p := range players {
			if !strings.Contains(p.screen.Text(), text) {
				return false
			}
		}
		return true
	})
}

// silent waits until none of these screens says something any more.
func (g *trio) silent(limit time.Duration, text string, players ...*tapper) {
	g.t.Helper()
	g.within(limit, "no screen says "+text, func() bool {
		for _, p := range players {
			if strings.Contains(p.screen.Text(), text) {
				return false
			}
		}
		return true
	})
}

// TestClusterServerCutOffFromNATS refuses its connections.
func TestClusterServerCutOffFromNATS(t *testing.T) {
	t.Parallel()
	cutOffFromNATS(t, false)
}

// TestClusterServerCutOffFromNATSSilently swallows what its connections carry.
func TestClusterServerCutOffFromNATSSilently(t *testing.T) {
	t.Parallel()
	cutOffFromNATS(t, true)
}

// cutOffFromNATS has the server's players play on and read where their clicks are. Other servers show
// them as gone, and everything is right when the server is back.
func cutOffFromNATS(t *testing.T, silently bool) {
	t.Helper()
	if testing.Short() {
		t.Skip("takes a quarter of a minute")
	}
	g, alice, bob, carol := threePlayers(t)
	a, b := g.sites[0], g.sites[1]
	stop := mustTap(t, alice, bob, carol)
	g.says(sshtest.Patience, "3 here", alice, bob, carol)
	a.noNATS(silently)
	g.says(sshtest.Patience, saysInMemory, alice)
	g.says(sshtest.Patience, "2 here", bob, carol)
	g.says(sshtest.Patience, "1 here", alice)
	if out := sshtest.Dial(t, b.Addr, "chief", sshtest.Signer(t, chiefKey)).Run(t, "stats --json", false).Out; !strings.Contains(out, `"state":"silent"`) {
		t.Errorf("an admin elsewhere reads %s", out)
	}
	position := g.state().Position
	awaitMore(t, 10, alice, bob, carol)
	g.within(sshtest.Patience, "others save", func() bool { return g.state().Position > position })
	for _, p := range []*tapper{bob, carol} {
		if strings.Contains(p.screen.Text(), saysInMemory) {
			t.Errorf("%s, who is not cut off, reads\n%s", p.name, p.screen.Text())
		}
	}
	a.someNATS()
	g.silent(sshtest.Patience, saysInMemory, alice)
	g.says(sshtest.Patience, "3 here", alice, bob, carol)
	stop()
	g.allSee(sshtest.Patience, "after the network was mended", alice, bob, carol)
	g.end()
}

// TestClusterServersCutOffFromDatabase cuts off one, then all, and then one from NATS too.
func TestClusterServersCutOffFromDatabase(t *testing.T) {
	t.Parallel()
	g, alice, bob, carol := threePlayers(t)
	a := g.sites[0]
	stop := mustTap(t, alice, bob, carol)
	awaitMore(t, 2, alice, bob, carol)

	a.db.Down()
	g.says(sshtest.Patience, saysNoDatabase, alice)
	position := g.state().Position
	g.within(sshtest.Patience, "others save", func() bool { return g.state().Position > position })
	for _, p := range []*tapper{bob, carol} {
		if strings.Contains(p.screen.Text(), saysNoDatabase) {
			t.Errorf("%s, whose server has the database, reads\n%s", p.name, p.screen.Text())
		}
	}
	a.db.Up()
	g.silent(sshtest.Patience, saysNoDatabase, alice)

	for _, s := range g.sites {
		s.db.Down()
	}
	g.says(sshtest.Patience, saysNoDatabase, alice, bob, carol)
	awaitMore(t, 5, alice, bob, carol)
	for _, s := range g.sites {
		s.db.Up()
	}
	g.silent(2*sshtest.Patience, saysNoDatabase, alice, bob, carol)

	a.db.Pause()
	a.noNATS(true)
	g.says(sshtest.Patience, saysInMemory, alice)
	awaitMore(t, 10, alice, bob, carol)
	a.someNATS()
	a.db.Resume()
	g.silent(sshtest.Patience, saysInMemory, alice)
	g.silent(2*sshtest.Patience, saysNoDatabase, alice)
	stop()
	g.allSee(sshtest.Patience, "after the network was mended", alice, bob, carol)
	g.end()
}

// TestClusterNATSServersStop stops a follower, the leader, and then a majority.
func TestClusterNATSServersStop(t *testing.T) {
	if testing.Short() {
		t.Skip("electing leaders takes about ten seconds")
	}
	t.Parallel()
	g, alice, bob, carol := threePlayers(t)
	const stream = "clickky"
	stop := mustTap(t, alice, bob, carol)
	for _, who := range []string{"a follower", "the leader"} {
		node := g.nats.AwaitLeader(stream)
		if who == "a follower" {
			node = (node + 1) % g.nats.Size()
		}
		g.nats.Stop(node)
		awaitMore(t, 5, alice, bob, carol)
		begun := time.Now()
		g.nats.AwaitLeader(stream)
		position := g.state().Position
		g.within(sshtest.Patience, "somebody saves without "+who, func() bool { return g.state().Position > position })
		t.Logf("%s was stopped %v ago", who, time.Since(begun))
		g.nats.Start(node)
		g.nats.Ready()
	}
	leader := g.nats.AwaitLeader(stream)
	g.nats.Stop(leader)
	g.nats.Stop((leader + 1) % 3)
	g.says(sshtest.Patience, saysInMemory, alice, bob, carol)
	awaitMore(t, 10, alice, bob, carol)
	g.nats.Start((leader + 1) % 3)
	g.silent(2*sshtest.Patience, saysInMemory, alice, bob, carol)
	g.nats.Start(leader)
	stop()
	g.allSee(2*sshtest.Patience, "with all NATS servers again", alice, bob, carol)
	g.nats.AwaitLeader(stream)
	g.end()
}

// TestClusterClaimOnBothSidesOfPartition gives the name to the first key in the journal, on
// every server, and tells the other player. The clicks of both count under the name.
func TestClusterClaimOnBothSidesOfPartition(t *testing.T) {
	t.Parallel()
	g, alice, bob, carol := threePlayers(t)
	a, b := g.sites[0], g.sites[1]
	a.noNATS(false)
	g.says(sshtest.Patience, saysInMemory, alice)
	const loser, winner, lonely = 11, 12, 13
	lost := g.screen(a, "dave", loser)
	lost.Type(t, "   ")
	lost.WaitFor(t, "clicks   3 ")
	g.join("erin", lonely, a).clicks(t, 2) // whom nobody contests
	won := g.join("dave", winner, b)
	won.clicks(t, 2)
	carol.screen.WaitFor(t, "2 clicks by") // they are in the journal
	a.someNATS()
	lost.WaitFor(t, "The name dave now belongs to another SSH key")
	if status := lost.Status(t); status != 0 {
		t.Errorf("the session of who has lost the name ends with status %d", status)
	}
	won.count += 3
	won.screen.WaitFor(t, "clicks   5 ")
	won.clicks(t, 1)
	g.allSee(sshtest.Patience, "after the partition", alice, bob, carol)
	for _, s := range g.sites {
		for key, may := range map[byte]int{loser: 1, winner: 0} {
			if r := sshtest.Dial(t, s.Addr, "dave", sshtest.Signer(t, key)).Run(t, "me", false); r.Status != may {
				t.Errorf("key %d on %s: %+v", key, s.name, r)
			}
		}
		if r := sshtest.Dial(t, s.Addr, "erin", sshtest.Signer(t, lonely)).Run(t, "me --json", false); !strings.Contains(r.Out, `"claimed":true`) {
			t.Errorf("who was alone with the name, on %s: %+v", s.name, r)
		}
	}
	g.end()
	var fingerprint string
	var keys int
	row := g.conn.QueryRowContext(t.Context(), "SELECT MAX(fingerprint), COUNT(*) FROM clickky_keys WHERE username = 'dave'")
	if err := row.Scan(&fingerprint, &keys); err != nil || keys != 1 || fingerprint != sshtestFingerprint(t, winner) {
		t.Errorf("the database has %d keys of dave, one of them %s, %v", keys, fingerprint, err)
	}
}

// TestClusterShutdownWhileCutOffFromNATS fails only if clicks are lost, and says how many.
func TestClusterShutdownWhileCutOffFromNATS(t *testing.T) {
	t.Parallel()
	g, alice, bob, carol := threePlayers(t)
	a, b := g.sites[0], g.sites[1]
	for _, p := range g.players {
		p.clicks(t, 2)
	}
	g.allSee(sshtest.Patience, "before two are cut off", alice, bob, carol)
	a.noNATS(false)
	b.noNATS(false)
	g.says(sshtest.Patience, saysInMemory, alice, bob)
	shown := bob.count
	bob.clicks(t, 3)
	a.terminate(t)
	b.alive = false
	if status, err := b.signal(syscall.SIGTERM); status != 1 || !strings.Contains(b.Log(), "3 clicks are lost") {
		t.Errorf("with clicks that only its memory has it ends with status %d, %v", status, err)
	}
	bob.screen.WaitFor(t, "can't write its journal")
	bob.count = shown
	carol.clicks(t, 1)
	g.end()
}

// TestClusterAdminActionsWhileServerCutOff applies them to its players when it is back; the
// clicks that these made meanwhile follow them.
func TestClusterAdminActionsWhileServerCutOff(t *testing.T) {
	t.Parallel()
	g, alice, bob, carol := threePlayers(t)
	a, b := g.sites[0], g.sites[1]
	dave, erin, frank := g.join("dave", 4, a), g.join("erin", 5, a), g.join("frank", 6, a)
	for _, p := range g.players {
		p.clicks(t, 2)
	}
	g.allSee(sshtest.Patience, "before one is cut off", alice, bob, carol)
	a.noNATS(true)
	g.says(sshtest.Patience, saysInMemory, alice)
	for _, p := range []*tapper{alice, dave, erin, frank} {
		p.clicks(t, 3)
	}
	g.admin(b, "players rename alice alicia --yes")
	g.admin(b, "players set dave 100 --yes")
	g.admin(b, "players ban "+sshtestFingerprint(t, 5)+" --for 1h --yes")
	g.admin(b, "players delete frank --yes")
	a.someNATS()
	alice.screen.WaitFor(t, "you're now alicia")
	erin.screen.WaitFor(t, "An admin banned your key")
	frank.screen.WaitFor(t, "An admin deleted the player frank")
	alice.name, dave.count, dave.dayless = "alicia", 103, 98
	dave.screen.WaitFor(t, "clicks   103 ")
	alice.clicks(t, 1)
	for _, p := range []*tapper{bob, carol} {
		p.clicks(t, 1)
	}
	g.players, g.nobodys = g.players[:len(g.players)-1], frank.count // the global count does not go down
	g.allSee(sshtest.Patience, "after the acts", alice, bob, carol)
	g.end()
}

// TestClusterJournalLeaderCutOff has it believe for some time that it leads. Servers of the
// game find the real leader, although it accepts their connections.
func TestClusterJournalLeaderCutOff(t *testing.T) {
	if testing.Short() {
		t.Skip("electing leaders takes about ten seconds")
	}
	t.Parallel()
	g, alice, bob, carol := threePlayers(t)
	leader := g.nats.AwaitLeader("clickky")
	for i := range g.nats.Size() { // alice's server gets to the leader
		if i != leader {
			g.sites[0].nats[i].Down()
		}
	}
	alice.clicks(t, 2)
	g.allSee(sshtest.Patience, "by way of the leader", alice, bob, carol)
	stop := mustTap(t, alice, bob, carol)
	awaitMore(t, 3, alice, bob, carol)
	g.nats.Isolate(leader)
	g.says(2*sshtest.Patience, saysInMemory, alice)
	for i := range g.nats.Size() {
		g.sites[0].nats[i].Up()
	}
	g.silent(2*sshtest.Patience, saysInMemory, alice, bob, carol)
	stop()
	g.allSee(sshtest.Patience, "with the others", alice, bob, carol)
	alice.clicks(t, 1)
	bob.clicks(t, 1)
	g.nats.Join()
	g.allSee(sshtest.Patience, "after all have joined again", alice, bob, carol)
	g.end()
}

// TestClusterDatabaseAnswersLost has no server know any more whether it was the one that
// saved.
func TestClusterDatabaseAnswersLost(t *testing.T) {
	t.Parallel()
	g, alice, bob, carol := threePlayers(t, "--flush-every", "100ms")
	stop := mustTap(t, alice, bob, carol)
	for i := range 8 {
		action := []dbproxy.Action{dbproxy.CutAnswer, dbproxy.SwallowAnswer, dbproxy.CutBefore}[i%3]
		first := make(chan struct{}, len(g.sites))
		for _, s := range g.sites {
			fault := s.db.Inject(action, dbproxy.Matching("^COMMIT"))
			go func() {
				select {
				case <-fault.Struck():
					first <- struct{}{}
				case <-t.Context().Done(): // others have saved to the end
				}
			}()
		}
		<-first
	}
	stop()
	g.allSee(sshtest.Patience, "after lost answers", alice, bob, carol)
	g.end()
}

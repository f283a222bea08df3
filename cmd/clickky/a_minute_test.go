package main

import (
	"strings"
	"testing"
	"time"

	"clickky/cmd/clickky/sshtest"
	"clickky/sync/store/mysql/dbproxy"
	"clickky/sync/store/mysql/mariadbtest"
)

// The tests of this file wait for a minute. They are in the first file, so that they begin
// before the others and wait beside them.

// TestDatabaseFrozenDelaysNobody freezes the database for a minute under load; afterwards it
// has exactly what was clicked.
func TestDatabaseFrozenDelaysNobody(t *testing.T) {
	if testing.Short() {
		t.Skip("takes more than a minute")
	}
	t.Parallel()
	db := mariadbtest.Start(t)
	p := start(t, t.TempDir(), "--db", db.URL, "--flush-every", "100ms")
	alice := play(t, p, "alice")
	alice.Type(t, "q")
	alice.Status(t)
	db.Freeze()
	screen := play(t, p, "bob")
	n := clickSteadily(t, screen, time.After(time.Minute))
	screen.WaitFor(t, "in the journal")
	db.Thaw()
	conn := db.Open(t)
	sshtest.Eventually(t, "all is saved", func() bool {
		clicks, total := counts(t, conn, "bob")
		return clicks == uint64(n) && total == uint64(n)
	})
	screen.WaitUntil(t, "is quiet about saving again", func(screen string) bool { return !strings.Contains(screen, "still counting") })
	p.terminate(t)
}

// TestClusterServerFrozenDuringSave freezes it for longer than its lease lasts, than NATS
// keeps its connection, and than other servers remember it. They wait until the database gives
// up its transaction, after a minute; what the server says then comes too late.
func TestClusterServerFrozenDuringSave(t *testing.T) {
	if testing.Short() {
		t.Skip("takes more than a minute")
	}
	t.Parallel()
	g, alice, _, _ := threePlayers(t)
	for _, p := range g.players {
		p.clicks(t, 1)
	}
	commit := g.sites[0].db.Inject(dbproxy.HoldBefore, dbproxy.Matching("^COMMIT"))
	<-commit.Struck() // it looks at the database every ten seconds at least
	freeze(g, g.sites[0], alice, 65*time.Second, func(position uint64) {
		g.within(2*time.Minute, "others save", func() bool { return g.state().Position > position+10 })
	})
}

//go:build !race

package main

import (
	"testing"

	"clickky/sync/cluster/natstest"
	"clickky/sync/store/mysql/mariadbtest"
)

// TestClusterMigrationAndBack follows docs/clustering.md, twice, so that each journal is used
// again after the game went on without it.
func TestClusterMigrationAndBack(t *testing.T) {
	t.Parallel()
	db, nats, dir := mariadbtest.New(t), natstest.Start(t, 1), t.TempDir()
	conn := db.Open(t)
	alone := []string{"--db", db.URL}
	shared := append(alone, "--nats", nats.URL())
	for round := range 2 {
		one := start(t, dir, alone...)
		alice := play(t, one, "alice")
		alice.Type(t, "  ")
		alice.WaitFor(t, []string{"2 clicks by 1 player", "8 clicks by 2 players"}[round])
		one.terminate(t)

		one, two := start(t, dir, shared...), start(t, t.TempDir(), shared...)
		alice, bob := play(t, one, "alice"), play(t, two, "bob")
		bob.Type(t, "   ")
		alice.Type(t, " ")
		bob.WaitFor(t, []string{"6 clicks by 2 players", "12 clicks by 2 players"}[round])
		two.terminate(t)
		one.terminate(t)
		endLease(t, conn) // those who have just met do not know whether they are alone
	}
	for name, want := range map[string]uint64{"alice": 6, "bob": 6} {
		if clicks, total := counts(t, conn, name); clicks != want || total != 12 {
			t.Errorf("the database has %d clicks of %s of %d, want %d of 12", clicks, name, total, want)
		}
	}
}

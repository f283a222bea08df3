//go:build !race

package main

import (
	"os"
	"strings"
	"testing"

	"clickky/cmd/clickky/sshtest"
	"clickky/sync/finding"
	"clickky/sync/store/mysql/mariadbtest"
)

// TestTablesAlteredDuringGame repairs what can be repaired; doctor, readyz and the next start
// report the rest.
func TestTablesAlteredDuringGame(t *testing.T) {
	t.Parallel()
	db := mariadbtest.New(t)
	dir := t.TempDir()
	p := start(t, dir, "--db", db.URL, "--flush-every", "100ms", "--http", "127.0.0.1:0")
	conn, at := db.Open(t), p.web(t)
	exec := func(statement string) {
		t.Helper()
		if _, err := conn.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	saves := func(clicks uint64) {
		t.Helper()
		sshtest.Eventually(t, "the clicks are in the database", func() bool { c, _ := counts(t, conn, "alice"); return c == clicks })
	}
	alice := play(t, p, "alice")
	alice.Type(t, " ")
	saves(1)
	exec("ALTER TABLE users DROP COLUMN clickky_seen")
	alice.Type(t, " ")
	saves(2)

	exec("ALTER TABLE users ADD COLUMN email VARCHAR(50) NOT NULL")
	alice.Type(t, " ")
	if !sshtest.Holds(func() bool {
		status, said := get(t, at, "/readyz?verbose")
		return status == 503 && strings.Contains(said, "it can't save counts") && strings.Contains(said, "email")
	}) {
		status, said := get(t, at, "/readyz?verbose")
		t.Errorf("readyz: %d %s", status, said)
	}
	status, found := examined(t, dir, db.URL)
	if r := found["tables"]; status != 1 || r.Severity != finding.Problem || !strings.Contains(r.Text, "email") {
		t.Errorf("the doctor: status %d, %+v", status, r)
	}
	p.terminate(t)
	if !strings.Contains(p.Log(), "nothing is saved until they're repaired") {
		t.Errorf("the log is\n%s", p.Log())
	}
	if _, err := startProgram(dir, os.Environ(), "--db", db.URL); err == nil || !strings.Contains(err.Error(), "status 1") || !strings.Contains(err.Error(), "email") {
		t.Errorf("the start says %v", err)
	}
	exec("ALTER TABLE users MODIFY email VARCHAR(50) NULL")
	p = start(t, dir, "--db", db.URL, "--flush-every", "100ms")
	saves(3)
	p.terminate(t)
}

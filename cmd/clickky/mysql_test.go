//go:build !race

package main

import (
	"database/sql"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"clickky/cmd/clickky/sshtest"
	"clickky/sync/store/mysql/mariadbtest"
)

func TestClicksReachMySQLDuringGameAndAtShutdown(t *testing.T) {
	t.Parallel()
	db := mariadbtest.New(t)
	p := start(t, t.TempDir(), "--db", db.URL, "--flush-every", "100ms")
	if !strings.Contains(p.Out, "mysql://") || strings.Contains(p.Out+p.Log(), mariadbtest.Password) {
		t.Errorf("the start says of the database:\n%s", p.Out)
	}
	conn := db.Open(t)
	alice, bob := play(t, p, "alice"), play(t, p, "bob")
	alice.Type(t, "   ")
	bob.WaitFor(t, "3 clicks by 1 player")
	bob.Type(t, "  ")
	alice.WaitFor(t, "5 clicks by 2 players")
	sshtest.Eventually(t, "both are in the database", func() bool {
		a, _ := counts(t, conn, "alice")
		b, total := counts(t, conn, "bob")
		return a == 3 && b == 2 && total == 5
	})
	p.terminate(t)

	slow := start(t, t.TempDir(), "--db", db.URL) // every 30 s
	alice = play(t, slow, "alice")
	alice.WaitFor(t, "5 clicks by 2 players")
	alice.Type(t, " ")
	alice.WaitFor(t, "6 clicks by 2 players")
	slow.terminate(t)
	alice.WaitFor(t, "restarting")
	if a, total := counts(t, conn, "alice"); a != 4 || total != 6 {
		t.Errorf("after the end alice has %d of %d, want 4 of 6", a, total)
	}
}

// TestLastSeenOfWatcherIsSavedAtShutdown ends the session with the server, so that it is the
// last thing saved.
func TestLastSeenOfWatcherIsSavedAtShutdown(t *testing.T) {
	t.Parallel()
	db := mariadbtest.New(t)
	dir := t.TempDir()
	p := start(t, dir, "--db", db.URL, "--flush-every", "100ms")
	conn := db.Open(t)
	seen := func() (at int64) {
		t.Helper()
		row := conn.QueryRowContext(t.Context(), "SELECT COALESCE(MAX(clickky_seen), 0) FROM users WHERE username = 'alice'")
		if err := row.Scan(&at); err != nil {
			t.Fatal(err)
		}
		return at
	}
	begin := time.Now().Unix()
	play(t, p, "alice").Type(t, " ")
	sshtest.Eventually(t, "the click is in the database", func() bool { return seen() >= begin })
	clicked := seen()
	// The game's own clock may be a tenth of a second behind.
	next := time.Unix(clicked+1, 0).Add(time.Second / 2)
	sshtest.Eventually(t, "the click is of an earlier second", func() bool { return time.Now().After(next) })
	p.terminate(t)
	left := seen()
	if left <= clicked || left > time.Now().Unix() {
		t.Errorf("alice clicked at %d and left at %d", clicked, left)
	}
	p = start(t, dir, "--db", db.URL)
	p.terminate(t)
	if again := seen(); again != left {
		t.Errorf("alice, who was not there, was seen at %d after %d", again, left)
	}
}

func TestDatabaseOutageLosesNothing(t *testing.T) {
	t.Parallel()
	db := mariadbtest.Start(t)
	p := start(t, t.TempDir(), "--db", db.URL, "--flush-every", "100ms")
	conn := db.Open(t)
	alice := play(t, p, "alice")
	alice.Type(t, " ")
	bob := sshtest.Dial(t, p.Addr, "bob")
	sshtest.Eventually(t, "the first click is saved, and the server knows", func() bool {
		c, _ := counts(t, conn, "alice")
		return c == 1 && strings.Contains(bob.Run(t, "stats --json", false).Out, `"unsaved":0`)
	})
	db.Stop()
	alice.Type(t, "  ")
	alice.WaitFor(t, "3 clicks", "2 clicks in the journal")
	r := bob.Run(t, "stats --json", false)
	if !strings.Contains(r.Out, `"unsaved":2`) || !strings.Contains(r.Out, `"database":"down"`) {
		t.Errorf("stats during the outage: %s", r.Out)
	}
	db.Start()
	sshtest.Eventually(t, "all clicks are saved", func() bool {
		c, total := counts(t, conn, "alice")
		return c == 3 && total == 3
	})
	alice.WaitUntil(t, "is quiet about saving again", func(screen string) bool { return !strings.Contains(screen, "still counting") })
	p.terminate(t)
}

func TestDatabaseMustBeReachedOnceToPlay(t *testing.T) {
	t.Parallel()
	db := mariadbtest.Start(t)
	db.Stop()
	p := start(t, t.TempDir(), "--db", db.URL, "--flush-every", "100ms")
	r := sshtest.Dial(t, p.Addr, "alice").Run(t, "", true)
	if r.Status != 1 || !strings.Contains(r.Errors, "database is unreachable") || strings.Count(r.Errors, "\n") != 1 {
		t.Errorf("%+v, want one sentence", r)
	}
	db.Start()
	sshtest.Eventually(t, "the game is open", func() bool {
		return sshtest.Dial(t, p.Addr, "alice").Run(t, "stats", false).Status == 0
	})
	p.terminate(t)
}

func TestDatabaseRefusalEndsServer(t *testing.T) {
	t.Parallel()
	db := mariadbtest.New(t)
	for what, url := range map[string]string{
		"wrong password": strings.Replace(db.URL, mariadbtest.Password, "wrong-"+mariadbtest.Password, 1),
		"no such name":   strings.Replace(db.URL, db.Name, "no_such_database", 1),
	} {
		_, err := startProgram(t.TempDir(), os.Environ(), "--db", url)
		if err == nil || !strings.Contains(err.Error(), "status 1") || strings.Contains(err.Error(), mariadbtest.Password) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// makeOldTables makes the tables of the Node.js version.
func makeOldTables(t *testing.T, conn *sql.DB) {
	t.Helper()
	for _, q := range []string{
		"CREATE TABLE users (id INT AUTO_INCREMENT PRIMARY KEY, username VARCHAR(100) UNIQUE, user_count INT) DEFAULT CHARSET utf8mb4",
		"CREATE TABLE global_count (id INT PRIMARY KEY, count INT)",
		"INSERT INTO users VALUES (3, 'Alice', 40), (7, 'Zoë 😀', 100), (9, 'nobody', NULL)",
		"INSERT INTO global_count VALUES (1, 1000)",
	} {
		if _, err := conn.ExecContext(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
}

func TestDatabaseOfOldVersionIsMigrated(t *testing.T) {
	t.Parallel()
	db := mariadbtest.New(t)
	conn := db.Open(t)
	makeOldTables(t, conn)
	p := start(t, t.TempDir(), "--db", db.URL, "--public-leaderboard")
	alice := play(t, p, "alice")
	alice.Type(t, " ")
	alice.WaitFor(t, "1,001 clicks", "41")
	r := sshtest.Dial(t, p.Addr, "bob").Run(t, "leaderboard --csv", false)
	if want := "rank,name,clicks\n1,Zoë 😀,100\n2,Alice,41\n3,nobody,0\n"; r.Out != want {
		t.Errorf("leaderboard %q, want %q", r.Out, want)
	}
	p.terminate(t)
	var id, clicks uint64
	if err := conn.QueryRowContext(t.Context(), "SELECT id, user_count FROM users WHERE username = 'Alice'").Scan(&id, &clicks); err != nil {
		t.Fatal(err)
	}
	if _, total := counts(t, conn, ""); id != 3 || clicks != 41 || total != 1001 {
		t.Errorf("Alice has id %d and %d clicks of %d, want 3, 41 and 1001", id, clicks, total)
	}
}

// TestTablesEmptiedDuringGameAreRefilled has one of the players click again.
func TestTablesEmptiedDuringGameAreRefilled(t *testing.T) {
	t.Parallel()
	db := mariadbtest.New(t)
	dir := t.TempDir()
	p := start(t, dir, "--db", db.URL, "--flush-every", "100ms")
	conn := db.Open(t)
	alice := play(t, p, "alice")
	for _, name := range []string{"bob", "carol"} {
		play(t, p, name).Type(t, "  ")
	}
	alice.Type(t, " ")
	sshtest.Eventually(t, "all are in the database", func() bool { _, total := counts(t, conn, ""); return total == 5 })
	if _, err := conn.ExecContext(t.Context(), "TRUNCATE users"); err != nil {
		t.Fatal(err)
	}
	alice.Type(t, " ")
	alice.WaitFor(t, "6 clicks by 3 players")
	p.terminate(t)
	if log := p.Log(); strings.Count(log, "players are missing from the database; saving everything again") != 1 {
		t.Errorf("the log is\n%s", log)
	}
	for name, want := range map[string]uint64{"alice": 2, "bob": 2, "carol": 2} {
		if got, _ := counts(t, conn, name); got != want {
			t.Errorf("the database has %d clicks of %s, want %d", got, name, want)
		}
	}
}

func TestShutdownBySecondSignalIsImmediate(t *testing.T) {
	t.Parallel()
	db := mariadbtest.Start(t)
	p := start(t, t.TempDir(), "--db", db.URL, "--flush-every", "1h")
	alice := play(t, p, "alice")
	alice.Type(t, " ")
	alice.WaitFor(t, "1 click by")
	db.Freeze()
	defer db.Thaw()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	alice.WaitFor(t, "restarting")
	status, _ := p.signal(syscall.SIGTERM)
	if log := p.Log(); status != 0 || !strings.Contains(log, "in the journal and are saved on the next start") {
		t.Errorf("status %d, log:\n%s", status, log)
	}
	db.Thaw()
	again := start(t, p.cmd.Dir, "--db", db.URL)
	alice = play(t, again, "alice")
	alice.WaitFor(t, "1 click by")
	again.terminate(t)
}

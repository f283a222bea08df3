//go:build !race

package main

import (
	"database/sql"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	driver "github.com/go-sql-driver/mysql"
	gossh "golang.org/x/crypto/ssh"

	"clickky/cmd/clickky/sshtest"
	"clickky/sync/store/mysql/mariadbtest"
)

// Everywhere below alice has a key and the counts are these.
const played = "rank,name,clicks\n1,alice,3\n2,bob,2\n"

// playedGame has alice and bob play on a server until they are saved.
func playedGame(t *testing.T, dir string, key gossh.Signer, args ...string) {
	t.Helper()
	p := start(t, dir, append(args, "--flush-every", "100ms")...)
	play(t, p, "alice", key).Type(t, "   ")
	bob := play(t, p, "bob")
	bob.Type(t, "  ")
	bob.WaitFor(t, "5 clicks by 2 players")
	p.terminate(t)
	wantLeaderboard(t, dir, played, args...)
}

func wantLeaderboard(t *testing.T, dir, want string, args ...string) {
	t.Helper()
	if status, got := runProgram(t, dir, append([]string{"leaderboard", "--csv"}, args...)...); status != 0 || got != want {
		t.Errorf("the leaderboard is %q with status %d, want %q", got, status, want)
	}
}

// wantRestored starts a server on what was restored: the counts are there, alice's key
// plays on, and nobody else's does.
func wantRestored(t *testing.T, dir string, key gossh.Signer, args ...string) {
	t.Helper()
	wantLeaderboard(t, dir, played, args...)
	p := start(t, dir, append(args, "--flush-every", "100ms")...)
	alice := play(t, p, "alice", key)
	alice.Type(t, " ")
	alice.WaitFor(t, "6 clicks by 2 players")
	if r := sshtest.Dial(t, p.Addr, "alice", sshtest.Signer(t, 99)).Run(t, "me", false); r.Status != 1 || !strings.Contains(r.Errors, "isn't yours") {
		t.Errorf("another key as alice: %+v", r)
	}
	p.terminate(t)
	wantLeaderboard(t, dir, "rank,name,clicks\n1,alice,4\n2,bob,2\n", args...)
}

// mustRun runs a command of the program that has to succeed.
func mustRun(t *testing.T, dir string, args ...string) string {
	t.Helper()
	status, out := runProgram(t, dir, args...)
	if status != 0 {
		t.Fatalf("%q: status %d: %s", args, status, out)
	}
	return out
}

// TestBackupByExport restores an export of either database into either: an empty one, and one
// whose data directory still has a journal.
func TestBackupByExport(t *testing.T) {
	t.Parallel()
	db := mariadbtest.New(t)
	key := sshtest.Signer(t, 1)
	fromSQLite, fromMySQL := t.TempDir(), t.TempDir()
	playedGame(t, fromSQLite, key)
	playedGame(t, fromMySQL, key, "--db", db.URL)
	for kind, args := range map[string][]string{"SQLite": {fromSQLite}, "MariaDB": {fromMySQL, "--db", db.URL}} {
		backup := filepath.Join(t.TempDir(), "backup.jsonl")
		mustRun(t, args[0], append([]string{"export", "--output", backup}, args[1:]...)...)
		t.Run(kind+" into SQLite", func(t *testing.T) {
			dir := t.TempDir()
			mustRun(t, dir, "import", "--merge", "replace", "--yes", backup)
			wantRestored(t, dir, key)
		})
		t.Run(kind+" into MariaDB", func(t *testing.T) {
			dir, into := t.TempDir(), mariadbtest.New(t)
			mustRun(t, dir, "import", "--merge", "replace", "--yes", "--db", into.URL, backup)
			wantRestored(t, dir, key, "--db", into.URL)
		})
	}
	// The journal that is still there has the same clicks; they do not count again.
	backup := filepath.Join(t.TempDir(), "backup.jsonl")
	mustRun(t, fromSQLite, "export", "--output", backup)
	for _, name := range []string{"clickky.db", "clickky.db-wal", "clickky.db-shm"} {
		_ = os.Remove(filepath.Join(fromSQLite, "clickky-data", name))
	}
	mustRun(t, fromSQLite, "import", "--merge", "replace", "--yes", backup)
	wantRestored(t, fromSQLite, key)
}

// TestBackupByCopyOfDataDirectory copies it while no server uses it, with the host key.
func TestBackupByCopyOfDataDirectory(t *testing.T) {
	t.Parallel()
	dir, key := t.TempDir(), sshtest.Signer(t, 1)
	makeHostKeys := func(dir string) {
		t.Helper()
		p, err := startProgram(dir, append(os.Environ(), ownHostKeys))
		if err != nil {
			t.Fatal(err)
		}
		p.untilEndOf(t).terminate(t)
	}
	makeHostKeys(dir)
	playedGame(t, dir, key)
	restored := t.TempDir()
	if err := os.CopyFS(filepath.Join(restored, "clickky-data"), os.DirFS(filepath.Join(dir, "clickky-data"))); err != nil {
		t.Fatal(err)
	}
	wantRestored(t, restored, key)
	makeHostKeys(restored)
	var keys [2][]byte
	for i, where := range []string{dir, restored} {
		var err error
		if keys[i], err = os.ReadFile(filepath.Join(where, "clickky-data", "host_key")); err != nil {
			t.Fatal(err)
		}
	}
	if !slices.Equal(keys[0], keys[1]) {
		t.Error("the host key is another one")
	}
}

// client is a command of MariaDB for a database.
func client(t *testing.T, name string, db mariadbtest.DB, args ...string) *exec.Cmd {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Skipf("%s is not installed: Debian has it in mariadb-client", name)
	}
	config, err := driver.ParseDSN(db.DSN)
	if err != nil {
		t.Fatal(err)
	}
	host, port, _ := strings.Cut(config.Addr, ":")
	args = append([]string{"--no-defaults", "--protocol=tcp", "--host=" + host, "--port=" + port, "--user=" + config.User}, args...)
	cmd := exec.CommandContext(t.Context(), name, append(args, db.Name)...)
	cmd.Env = append(os.Environ(), "MYSQL_PWD="+config.Passwd)
	return cmd
}

// TestBackupByDump dumps while the server runs, and restores with the journal and without it.
func TestBackupByDump(t *testing.T) {
	t.Parallel()
	db, key := mariadbtest.New(t), sshtest.Signer(t, 1)
	dir := t.TempDir()
	playedGame(t, dir, key, "--db", db.URL)
	p := start(t, dir, "--db", db.URL, "--flush-every", "100ms")
	dump, err := client(t, "mariadb-dump", db, "--single-transaction").Output()
	if err != nil {
		t.Fatal(err)
	}
	p.terminate(t)
	restore := func(t *testing.T, into mariadbtest.DB) {
		t.Helper()
		cmd := client(t, "mariadb", into)
		cmd.Stdin = strings.NewReader(string(dump))
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		endLease(t, into.Open(t)) // the dump is older than the lease is long, but in this test
	}
	t.Run("with another journal", func(t *testing.T) {
		into := mariadbtest.New(t)
		restore(t, into)
		wantRestored(t, t.TempDir(), key, "--db", into.URL)
	})
	t.Run("with the journal, which has what came since", func(t *testing.T) {
		p := start(t, dir, "--db", db.URL, "--flush-every", "100ms")
		play(t, p, "bob").Type(t, " ")
		conn := db.Open(t)
		sshtest.Eventually(t, "the click is saved", func() bool { c, _ := counts(t, conn, "bob"); return c == 3 })
		p.terminate(t)
		restore(t, db)
		wantLeaderboard(t, dir, played, "--db", db.URL)
		p = start(t, dir, "--db", db.URL)
		p.terminate(t)
		wantLeaderboard(t, dir, "rank,name,clicks\n1,alice,3\n1,bob,3\n", "--db", db.URL)
	})
	t.Run("with the journal moved away", func(t *testing.T) {
		restore(t, db)
		journals, err := filepath.Glob(filepath.Join(dir, "clickky-data", "journal-*"))
		if err != nil || len(journals) != 1 {
			t.Fatalf("%v, %v", journals, err)
		}
		if err := os.Rename(journals[0], filepath.Join(dir, "moved-away")); err != nil {
			t.Fatal(err)
		}
		wantRestored(t, dir, key, "--db", db.URL)
	})
}

// scores is a file to import.
func scores(t *testing.T, text string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "scores.csv")
	if err := os.WriteFile(path, []byte("name,clicks\n"+text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestImportAfterKill has the next start combine the database, the import and the clicks that
// only the journal has, each once.
func TestImportAfterKill(t *testing.T) {
	t.Parallel()
	db := mariadbtest.New(t)
	for kind, args := range map[string][]string{"SQLite": nil, "MariaDB": {"--db", db.URL}} {
		t.Run(kind, func(t *testing.T) {
			dir, key := t.TempDir(), sshtest.Signer(t, 1)
			playedGame(t, dir, key, args...)
			p := start(t, dir, append(args, "--flush-every", "1h")...)
			alice := play(t, p, "alice", key)
			alice.Type(t, "    ")
			alice.WaitFor(t, "9 clicks by 2 players")
			inJournal := time.Now().Add(time.Second) // a quarter would do on an idle machine
			sshtest.Eventually(t, "the clicks are in the journal", func() bool { return time.Now().After(inJournal) })
			_, _ = p.signal(os.Kill)
			file := scores(t, "alice,100\ncarol,7\n")
			command := append([]string{"import", "--merge", "add", "--yes", file}, args...)
			// Whether it was killed, or only does not answer, nobody can tell yet.
			status, said := runProgram(t, dir, command...)
			if status != 1 || strings.Count(said, "\n") != 1 || !strings.Contains(said, "stop it first (if it was killed, try again in 30 seconds)") {
				t.Fatalf("while the lease lasts: status %d, %s", status, said)
			}
			if args != nil {
				endLease(t, db.Open(t))
			} else {
				conn, err := sql.Open("sqlite", filepath.Join(dir, "clickky-data", "clickky.db"))
				if err != nil {
					t.Fatal(err)
				}
				_, err = conn.ExecContext(t.Context(), "UPDATE clickky_state SET lease_until = 1")
				if err := conn.Close(); err != nil {
					t.Fatal(err)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			mustRun(t, dir, command...)
			wantLeaderboard(t, dir, "rank,name,clicks\n1,alice,103\n2,carol,7\n3,bob,2\n", args...)
			p = start(t, dir, args...)
			alice = play(t, p, "alice", key)
			alice.Type(t, " ")
			alice.WaitFor(t, "117 clicks by 3 players")
			p.terminate(t)
			if !strings.Contains(p.Log(), "replayed=4") || strings.Contains(p.Log(), "another journal") {
				t.Errorf("the start says:\n%s", p.Log())
			}
			wantLeaderboard(t, dir, "rank,name,clicks\n1,alice,108\n2,carol,7\n3,bob,2\n", args...)
		})
	}
}

// TestImportIsNotOverwrittenByFrozenServer has the server find that it lost the database. The
// clicks in its journal are there after its next start.
func TestImportIsNotOverwrittenByFrozenServer(t *testing.T) {
	t.Parallel()
	db, dir, key := mariadbtest.New(t), t.TempDir(), sshtest.Signer(t, 1)
	playedGame(t, dir, key, "--db", db.URL)
	p := start(t, dir, "--db", db.URL, "--flush-every", "100ms")
	alice := play(t, p, "alice", key)
	if err := p.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	endLease(t, db.Open(t))
	mustRun(t, dir, "import", "--merge", "add", "--yes", "--db", db.URL, scores(t, "alice,100\n"))
	if err := p.cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	alice.Type(t, " ")
	sshtest.Eventually(t, "the server knows that it has lost the database", func() bool {
		return strings.Contains(p.Log(), "or there was an import")
	})
	p.terminate(t)
	wantLeaderboard(t, dir, "rank,name,clicks\n1,alice,103\n2,bob,2\n", "--db", db.URL)
	p = start(t, dir, "--db", db.URL)
	p.terminate(t)
	wantLeaderboard(t, dir, "rank,name,clicks\n1,alice,104\n2,bob,2\n", "--db", db.URL)
}

// TestImportDuringServerStart repeats it: the server has each import that succeeded, and the
// others say that they failed.
func TestImportDuringServerStart(t *testing.T) {
	t.Parallel()
	db, dir := mariadbtest.New(t), t.TempDir()
	playedGame(t, dir, sshtest.Signer(t, 1), "--db", db.URL)
	file := scores(t, "bob,10\n")
	want := uint64(2)
	for range 4 {
		imported := make(chan bool, 1)
		go func() {
			status, said := runProgram(t, dir, "import", "--merge", "add", "--yes", "--db", db.URL, file)
			if status != 0 && !strings.Contains(said, "stop it first") {
				t.Errorf("status %d: %s", status, said)
			}
			imported <- status == 0
		}()
		p := start(t, dir, "--db", db.URL)
		if <-imported {
			want += 10
		}
		p.terminate(t)
		if bob, total := countsBesides(t, db.Open(t), "bob", want-2); bob != want || total != want+3 {
			t.Fatalf("bob has %d of %d, want %d", bob, total, want)
		}
	}
}

// TestImportOfOldDatabase imports from MySQL into SQLite, where Alice plays on as alice.
func TestImportOfOldDatabase(t *testing.T) {
	t.Parallel()
	db, dir := mariadbtest.New(t), t.TempDir()
	conn := db.Open(t)
	makeOldTables(t, conn)
	said := mustRun(t, dir, "import", "--from", db.URL, "--merge", "add", "--yes")
	if !strings.Contains(said, "3 players, 1000 clicks") || strings.Contains(said, mariadbtest.Password) {
		t.Errorf("it says:\n%s", said)
	}
	wantLeaderboard(t, dir, "rank,name,clicks\n1,Zoë 😀,100\n2,Alice,40\n3,nobody,0\n")
	p := start(t, dir)
	alice := play(t, p, "alice")
	alice.Type(t, " ")
	alice.WaitFor(t, "1,001 clicks by 3 players", "41")
	p.terminate(t)
	// Again, into a game that is being played: Alice is who plays as alice by now.
	if said := mustRun(t, dir, "import", "--from", db.URL, "--merge", "keep"); !strings.Contains(said, "0 new, 0 changed, 3 unchanged") {
		t.Errorf("it says:\n%s", said)
	}
	var tables int
	if err := conn.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()").Scan(&tables); err != nil || tables != 2 {
		t.Errorf("there are %d tables, %v; want that nothing was done to them", tables, err)
	}
}

//go:build !race

package main

import (
	"fmt"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"clickky/cmd/clickky/sshtest"
	"clickky/sync/store/mysql/dbproxy"
	"clickky/sync/store/mysql/mariadbtest"
)

// proxied is a proxy before a database, and the URL through it.
func proxied(t *testing.T, db mariadbtest.DB) (*dbproxy.Proxy, string) {
	t.Helper()
	u, err := url.Parse(db.URL)
	if err != nil {
		t.Fatal(err)
	}
	proxy := dbproxy.Start(t, u.Host)
	u.Host = proxy.Addr()
	return proxy, u.String()
}

// TestDatabaseGrantsRestoredSaveWithinSeconds has the server start with its privileges, lose
// them, and get them again.
func TestDatabaseGrantsRestoredSaveWithinSeconds(t *testing.T) {
	t.Parallel()
	db := mariadbtest.New(t)
	conn := db.Open(t)
	exec := func(statement string) {
		t.Helper()
		if _, err := conn.ExecContext(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	user := strings.Replace(db.Name, "clickky_test_", "g_", 1)
	exec(fmt.Sprintf("CREATE USER '%s'@'%%' IDENTIFIED BY '%s'", user, mariadbtest.Password))
	t.Cleanup(func() { _, _ = db.Open(t).Exec("DROP USER '" + user + "'@'%'") })
	grant := fmt.Sprintf("GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, INDEX ON `%s`.* TO '%s'@'%%'", db.Name, user)
	exec(grant)
	u, err := url.Parse(db.URL)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword(user, mariadbtest.Password)
	p := start(t, t.TempDir(), "--db", u.String(), "--flush-every", "200ms")
	alice := play(t, p, "alice")
	alice.Type(t, " ")
	saves := func(clicks uint64) {
		t.Helper()
		sshtest.Eventually(t, "the clicks are in the database", func() bool { c, _ := counts(t, conn, "alice"); return c == clicks })
	}
	saves(1)

	exec(fmt.Sprintf("REVOKE INSERT, UPDATE, DELETE ON `%s`.* FROM '%s'@'%%'", db.Name, user))
	db.Disconnect(t, user)
	alice.Type(t, " ")
	alice.WaitFor(t, "database rejects saves")
	exec(grant)
	begun := time.Now()
	saves(2)
	if took := time.Since(begun); took > 15*time.Second {
		t.Errorf("it took %v to save after the grants came back", took)
	}
	p.terminate(t)
	if said := p.Log(); !strings.Contains(said, "command denied") || strings.Contains(said, "is unreachable") {
		t.Errorf("the log is\n%s", said)
	}
}

// TestDatabaseRefusalEndsServerWithFix says what mends it.
func TestDatabaseRefusalEndsServerWithFix(t *testing.T) {
	t.Parallel()
	for number, says := range map[uint16]string{3159: "tls=true", 1862: "new password", 3118: "ACCOUNT UNLOCK", 1045: "requires TLS"} {
		proxy, at := proxied(t, mariadbtest.New(t))
		proxy.Refuse(number, "made up", dbproxy.Matching("login"))
		dir := t.TempDir()
		_, err := startProgram(dir, os.Environ(), "--db", at)
		if err == nil || !strings.Contains(err.Error(), "status 1") || !strings.Contains(err.Error(), says) {
			t.Errorf("%d: %v, want status 1 and %q", number, err, says)
		}
		status, out := runProgram(t, dir, "doctor", "--db", at)
		if status != 1 || strings.Contains(out, "unreachable") || strings.Contains(out, "start it") {
			t.Errorf("%d: doctor: status %d: %s", number, status, out)
		}
	}
}

// TestDatabaseBusyOrOfflineIsAwaited logs what the database answers.
func TestDatabaseBusyOrOfflineIsAwaited(t *testing.T) {
	t.Parallel()
	for number, says := range map[uint16]string{1040: "max_connections", 3032: "offline_mode = OFF"} {
		proxy, at := proxied(t, mariadbtest.New(t))
		end := proxy.Refuse(number, "made up", dbproxy.Matching("login"))
		p := start(t, t.TempDir(), "--db", at, "--flush-every", "100ms")
		sshtest.Eventually(t, "the log says it", func() bool { return strings.Contains(p.Log(), says) })
		if said := p.Log(); strings.Contains(said, "unreachable") {
			t.Errorf("%d: the log is\n%s", number, said)
		}
		end()
		p.awaitGame(t)
		alice := play(t, p, "alice")
		alice.Type(t, " ")
		alice.WaitFor(t, "1 click by 1 player")
		p.terminate(t)
	}
}

// TestImportFromDatabaseThatCannotBeMigrated covers TiDB, which alters no column of a key, and
// has no read-only transactions.
func TestImportFromDatabaseThatCannotBeMigrated(t *testing.T) {
	t.Parallel()
	db := mariadbtest.New(t)
	makeOldTables(t, db.Open(t))
	proxy, at := proxied(t, db)
	proxy.Refuse(1305, "FUNCTION get_lock does not exist", dbproxy.Matching("_LOCK[(]"))
	proxy.Refuse(1235, "function READ ONLY has only noop implementation", dbproxy.Matching("^START TRANSACTION READ ONLY"))
	proxy.Refuse(8200, "Unsupported modify column: this column has primary key flag", dbproxy.Matching("^ALTER TABLE `users`"))
	_, err := startProgram(t.TempDir(), os.Environ(), "--db", at)
	if err == nil || !strings.Contains(err.Error(), "status 1") || !strings.Contains(err.Error(), "clickky import --from") {
		t.Errorf("the server says %v", err)
	}
	dir := t.TempDir()
	mustRun(t, dir, "import", "--from", at, "--merge", "replace", "--yes")
	wantLeaderboard(t, dir, "rank,name,clicks\n1,Zoë 😀,100\n2,Alice,40\n3,nobody,0\n")
}

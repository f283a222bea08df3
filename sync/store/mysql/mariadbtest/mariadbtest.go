// Package mariadbtest gives tests a real MariaDB.
//
// New returns a new, empty database on a server that all tests of a test binary share. Start runs a
// server for one test, which that test may stop, kill and freeze; StartTLS runs one with a
// certificate. All servers store their data in a temporary directory, in memory if there is room and
// TMPDIR doesn't name another place. They listen on a loopback port only, and end with the tests,
// even if the test binary is killed.
//
// Without MariaDB, the tests are skipped, or fail if CLICKKY_REQUIRE_DB=1 is set. If CLICKKY_TEST_DB
// is set, to the DSN of a user who can create databases, New uses that server. If CLICKKY_TEST_DB_DIR
// is set, servers start from that directory, with mysqld, or mariadbd and mariadb-install-db.
package mariadbtest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	driver "github.com/go-sql-driver/mysql"
)

const (
	envRequire = "CLICKKY_REQUIRE_DB"
	envServer  = "CLICKKY_TEST_DB"
	envDir     = "CLICKKY_TEST_DB_DIR"
)

// Password is the password in every DSN and URL of a server that this package started. Tests can
// check that it doesn't appear where it shouldn't.
const Password = "cl1ckky-t0p-secret"

const user = "clickky"

// errGone is the server's error for a connection that no longer exists.
const errGone = 1094

// DB is a database for one test.
type DB struct {
	// Name is the name of the database.
	Name string
	// DSN opens it with github.com/go-sql-driver/mysql.
	DSN string
	// URL is the DSN as a mysql:// URL.
	URL string
}

// Open opens the database with the driver alone. The pool is closed when the test ends.
func (d DB) Open(t testing.TB) *sql.DB {
	t.Helper()
	cfg, err := driver.ParseDSN(d.DSN)
	if err != nil {
		t.Fatalf("open the test database: %v", err)
	}
	cfg.Logger = &driver.NopLogger{} // tests stop servers on purpose
	connector, err := driver.NewConnector(cfg)
	if err != nil {
		t.Fatalf("open the test database: %v", err)
	}
	db := sql.OpenDB(connector)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// Disconnect kills the connections of a user.
func (d DB) Disconnect(t testing.TB, user string) {
	t.Helper()
	db := d.Open(t)
	rows, err := db.QueryContext(t.Context(), "SELECT ID FROM information_schema.PROCESSLIST WHERE USER = ?", user)
	if err != nil {
		t.Fatalf("list the connections of %s: %v", user, err)
	}
	defer func() { _ = rows.Close() }()
	var ids []int
	for rows.Next() {
		var id int
		if err := rows.Scan(&id); err != nil {
			t.Fatalf("list the connections of %s: %v", user, err)
		}
		ids = append(ids, id)
	}
	if err := rows.Err(); err != nil {
		t.Fatalf("list the connections of %s: %v", user, err)
	}
	for _, id := range ids {
		_, err := db.ExecContext(t.Context(), fmt.Sprintf("KILL %d", id))
		if gone, ok := errors.AsType[*driver.MySQLError](err); err != nil && (!ok || gone.Number != errGone) {
			t.Fatalf("kill a connection of %s: %v", user, err)
		}
	}
}

// shared is the server behind New. Main sets active while it runs, because nothing else could stop
// the server after the last test.
var shared struct {
	mu     sync.Mutex
	active bool
	tried  bool
	err    error
	proc   *process
	admin  *driver.Config
}

// Main runs the tests, stops the shared server, and returns the result of m.Run. A package whose
// tests call New has it as its TestMain:
//
//	func TestMain(m *testing.M) { mariadbtest.Main(m) }
func Main(m interface{ Run() int }) int {
	shared.mu.Lock()
	shared.active = true
	shared.mu.Unlock()
	systemTables.keep()
	defer systemTables.remove()

	code := m.Run()

	shared.mu.Lock()
	defer shared.mu.Unlock()
	shared.active = false
	if shared.proc != nil {
		shared.proc.remove()
		shared.proc = nil
	}
	return code
}

// New creates an empty database that is dropped when the test ends. It is safe for parallel tests.
func New(t testing.TB) DB {
	t.Helper()
	admin, err := sharedServer()
	if err != nil {
		skipOrFail(t, err)
	}
	return create(t, admin)
}

// sharedServer returns the administrator's configuration of the shared server, which the first call
// starts.
func sharedServer() (*driver.Config, error) {
	shared.mu.Lock()
	defer shared.mu.Unlock()
	if !shared.active {
		return nil, errors.New("the package's TestMain does not call mariadbtest.Main")
	}
	if shared.tried {
		return shared.admin, shared.err
	}
	shared.tried = true
	if dsn := os.Getenv(envServer); dsn != "" {
		if shared.admin, shared.err = driver.ParseDSN(dsn); shared.err != nil {
			// The driver's message may contain parts of the password.
			shared.err = fmt.Errorf("%s is not a DSN of go-sql-driver/mysql", envServer)
		}
		return shared.admin, shared.err
	}
	if shared.proc, shared.err = newProcess(); shared.err != nil {
		return nil, shared.err
	}
	if shared.proc.mysql {
		shared.proc.tls = nil // use its own certificates
	}
	if shared.err = shared.proc.start(); shared.err != nil {
		shared.proc.remove()
		shared.proc = nil
		return nil, shared.err
	}
	shared.admin = shared.proc.config("")
	return shared.admin, nil
}

// skipOrFail skips a test if MariaDB is missing, and fails it after any other error.
func skipOrFail(t testing.TB, err error) {
	t.Helper()
	if errors.Is(err, errNotInstalled) && os.Getenv(envRequire) != "1" {
		t.Skipf("%v; set %s=1 to make this a failure", err, envRequire)
	}
	t.Fatalf("MariaDB for tests: %v", err)
}

// create creates a database with a unique name and drops it after the test.
func create(t testing.TB, admin *driver.Config) DB {
	t.Helper()
	name := "clickky_test_" + strings.ToLower(rand.Text()[:12])
	if err := adminExec(admin, "CREATE DATABASE "+name); err != nil {
		t.Fatalf("create a test database: %v", err)
	}
	t.Cleanup(func() {
		// A test's own server may be stopped.
		_ = adminExec(admin, "DROP DATABASE IF EXISTS "+name)
	})
	return newDB(admin, name)
}

func adminExec(admin *driver.Config, statement string) error {
	connector, err := driver.NewConnector(admin)
	if err != nil {
		return err
	}
	db := sql.OpenDB(connector)
	defer func() { _ = db.Close() }()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	_, err = db.ExecContext(ctx, statement)
	return err
}

// newDB returns the DSN and the URL of a database.
func newDB(admin *driver.Config, name string) DB {
	cfg := admin.Clone()
	cfg.DBName = name
	u := url.URL{Scheme: "mysql", Host: cfg.Addr, Path: "/" + name}
	u.User = url.UserPassword(cfg.User, cfg.Passwd)
	if cfg.TLSConfig != "" {
		u.RawQuery = url.Values{"tls": {cfg.TLSConfig}}.Encode()
	}
	return DB{Name: name, DSN: cfg.FormatDSN(), URL: u.String()}
}

// Package mariadbtest gives tests a real MariaDB.
//
// New hands out a fresh, empty database on one server that all tests of a test
// binary share; Start runs a server for one test alone, which that test may
// stop, kill and freeze, and StartTLS one that has a certificate. All are private: data in a temporary directory,
// reachable on a loopback port only, gone when the tests are over and also
// when the test binary is killed.
//
// Where MariaDB is not installed, tests that ask for it are skipped, or fail
// if CLICKKY_REQUIRE_DB=1 is set. With CLICKKY_TEST_DB set to the DSN of a
// user who may create databases, New uses that server instead. With CLICKKY_TEST_DB_DIR
// set to a directory that has mysqld, or mariadbd and mariadb-install-db, it is these
// that are started.
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

// Password is the password in every DSN and URL that this package gives out
// for a server it has started, so that tests can look for it where it must not
// appear.
const Password = "cl1ckky-t0p-secret"

const user = "clickky"

// errGone is the server's error about a connection that has ended already.
const errGone = 1094

// DB is a database that one test has for itself.
type DB struct {
	// Name is the name of the database.
	Name string
	// DSN opens it with github.com/go-sql-driver/mysql.
	DSN string
	// URL is the same as a mysql:// URL.
	URL string
}

// Open connects to the database with the bare driver. The pool is closed when
// the test ends.
func (d DB) Open(t testing.TB) *sql.DB {
	t.Helper()
	cfg, err := driver.ParseDSN(d.DSN)
	if err != nil {
		t.Fatalf("open the test database: %v", err)
	}
	cfg.Logger = &driver.NopLogger{} // servers are stopped here on purpose
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

// shared is the server behind New. Main sets active for as long as it runs,
// because nothing else could stop the server when the last test is over.
var shared struct {
	mu     sync.Mutex
	active bool
	tried  bool
	err    error
	proc   *process
	admin  *driver.Config
}

// Main runs the tests and then stops the server that they shared; it returns
// what m.Run returned. A package whose tests call New has it as its TestMain:
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

// New creates an empty database that is dropped when the test ends. It may be
// called from parallel tests.
func New(t testing.TB) DB {
	t.Helper()
	admin, err := sharedServer()
	if err != nil {
		giveUp(t, err)
	}
	return create(t, admin)
}

// sharedServer starts the shared server at the first call and returns how its
// administrator connects.
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
			// The driver's message may repeat parts of the password.
			shared.err = fmt.Errorf("%s is not a DSN of go-sql-driver/mysql", envServer)
		}
		return shared.admin, shared.err
	}
	if shared.proc, shared.err = newProcess(); shared.err != nil {
		return nil, shared.err
	}
	if shared.proc.mysql {
		shared.proc.tls = nil // with the certificates that it makes for itself
	}
	if shared.err = shared.proc.start(); shared.err != nil {
		shared.proc.remove()
		shared.proc = nil
		return nil, shared.err
	}
	shared.admin = shared.proc.config("")
	return shared.admin, nil
}

// giveUp ends a test that cannot have its server: a missing MariaDB skips it,
// everything else is a failure.
func giveUp(t testing.TB, err error) {
	t.Helper()
	if errors.Is(err, errNotInstalled) && os.Getenv(envRequire) != "1" {
		t.Skipf("%v; set %s=1 to make this a failure", err, envRequire)
	}
	t.Fatalf("MariaDB for tests: %v", err)
}

// create makes a database with a name of its own and drops it after the test.
func create(t testing.TB, admin *driver.Config) DB {
	t.Helper()
	name := "clickky_test_" + strings.ToLower(rand.Text()[:12])
	if err := adminExec(admin, "CREATE DATABASE "+name); err != nil {
		t.Fatalf("create a test database: %v", err)
	}
	t.Cleanup(func() {
		// A server of the test's own may be stopped by now.
		_ = adminExec(admin, "DROP DATABASE IF EXISTS "+name)
	})
	return describe(admin, name)
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

// describe gives both spellings of how to connect to a database.
func describe(admin *driver.Config, name string) DB {
	cfg := admin.Clone()
	cfg.DBName = name
	u := url.URL{Scheme: "mysql", Host: cfg.Addr, Path: "/" + name}
	u.User = url.UserPassword(cfg.User, cfg.Passwd)
	if cfg.TLSConfig != "" {
		u.RawQuery = url.Values{"tls": {cfg.TLSConfig}}.Encode()
	}
	return DB{Name: name, DSN: cfg.FormatDSN(), URL: u.String()}
}

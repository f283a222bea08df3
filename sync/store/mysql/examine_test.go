package mysql

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	driver "github.com/go-sql-driver/mysql"

	"clickky/sync/finding"
	"clickky/sync/store"
	"clickky/sync/store/mysql/mariadbtest"
	"clickky/sync/store/sqlstore"
)

// findings are the findings of Examine by name.
type findings map[string]finding.Finding

// is reports whether there is a finding with that name and severity that contains the text.
func (f findings) is(name string, severity finding.Severity, text string) bool {
	return f[name].Severity == severity && strings.Contains(f[name].Text, text)
}

// has reports whether there is a finding with that name.
func (f findings) has(name string) bool { return f[name].Name != "" }

// examine also returns the state of the database, nil if it is not known.
func examine(t *testing.T, url string) (findings, *store.State) {
	t.Helper()
	s := openURL(t, url)
	t.Cleanup(func() { _ = s.Close() })
	return examineStore(t, s)
}

func examineStore(t *testing.T, s *Store) (findings, *store.State) {
	t.Helper()
	var r finding.Report
	state := s.Examine(t.Context(), &r)
	found := findings{}
	for _, one := range r {
		if found.has(one.Name) {
			t.Errorf("two findings are called %s", one.Name)
		}
		found[one.Name] = one
	}
	return found, state
}

// mustExamine fails the test if the state is not known.
func mustExamine(t *testing.T, url string) findings {
	t.Helper()
	f, state := examine(t, url)
	if state == nil {
		t.Fatalf("%+v", f)
	}
	return f
}

// currentTables are the tables of the current version.
var currentTables = slices.Sorted(maps.Keys(sqlstore.Columns))

// userURL creates a user of the database with some privileges, and returns the URL for that user.
func userURL(t *testing.T, database mariadbtest.DB, privileges string) string {
	t.Helper()
	db := database.Open(t)
	user := strings.Replace(database.Name, "clickky_test_", "u_", 1)
	mustExec(t, db, fmt.Sprintf("CREATE USER '%s'@'%%' IDENTIFIED BY '%s'", user, mariadbtest.Password))
	t.Cleanup(func() { _, _ = database.Open(t).Exec(fmt.Sprintf("DROP USER '%s'@'%%'", user)) })
	if privileges != "" {
		mustExec(t, db, fmt.Sprintf("GRANT %s ON `%s`.* TO '%s'@'%%'", privileges, database.Name, user))
	}
	return changeURL(t, database, func(u *url.URL) { u.User = url.UserPassword(user, mariadbtest.Password) })
}

func TestExamineNewDatabase(t *testing.T) {
	t.Parallel()
	database := mariadbtest.New(t)
	f := mustExamine(t, database.URL)
	version, _, _ := strings.Cut(scalar(t, database.Open(t), "SELECT VERSION()"), "-")
	if !f.is("database", finding.OK, database.Name+" answers (connected in ") || strings.Contains(f["database"].Text, mariadbtest.Password) ||
		strings.Contains(f["database"].Text, "in 0s") || !f.is("version", finding.OK, version) || !f.is("tls", finding.OK, "on this machine") ||
		f.has("read-only") || !f.is("grants", finding.OK, "all the privileges") {
		t.Errorf("an empty database: %+v", f)
	}
	if ahead, within, err := skew(t.Context(), database.Open(t)); err != nil || ahead.Abs()-within > 100*time.Millisecond {
		t.Errorf("the clock of this machine is %v ahead of itself, %v", ahead, err)
	}
	if !f.is("clock", finding.OK, "the database's clock is ") {
		t.Errorf("the clock: %+v", f["clock"])
	}
	if !f.is("tables", finding.OK, "none yet") || f.has("names") {
		t.Errorf("the tables of an empty database: %+v", f)
	}

	s := migrated(t, database.URL)
	mustSave(t, s, batch(3, "alice"))
	f, state := examine(t, database.URL)
	if !f.is("tables", finding.OK, "up to date") || !f.is("names", finding.OK, "_bin") || state == nil || state.Journal != testJournal || state.LeaseLeft <= 0 {
		t.Errorf("a database of this version: %+v, %+v", f, state)
	}
	db := database.Open(t)
	there, absent := map[string]bool{versionTable: true}, slices.Clone(currentTables)
	for _, name := range absent {
		there[name] = true
	}
	rows, err := db.QueryContext(t.Context(), "SHOW TABLES")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		if !there[name] {
			t.Errorf("Migrate made a table %s that Examine does not know", name)
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}

	mustExec(t, db, "DROP TABLE clickky_keys")
	mustExec(t, db, "ALTER TABLE users MODIFY username VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NOT NULL")
	if f = mustExamine(t, database.URL); !f.is("tables", finding.Problem, "missing: clickky_keys") || f["tables"].Text != "missing: clickky_keys" ||
		!f.is("names", finding.Problem, "utf8mb4_general_ci") {
		t.Errorf("a database that was changed: %+v", f)
	}
}

func TestExamineOlderVersions(t *testing.T) {
	t.Parallel()
	for _, version := range []int{1, 3, 5} {
		database := mariadbtest.New(t)
		olderVersion(t, database, version)
		if f := mustExamine(t, database.URL); !f.is("tables", finding.OK, fmt.Sprintf("version %d; the server upgrades them to ", version)) ||
			!f.is("names", finding.OK, "byte by byte") {
			t.Errorf("version %d: %+v", version, f)
		}
	}
}

func TestExamineReportsTablesOfOthers(t *testing.T) {
	t.Parallel()
	database := mariadbtest.New(t)
	mustExec(t, database.Open(t), "CREATE TABLE users (id INT PRIMARY KEY, email VARCHAR(100))")
	if f := mustExamine(t, database.URL); !f.is("tables", finding.Problem, "username") {
		t.Errorf("somebody else's tables: %+v", f["tables"])
	}
}

func TestExamineReportsMissingGrants(t *testing.T) {
	t.Parallel()
	for privileges, missing := range map[string][]string{
		"ALL": nil,
		"SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, INDEX": nil,
		"SELECT, INSERT, UPDATE, DELETE":                       {"CREATE", "ALTER", "INDEX"},
		"SELECT":                                               {"INSERT", "UPDATE", "DELETE", "CREATE", "ALTER", "INDEX"},
	} {
		severity, says, fix := finding.Problem, " lacks "+strings.Join(missing, ", "), "GRANT "+strings.Join(missing, ", ")+" ON "
		if missing == nil {
			severity, says, fix = finding.OK, "all the privileges", ""
		}
		f := mustExamine(t, userURL(t, mariadbtest.New(t), privileges))
		if !f.is("grants", severity, says) || !strings.HasPrefix(f["grants"].Fix, fix) {
			t.Errorf("%s: %+v, want that %v are missing", privileges, f["grants"], missing)
		}
	}

	// Without privileges the database isn't accessible, and what to grant is known.
	database := mariadbtest.New(t)
	f, state := examine(t, userURL(t, database, ""))
	if state != nil || !f.is("database", finding.Problem, store.ErrRefused.Error()) || !strings.HasPrefix(f["database"].Fix, "GRANT "+strings.Join(needed, ", ")+" ON ") {
		t.Errorf("no privileges: %+v", f)
	}
	// The statement that is named mends it.
	mustExec(t, database.Open(t), strings.TrimSuffix(f["database"].Fix, ";"))
	user := strings.Replace(database.Name, "clickky_test_", "u_", 1)
	f = mustExamine(t, changeURL(t, database, func(u *url.URL) { u.User = url.UserPassword(user, mariadbtest.Password) }))
	if !f.is("grants", finding.OK, "all the privileges") {
		t.Errorf("after the grant: %+v", f["grants"])
	}
}

func TestExamineReportsWhyThereIsNoDatabase(t *testing.T) {
	t.Parallel()
	database := mariadbtest.New(t)
	for name, c := range map[string]struct {
		change  func(*url.URL)
		refused bool
		fix     string
	}{
		"wrong password": {func(u *url.URL) { u.User = url.UserPassword(u.User.Username(), "wrong") }, true, "correct the user and password"},
		"wrong name":     {func(u *url.URL) { u.Path = "/no_such_database" }, true, "CREATE DATABASE `no_such_database`"},
		"no server":      {func(u *url.URL) { u.Host = "127.0.0.1:1" }, false, "host and port"},
	} {
		f, state := examine(t, changeURL(t, database, c.change))
		r := f["database"]
		if state != nil || r.Severity != finding.Problem || strings.Contains(r.Text, store.ErrRefused.Error()) != c.refused || !strings.Contains(r.Fix, c.fix) {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

func TestExamineReportsWrongClock(t *testing.T) {
	t.Parallel()
	database := mariadbtest.New(t)
	wrong := time.Now().Add(-time.Hour).Unix()
	f := mustExamine(t, changeURL(t, database, func(u *url.URL) { u.RawQuery = fmt.Sprintf("timestamp=%d", wrong) }))
	if !f.is("clock", finding.Problem, "clock is 1h0m") && !f.is("clock", finding.Problem, "clock is 59m") || !f.is("clock", finding.Problem, "behind this machine's") {
		t.Errorf("a clock that is an hour late: %+v", f["clock"])
	}
}

func TestExamineReportsReadOnly(t *testing.T) {
	server := mariadbtest.Start(t)
	mustExec(t, server.Open(t), "SET GLOBAL read_only = 1")
	if f := mustExamine(t, server.URL); !f.is("read-only", finding.Problem, "read-only") {
		t.Errorf("%+v", f)
	}
}

func TestExamineReportsErrors(t *testing.T) {
	t.Parallel()
	s := openFailing(t, mariadbtest.New(t).URL, func(statement string) error {
		if strings.Contains(statement, "`information_schema`.`TABLES`") {
			return errors.New("no such thing")
		}
		return nil
	})
	f, state := examineStore(t, s)
	if state != nil || !f.is("database", finding.OK, "answers") || !f.is("tables", finding.Problem, "no such thing") {
		t.Errorf("%+v", f)
	}
}

// TestExamineChangesNothing has the privileges to change everything.
func TestExamineChangesNothing(t *testing.T) {
	t.Parallel()
	database := mariadbtest.New(t)
	mustExamine(t, database.URL)
	db := database.Open(t)
	var tables int
	if err := db.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()").Scan(&tables); err != nil || tables != 0 {
		t.Errorf("%d tables after it, %v", tables, err)
	}
	s := migrated(t, database.URL)
	mustSave(t, s, batch(3, "alice"))
	checksum := func() (sums []string) {
		for _, name := range append(slices.Clone(currentTables), versionTable) {
			var table, sum string
			if err := db.QueryRowContext(t.Context(), "CHECKSUM TABLE "+name).Scan(&table, &sum); err != nil {
				t.Fatal(err)
			}
			sums = append(sums, table+" "+sum)
		}
		return sums
	}
	before := checksum()
	mustExamine(t, database.URL)
	if after := checksum(); !slices.Equal(before, after) {
		t.Errorf("before %v\nafter %v", before, after)
	}
}

func TestRemote(t *testing.T) {
	for addr, want := range map[string]bool{
		"127.0.0.1:3306": false, "[::1]:3306": false, "localhost:3306": false, "127.0.0.9:1": false,
		"db:3306": true, "192.0.2.1:3306": true, "[2001:db8::1]:3306": true,
	} {
		if got := isRemote(&driver.Config{Net: "tcp", Addr: addr}); got != want {
			t.Errorf("%s: %v", addr, got)
		}
	}
	if isRemote(&driver.Config{Net: "unix", Addr: "/run/mysqld/mysqld.sock"}) {
		t.Error("a socket is on another machine")
	}
}

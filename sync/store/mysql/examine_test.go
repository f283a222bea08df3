package mysql

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	driver "github.com/go-sql-driver/mysql"

	"clickky/sync/store"
	"clickky/sync/store/mysql/mariadbtest"
	"clickky/sync/store/sqlstore"
)

func examine(t *testing.T, url string) (Facts, error) {
	t.Helper()
	s := openURL(t, url)
	t.Cleanup(func() { _ = s.Close() })
	return s.Examine(t.Context())
}

func mustExamine(t *testing.T, url string) Facts {
	t.Helper()
	f, err := examine(t, url)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// currentTables are those of the current version.
var currentTables = slices.Sorted(maps.Keys(sqlstore.Columns))

// as makes a user of the database with some privileges on it, and returns the URL
// with which that user connects.
func as(t *testing.T, database mariadbtest.DB, privileges string) string {
	t.Helper()
	db := database.Open(t)
	user := strings.Replace(database.Name, "clickky_test_", "u_", 1)
	mustExec(t, db, fmt.Sprintf("CREATE USER '%s'@'%%' IDENTIFIED BY '%s'", user, mariadbtest.Password))
	t.Cleanup(func() { _, _ = database.Open(t).Exec(fmt.Sprintf("DROP USER '%s'@'%%'", user)) })
	if privileges != "" {
		mustExec(t, db, fmt.Sprintf("GRANT %s ON `%s`.* TO '%s'@'%%'", privileges, database.Name, user))
	}
	return with(t, database, func(u *url.URL) { u.User = url.UserPassword(user, mariadbtest.Password) })
}

func TestExamineSeesADatabaseFromItsBeginningOn(t *testing.T) {
	t.Parallel()
	database := mariadbtest.New(t)
	f := mustExamine(t, database.URL)
	if f.Access != Reached || f.Version != scalar(t, database.Open(t), "SELECT VERSION()") || f.Connected <= 0 || f.Remote || f.ReadOnly ||
		f.Name != database.Name || strings.Contains(f.Where, mariadbtest.Password) || len(f.Missing) > 0 || f.Unsure {
		t.Errorf("an empty database: %+v", f)
	}
	if skew := f.Skew.Abs() - f.SkewError; skew > 100*time.Millisecond {
		t.Errorf("the clock of this machine is %v ahead of itself", skew)
	}
	if f.Tables != 0 || f.Current < 6 || f.Collation != "" || len(f.Absent) > 0 || f.Unfit != nil {
		t.Errorf("the tables of an empty database: %+v", f)
	}

	s := migrated(t, database.URL)
	mustSave(t, s, batch(3, "alice"))
	f = mustExamine(t, database.URL)
	if f.Tables != f.Current || !f.Binary || len(f.Absent) > 0 || f.State.Journal != testJournal || f.State.LeaseLeft <= 0 {
		t.Errorf("a database of this version: %+v", f)
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
	if f = mustExamine(t, database.URL); !reflect.DeepEqual(f.Absent, []string{"clickky_keys"}) || f.Binary || f.Collation != "utf8mb4_general_ci" {
		t.Errorf("a database that was changed: %+v", f)
	}
}

func TestExamineSeesOlderVersions(t *testing.T) {
	t.Parallel()
	for _, version := range []int{1, 3, 5} {
		database := mariadbtest.New(t)
		olderVersion(t, database, version)
		if f := mustExamine(t, database.URL); f.Tables != int64(version) || len(f.Absent) > 0 || !f.Binary {
			t.Errorf("version %d: %+v", version, f)
		}
	}
}

func TestExamineSaysWhatIsInTheWayOfATakeover(t *testing.T) {
	t.Parallel()
	database := mariadbtest.New(t)
	mustExec(t, database.Open(t), "CREATE TABLE users (id INT PRIMARY KEY, email VARCHAR(100))")
	if f := mustExamine(t, database.URL); !errors.Is(f.Unfit, store.ErrUnfit) || !strings.Contains(f.Unfit.Error(), "username") {
		t.Errorf("somebody else's tables: %v", f.Unfit)
	}
}

func TestExamineSeesWhatTheUserMayDo(t *testing.T) {
	t.Parallel()
	for privileges, missing := range map[string][]string{
		"ALL": nil,
		"SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, INDEX": nil,
		"SELECT, INSERT, UPDATE, DELETE":                       {"CREATE", "ALTER", "INDEX"},
		"SELECT":                                               {"INSERT", "UPDATE", "DELETE", "CREATE", "ALTER", "INDEX"},
	} {
		f := mustExamine(t, as(t, mariadbtest.New(t), privileges))
		if !slices.Equal(f.Missing, missing) || f.Unsure {
			t.Errorf("%s: %v are missing, want %v (unsure: %v)", privileges, f.Missing, missing, f.Unsure)
		}
	}

	// Without any the database itself is closed, and what to grant is known.
	database := mariadbtest.New(t)
	f, err := examine(t, as(t, database, ""))
	if !errors.Is(err, store.ErrRefused) || f.Access != NotAllowed || !slices.Equal(f.Missing, Needed) {
		t.Errorf("no privileges: %v, %+v", err, f)
	}
	// The statement that is named mends it.
	mustExec(t, database.Open(t), strings.TrimSuffix(f.Grant(f.Missing), ";"))
	user := strings.Replace(database.Name, "clickky_test_", "u_", 1)
	f = mustExamine(t, with(t, database, func(u *url.URL) { u.User = url.UserPassword(user, mariadbtest.Password) }))
	if len(f.Missing) > 0 {
		t.Errorf("after the grant %v are missing", f.Missing)
	}
}

func TestExamineTellsWhyThereIsNoDatabase(t *testing.T) {
	t.Parallel()
	database := mariadbtest.New(t)
	for name, c := range map[string]struct {
		change func(*url.URL)
		access Access
	}{
		"wrong password": {func(u *url.URL) { u.User = url.UserPassword(u.User.Username(), "wrong") }, WrongLogin},
		"wrong name":     {func(u *url.URL) { u.Path = "/no_such_database" }, NoDatabase},
		"no server":      {func(u *url.URL) { u.Host = "127.0.0.1:1" }, NoAnswer},
	} {
		f, err := examine(t, with(t, database, c.change))
		if err == nil || f.Access != c.access || errors.Is(err, store.ErrRefused) != (c.access != NoAnswer) {
			t.Errorf("%s: %v, access %v", name, err, f.Access)
		}
	}
}

func TestExamineSeesAClockThatIsWrong(t *testing.T) {
	t.Parallel()
	database := mariadbtest.New(t)
	wrong := time.Now().Add(-time.Hour).Unix()
	f := mustExamine(t, with(t, database, func(u *url.URL) { u.RawQuery = fmt.Sprintf("timestamp=%d", wrong) }))
	if off := (f.Skew + time.Hour).Abs(); off > time.Minute {
		t.Errorf("a clock that is an hour late is %v ahead", f.Skew)
	}
}

func TestExamineSeesAServerThatIsReadOnly(t *testing.T) {
	server := mariadbtest.Start(t)
	mustExec(t, server.Open(t), "SET GLOBAL read_only = 1")
	if f := mustExamine(t, server.URL); !f.ReadOnly {
		t.Errorf("%+v", f)
	}
}

// TestExamineChangesNothing not even where it could.
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

func TestWhichDatabasesAreOnAnotherMachine(t *testing.T) {
	for addr, want := range map[string]bool{
		"127.0.0.1:3306": false, "[::1]:3306": false, "localhost:3306": false, "127.0.0.9:1": false,
		"db:3306": true, "192.0.2.1:3306": true, "[2001:db8::1]:3306": true,
	} {
		if got := remote(&driver.Config{Net: "tcp", Addr: addr}); got != want {
			t.Errorf("%s: %v", addr, got)
		}
	}
	if remote(&driver.Config{Net: "unix", Addr: "/run/mysqld/mysqld.sock"}) {
		t.Error("a socket is on another machine")
	}
}

package mysql

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"strings"
	"sync"
	"testing"
	"time"

	"clickky/sync/finding"
	"clickky/sync/game"
	"clickky/sync/store"
	"clickky/sync/store/mysql/mariadbtest"
)

// createOld creates an old server's tables, and one that doesn't belong to Clickky.
func createOld(t *testing.T, database mariadbtest.DB, setup []string) *sql.DB {
	t.Helper()
	db := database.Open(t)
	conn, err := db.Conn(t.Context()) // one connection, because of SET
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	setup = append(setup[:len(setup):len(setup)],
		"CREATE TABLE admins (email VARCHAR(100), password TEXT) CHARACTER SET latin1",
		"INSERT INTO admins VALUES ('root@example.org', 'hunter2')")
	for _, statement := range setup {
		_, err := conn.ExecContext(t.Context(), statement)
		if errorNumber(err) == 1273 { // no such collation: MySQL's own doesn't ignore trailing spaces
			_, err = conn.ExecContext(t.Context(), strings.ReplaceAll(statement, "utf8mb4_general_nopad_ci", "utf8mb4_0900_ai_ci"))
		}
		if err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	return db
}

func TestTakeover(t *testing.T) {
	t.Parallel()
	for name, old := range oldDatabases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			database := mariadbtest.New(t)
			db := createOld(t, database, old.setup)
			admins := fingerprint(t, db, "admins")
			next := nextID(t, db)
			s := openURL(t, database.URL)
			defer func() { _ = s.Close() }()
			// A command may read before a server has migrated.
			if !old.incomplete {
				checkLoad(t, s, old)
				snapshot, err := s.Load(t.Context(), func(game.Player) error { return nil })
				if err != nil || snapshot.State != (store.State{}) {
					t.Errorf("Load: %+v, %v; want that it belongs to nobody", snapshot, err)
				}
			} else if _, err := s.Load(t.Context(), nil); !errors.Is(err, store.ErrNoTables) {
				t.Errorf("Load: %v, want store.ErrNoTables in its chain", err)
			}
			if err := s.Migrate(t.Context()); err != nil {
				t.Fatalf("Migrate: %v", err)
			}
			checkTakenOver(t, s, db, old)
			if after := nextID(t, db); after < next {
				t.Errorf("the next id is %d, was %d before", after, next)
			}
			if fingerprint(t, db, "admins") != admins {
				t.Error("the table admins is not what it was")
			}
			checkSecondStart(t, database)
			checkUse(t, s, old)
		})
	}
}

func TestTakeoverRefused(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		setup     []string
		says      []string
		table     string // the table whose rows stay unchanged; empty: users
		mysqlOnly bool
	}{
		"foreign key": {
			setup: []string{
				usualUsers, usualGlobal, someUsers,
				"CREATE TABLE badges (user INT, CONSTRAINT owner FOREIGN KEY (user) REFERENCES users (id))",
			},
			says: []string{"table badges", "users.id", "foreign key owner"},
		},
		"names twice": {
			setup: []string{
				"CREATE TABLE users (id INT AUTO_INCREMENT PRIMARY KEY, username VARCHAR(100), user_count INT)",
				"INSERT INTO users (username, user_count) VALUES ('bob', NULL), ('Ann', 1), ('ann', 2), ('Ann', 3)",
			},
			says: []string{`"Ann"`, "more than once"},
		},
		"key on the beginning of names": {
			setup: []string{
				"CREATE TABLE users (id INT AUTO_INCREMENT PRIMARY KEY, username VARCHAR(100), user_count INT," +
					" UNIQUE short (username(5)))", someUsers,
			},
			says: []string{"unique key users.short", "first 5 characters"},
		},
		"other users": {
			setup: []string{"CREATE TABLE users (id INT PRIMARY KEY, email VARCHAR(100), user_count INT)"},
			says:  []string{"table users", "no column username", "its own database"},
		},
		"other global_count": {
			setup: []string{usualUsers, someUsers, "CREATE TABLE global_count (n INT)"},
			says:  []string{"table global_count", "no column id"},
		},
		"users as a view": {
			setup: []string{
				usualUsers, usualGlobal, someUsers, "RENAME TABLE users TO people", "CREATE VIEW users AS SELECT * FROM people",
			},
			says: []string{"users is a view"}, table: "people",
		},
		"global_count as a view": {
			setup: []string{
				usualUsers, usualGlobal, someUsers, "RENAME TABLE global_count TO sums", "CREATE VIEW global_count AS SELECT * FROM sums",
			},
			says: []string{"global_count is a view"},
		},
		"a unique key on an expression": {
			setup: []string{usualUsers, usualGlobal, someUsers, "CREATE UNIQUE INDEX f ON users ((LOWER(username)))"},
			says:  []string{"unique key users.f is on an expression"}, mysqlOnly: true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			database := mariadbtest.New(t)
			if test.mysqlOnly && strings.Contains(scalar(t, database.Open(t), "SELECT VERSION()"), "MariaDB") {
				t.Skip("MariaDB has no such keys")
			}
			db := createOld(t, database, test.setup)
			table := cmp.Or(test.table, "users")
			before := fingerprint(t, db, table)
			s := openURL(t, database.URL)
			defer func() { _ = s.Close() }()
			if f, state := examineStore(t, s); state == nil || !f.is("tables", finding.Problem, "") || f["tables"].Fix != "do what the message says, or give Clickky its own database" {
				t.Errorf("Examine: %+v; want that the tables are unfit", f)
			}
			err := s.Migrate(t.Context())
			if !errors.Is(err, store.ErrUnfit) {
				t.Fatalf("Migrate: %v, want store.ErrUnfit in its chain", err)
			}
			for _, part := range test.says {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("Migrate: %q does not say %q", err, part)
				}
			}
			if after := fingerprint(t, db, table); after != before {
				t.Errorf("the table %s was\n%s and is\n%s", table, before, after)
			}
		})
	}
}

// TestTakeoverConcurrently starts several servers on an old database at once.
func TestTakeoverConcurrently(t *testing.T) {
	t.Parallel()
	old := oldDatabases["utf8mb4 general"]
	database := mariadbtest.New(t)
	db := createOld(t, database, old.setup)
	errs := make([]error, 4)
	logs := make([]bytes.Buffer, len(errs))
	var group sync.WaitGroup
	for i := range errs {
		cfg, err := ParseURL(database.URL)
		if err != nil {
			t.Fatal(err)
		}
		s, err := Open(cfg, slog.New(slog.NewTextHandler(&logs[i], nil)))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = s.Close() }()
		group.Go(func() { errs[i] = s.Migrate(t.Context()) })
	}
	group.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatalf("Migrate: %v", err)
	}
	all := ""
	for i := range logs {
		all += logs[i].String()
	}
	if strings.Count(all, "upgraded tables") != 1 || !strings.Contains(all, "players=4 total=2000000100") {
		t.Errorf("the log does not say once what was taken over: %s", all)
	}
	if strings.Contains(all, mariadbtest.Password) {
		t.Errorf("the log has the password in it: %s", all)
	}
	s := openURL(t, database.URL)
	defer func() { _ = s.Close() }()
	checkTakenOver(t, s, db, old)
}

// TestTakeoverSkipsNewDatabase reports nothing.
func TestTakeoverSkipsNewDatabase(t *testing.T) {
	t.Parallel()
	database := mariadbtest.New(t)
	cfg, err := ParseURL(database.URL)
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	s, err := Open(cfg, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	if err := s.Migrate(t.Context()); err != nil || log.Len() > 0 {
		t.Fatalf("Migrate: %v, and the log says %q", err, log.String())
	}
	checkTakenOver(t, s, database.Open(t), oldDatabase{rows: map[uint64]row{}})
	checkSecondStart(t, database)
}

func openBroken(t *testing.T, url string, b *breaker) *Store {
	t.Helper()
	cfg, err := ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	s, err := open(cfg, slog.New(slog.DiscardHandler), b.connector)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// checkTakenOver compares rows, IDs and the structure of the tables.
func checkTakenOver(t *testing.T, s *Store, db *sql.DB, old oldDatabase) {
	t.Helper()
	checkLoad(t, s, old)
	rows, err := db.QueryContext(t.Context(), "SELECT id, username, user_count FROM users WHERE username IS NOT NULL")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	found := map[uint64]row{}
	for rows.Next() {
		var id uint64
		var r row
		if err := rows.Scan(&id, &r.name, &r.count); err != nil {
			t.Fatal(err)
		}
		found[id] = r
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	if !maps.Equal(found, old.rows) {
		t.Errorf("users holds %v, want %v", found, old.rows)
	}
	for query, want := range map[string]string{
		"SELECT COUNT(*) FROM users WHERE username IS NULL":  fmt.Sprint(old.nameless),
		"SELECT count FROM global_count WHERE id = 1":        fmt.Sprint(old.total),
		columnQuery("users", "id"):                           "bigint(20) unsigned NO  auto_increment",
		columnQuery("users", "user_count"):                   "bigint(20) unsigned NO  ",
		columnQuery("users", "clickky_seen"):                 "int(10) unsigned NO  ",
		"SELECT COUNT(*) FROM users WHERE clickky_seen <> 0": "0",
		columnQuery("global_count", "count"):                 "bigint(20) unsigned NO  ",
		"SELECT CONCAT(COLLATION_NAME, ' ', CHARACTER_MAXIMUM_LENGTH >= 100) FROM information_schema.COLUMNS" +
			" WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'users' AND COLUMN_NAME = 'username'": "utf8mb4_nopad_bin 1",
		"SELECT GROUP_CONCAT(DISTINCT ENGINE) FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()": "InnoDB",
		"SELECT CONCAT_WS(',', id, journal, position, lease_until IS NULL) FROM clickky_state":                "1,,0,1",
		"SELECT COUNT(*) FROM clickky_rejected":                                                               "0",
		"SELECT COUNT(*) FROM clickky_keys":                                                                   "0",
		"SELECT COUNT(*) FROM clickky_bindings":                                                               "0",
		"SELECT COUNT(*) FROM " + versionTable + " WHERE is_applied":                                          "8",
		"SELECT COUNT(*) FROM clickky_bans":                                                                   "0",
		"SELECT COUNT(*) FROM clickky_audit":                                                                  "0",
		"SELECT COUNT(*) FROM clickky_choices":                                                                "0",
		"SELECT COUNT(*) FROM clickky_days":                                                                   "0",
		"SELECT GROUP_CONCAT(COLUMN_NAME, ' ', COLUMN_TYPE ORDER BY ORDINAL_POSITION) FROM information_schema.COLUMNS" +
			" WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'clickky_keys' AND COLUMN_KEY = 'PRI'": "username varbinary(700),fingerprint varbinary(100)",
		uniqueQuery("clickky_bindings", "id"): "1", uniqueQuery("clickky_bans", "target"): "1", uniqueQuery("clickky_audit", "id"): "1",
		uniqueQuery("clickky_choices", "username"): "1",
		columnQuery("clickky_days", "user_id"):     "bigint(20) unsigned NO  ",
		columnQuery("clickky_bindings", "id"):      "bigint(20) unsigned NO  auto_increment",
		uniqueQuery("users", "id"):                 "1", uniqueQuery("users", "username"): "1", uniqueQuery("global_count", "id"): "1",
	} {
		if got := scalar(t, db, query); normalize.Replace(got) != normalize.Replace(want) {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
}

// normalize removes differences between servers: MySQL shows no widths, and both MySQL and newer
// versions of MariaDB have other names for the best collation.
var normalize = strings.NewReplacer("bigint(20)", "bigint", "int(10)", "int", "utf8mb4_nopad_bin", "utf8mb4_0900_bin")

func columnQuery(table, column string) string {
	return "SELECT CONCAT_WS(' ', COLUMN_TYPE, IS_NULLABLE, '', EXTRA) FROM information_schema.COLUMNS" +
		" WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = '" + table + "' AND COLUMN_NAME = '" + column + "'"
}

// uniqueQuery checks that a column has exactly one unique key of its own.
func uniqueQuery(table, column string) string {
	return "SELECT COUNT(*) FROM information_schema.STATISTICS s WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = '" +
		table + "' AND COLUMN_NAME = '" + column + "' AND NON_UNIQUE = 0 AND SUB_PART IS NULL"
}

func checkLoad(t *testing.T, s *Store, old oldDatabase) {
	t.Helper()
	want := map[string]uint64{}
	for _, r := range old.rows {
		want[r.name] = r.count
	}
	found := map[string]uint64{}
	snapshot, err := s.Load(t.Context(), func(p game.Player) error {
		found[p.Name] = p.Clicks
		return nil
	})
	if err != nil || !maps.Equal(found, want) || snapshot.Total != old.total {
		t.Errorf("Load yields %v, total %d, %v; want %v, total %d", found, snapshot.Total, err, want, old.total)
	}
}

// checkSecondStart migrates again and rejects everything but SELECT.
func checkSecondStart(t *testing.T, database mariadbtest.DB) {
	t.Helper()
	b := &breaker{left: -1}
	again := openBroken(t, database.URL, b)
	defer func() { _ = again.Close() }()
	if err := again.Migrate(t.Context()); err != nil || len(b.changes) > 0 {
		t.Errorf("the second start: %v, and it ran %q", err, b.changes)
	}
}

// checkUse saves to the tables as a server does afterwards.
func checkUse(t *testing.T, s *Store, old oldDatabase) {
	t.Helper()
	want := oldDatabase{rows: maps.Clone(old.rows), total: old.total + 1<<40}
	var batch game.Checkpoint
	for id, r := range old.rows {
		r.count += 1 << 33
		want.rows[id] = r
		days := game.Days{{Date: game.DateOf(time.Now()), Clicks: 1 << 33}}
		batch.Players = append(batch.Players, game.Player{Name: r.name, Clicks: r.count, Seen: time.Unix(1<<31, 0), Days: days})
	}
	for i, name := range []string{"ALICE", "alice", "ALICE "} {
		added := row{name, uint64(i)}
		want.rows[1<<40+added.count] = added
		batch.Players = append(batch.Players, game.Player{Name: added.name, Clicks: added.count})
	}
	batch.Total = want.total
	batch.Owners = []game.Owner{someKeys("alice", 1), someKeys("alice ", 2)}
	batch.Preferences = []game.Preference{{Name: "alice", Text: "light"}}
	mustSave(t, s, batch)
	checkLoad(t, s, want)
	if _, err := s.Load(t.Context(), func(p game.Player) error {
		if known := p.Clicks >= 1<<33; known != p.Seen.Equal(time.Unix(1<<31, 0)) || known == p.Seen.IsZero() || known != (len(p.Days) == 1) {
			t.Errorf("%q was seen %v, and has the days %v", p.Name, p.Seen, p.Days)
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
	checkOwners(t, s, batch.Owners...)
	wantIDs(t, s, mustRequest(t, s))
}

func nextID(t *testing.T, db *sql.DB) (next uint64) {
	t.Helper()
	err := db.QueryRowContext(t.Context(), "SELECT COALESCE(MAX(AUTO_INCREMENT), 0) FROM information_schema.TABLES"+
		" WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'users'").Scan(&next)
	if err != nil {
		t.Fatal(err)
	}
	return next
}

// fingerprint returns the definition of a table and a checksum of its rows.
func fingerprint(t *testing.T, db *sql.DB, table string) string {
	t.Helper()
	var name, definition, checksum string
	ctx := context.WithoutCancel(t.Context())
	if err := db.QueryRowContext(ctx, "SHOW CREATE TABLE "+table).Scan(&name, &definition); err != nil {
		t.Fatal(err)
	}
	if err := db.QueryRowContext(ctx, "CHECKSUM TABLE "+table).Scan(&name, &checksum); err != nil {
		t.Fatal(err)
	}
	return definition + "\n" + checksum
}

func scalar(t *testing.T, db *sql.DB, query string) (value string) {
	t.Helper()
	if err := db.QueryRowContext(t.Context(), query).Scan(&value); err != nil {
		t.Errorf("%s: %v", query, err)
	}
	return value
}

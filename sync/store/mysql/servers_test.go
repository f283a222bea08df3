package mysql

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"testing"

	"clickky/sync/finding"
	"clickky/sync/game"
	"clickky/sync/store"
	"clickky/sync/store/mysql/dbproxy"
	"clickky/sync/store/mysql/mariadbtest"
)

// logsStatements are the options of a server that replicates statements.
var logsStatements = []string{"--log-bin=bin", "--server-id=1", "--binlog-format=STATEMENT"}

// TestServerDefaultsDoNotMatter uses settings that operators really have.
func TestServerDefaultsDoNotMatter(t *testing.T) {
	t.Parallel()
	server := mariadbtest.Start(t, logsStatements...)
	admin := server.Open(t)
	for _, setting := range []string{
		"GLOBAL binlog_format = 'STATEMENT'", "GLOBAL autocommit = 0", "GLOBAL sql_safe_updates = 1",
		"GLOBAL TRANSACTION ISOLATION LEVEL SERIALIZABLE", "GLOBAL TRANSACTION ISOLATION LEVEL READ UNCOMMITTED",
		"GLOBAL sql_mode = 'ANSI,NO_BACKSLASH_ESCAPES'",
	} {
		mustExec(t, admin, "SET "+setting) // in addition to those before
		for _, name := range []string{"no keys, rows repeated", "utf8mb4 unicode, NULL and negative counts"} {
			old := oldDatabases[name]
			database := server.NewDB()
			db := createOld(t, database, append([]string{
				"SET autocommit = 1, sql_safe_updates = 0, sql_mode = ''", "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
			}, old.setup...))
			s := openURL(t, database.URL)
			if err := s.Migrate(t.Context()); err != nil {
				t.Fatalf("%s: %s: %v", setting, name, err)
			}
			checkTakenOver(t, s, db, old)
			checkUse(t, s, old)
			_ = s.Close()
			if t.Failed() {
				t.Fatalf("%s: %s", setting, name)
			}
		}
	}
}

// openLimited returns the URL of a database whose server knows only what TiDB, or Galera in strict
// mode, knows.
func openLimited(t *testing.T, database mariadbtest.DB) (at string, proxy *dbproxy.Proxy) {
	t.Helper()
	u, err := url.Parse(database.URL)
	if err != nil {
		t.Fatal(err)
	}
	proxy = dbproxy.Start(t, u.Host)
	for pattern, answer := range map[string]struct {
		number  uint16
		message string
	}{
		"_LOCK[(]":                         {1305, "FUNCTION get_lock does not exist"},
		"(?i)^START TRANSACTION READ ONLY": {1235, "function READ ONLY has only noop implementation in tidb now"},
		"^SET .*wait_timeout":              {1193, "Unknown system variable"},
		"^DO ":                             {1064, "You have an error in your SQL syntax"},
		"^ALTER TABLE `users` MODIFY `(id|username)`": {8200, "Unsupported modify column: this column has primary key flag"},
	} {
		proxy.Refuse(answer.number, answer.message, dbproxy.Matching(pattern))
	}
	u.Host = proxy.Addr()
	return u.String(), proxy
}

// TestTablesUnalterableAreReadable holds that they stay as they are.
func TestTablesUnalterableAreReadable(t *testing.T) {
	t.Parallel()
	database := mariadbtest.New(t)
	old := oldDatabases["utf8mb4 unicode, NULL and negative counts"]
	db := createOld(t, database, old.setup)
	before := fingerprint(t, db, "users") + fingerprint(t, db, "global_count")
	at, _ := openLimited(t, database)
	s := openURL(t, at)
	defer func() { _ = s.Close() }()
	err := s.Migrate(t.Context())
	if !errors.Is(err, store.ErrUnfit) || !strings.Contains(err.Error(), "users") || !strings.Contains(err.Error(), "clickky import --from") ||
		strings.Contains(err.Error(), "\n") {
		t.Errorf("Migrate: %v, want store.ErrUnfit and what to do", err)
	}
	checkLoad(t, s, old)
	if after := fingerprint(t, db, "users") + fingerprint(t, db, "global_count"); after != before {
		t.Errorf("the tables were\n%s\nand are\n%s", before, after)
	}
}

// TestServerMayRejectOnlyPrecautions matters because without strict mode the server truncates
// names.
func TestServerMayRejectOnlyPrecautions(t *testing.T) {
	t.Parallel()
	database := mariadbtest.New(t)
	at, proxy := openLimited(t, database)
	cfg, err := ParseURL(at)
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	s, err := Open(cfg, slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	for variable, want := range map[string]string{"autocommit": "1", "sql_safe_updates": "0"} {
		if got := scalar(t, s.db, "SELECT @@SESSION."+variable); got != want {
			t.Errorf("%s is %s, want %s", variable, got, want)
		}
	}
	if !strings.Contains(log.String(), "innodb_lock_wait_timeout") {
		t.Errorf("the log does not say what was left out: %s", log.String())
	}
	proxy.Refuse(1231, "Variable 'sql_mode' can't be set", dbproxy.Matching("^SET .*sql_mode"))
	s.closeIdle()
	if _, err := s.State(t.Context()); errorNumber(err) != 1231 || !strings.Contains(err.Error(), "set sql_mode") {
		t.Errorf("State without a strict mode: %v", err)
	}
}

// TestStatementsQuoteEveryName runs everything that a store does, and looks for words that are
// neither quoted nor known: any name may be a reserved word on some server, as until is on
// TiDB.
func TestStatementsQuoteEveryName(t *testing.T) {
	t.Parallel()
	database := mariadbtest.New(t)
	old := oldDatabases["no keys, rows repeated"]
	createOld(t, database, old.setup)
	at, _ := openLimited(t, database)
	statements := map[string]bool{}
	record := func(url string) *Store {
		return openFailing(t, url, func(statement string) error {
			statements[statement] = true
			return nil
		})
	}
	for _, s := range []*Store{record(at), record(database.URL)} {
		_ = s.Examine(t.Context(), new(finding.Report))
		_ = s.Migrate(t.Context()) // the first one is rejected
	}
	s := record(database.URL)
	checkUse(t, s, old)
	b := nextBatch(t, s, batch(9, "alice", "bob", strings.Repeat("x", 101)))
	b.Removed = []string{"zoe"}
	b.Bans = []game.Ban{{Target: "key"}}
	b.Records = []game.AuditRecord{{Number: 1}}
	if rejected, err := s.Save(t.Context(), b); err != nil || len(rejected) != 1 {
		t.Fatalf("Save: %v, %v", rejected, err)
	}
	for what, do := range calls(t, s) {
		if err := do(); err != nil && !errors.Is(err, store.ErrMoved) {
			t.Errorf("%s: %v", what, err)
		}
	}
	for _, on := range []*Store{s, record(at)} {
		if err := takeBindings(t, on); err != nil {
			t.Errorf("TakeBindings: %v", err)
		}
	}
	if len(statements) < 60 {
		t.Errorf("only %d statements were seen", len(statements))
	}
	for statement := range statements {
		if word := findUnquoted(statement); word != "" {
			t.Errorf("%s is not quoted in %s", word, statement)
		}
	}
}

// sqlWords are the SQL words of our statements.
var sqlWords = strings.Fields(`ADD ALTER AND AS ASC AT AUTO_INCREMENT BEGIN BIGINT BINARY BOOLEAN BY CASE CAST CHAR CHARACTER CHARSET COALESCE COLLATE
	COLLATION COLUMN COMMENT COMMIT CONNECTION_ID CONVERT COUNT CREATE CURRENT_TIMESTAMP CURRENT_USER DATABASE DATE DATETIME DAY DEFAULT DELETE DESC
	DUPLICATE ELSE END ENGINE EXISTS FALSE FIELD FOR FROM GET_LOCK GRANTS GREATEST GROUP HAVING IF IN InnoDB INSERT INT INTERVAL INTO IS
	IS_USED_LOCK KEY LEVEL LIKE LIMIT LOWER MAX MEDIUMTEXT MICROSECOND MODIFY NOT NULL ON OR ORDER PRIMARY READ RELEASE RELEASE_LOCK ROLLBACK
	SAVEPOINT SECOND SELECT SESSION SET SHOW STATUS SUM TABLE TEXT THEN TIMESTAMP TIMESTAMPDIFF TINYINT TO UNIQUE UNSIGNED UPDATE
	UTC_DATE UTC_TIMESTAMP USING VALUES VARBINARY VARCHAR VARIABLES VERSION WHEN WHERE global read_only
	utf8mb4 utf8mb4_bin utf8mb4_nopad_bin utf8mb4_0900_bin`)

// findUnquoted returns a word of a statement that is neither an SQL word nor quoted.
func findUnquoted(statement string) string {
	known := map[string]bool{}
	for _, word := range sqlWords {
		known[word] = true
	}
	var quote rune
	bare := strings.Map(func(c rune) rune {
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
			return ' '
		case c == '`' || c == '\'':
			quote = c
			return ' '
		}
		return c
	}, statement)
	for _, word := range strings.FieldsFunc(bare, func(c rune) bool {
		return c != '_' && (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z')
	}) {
		if !known[word] && strings.Trim(word, "0123456789") != "" {
			return word
		}
	}
	return ""
}

// TestServerErrorNamesFix holds that a server which answers does not count as unreachable.
func TestServerErrorNamesFix(t *testing.T) {
	t.Parallel()
	database := mariadbtest.New(t)
	u, err := url.Parse(database.URL)
	if err != nil {
		t.Fatal(err)
	}
	for number, c := range map[uint16]struct {
		passes bool
		says   string
	}{
		1040: {true, "max_connections"},
		1044: {false, "grant"},
		1045: {false, "user and password in --db; if the user requires TLS, add tls=true"},
		1047: {true, "another node"},
		1049: {false, "create the database"},
		1129: {true, "FLUSH HOSTS"},
		1130: {false, "this machine as its host"},
		1203: {true, "max_user_connections"},
		1226: {true, "user's limits"},
		1524: {false, "authentication plugin"},
		1862: {false, "new password"},
		3032: {true, "offline_mode = OFF"},
		3118: {false, "ACCOUNT UNLOCK"},
		3159: {false, "tls=true"},
		3955: {false, "ACCOUNT UNLOCK"},
		4151: {false, "ACCOUNT UNLOCK"},
		9999: {true, "the database returned an error"},
	} {
		t.Run(fmt.Sprint(number), func(t *testing.T) {
			proxy := dbproxy.Start(t, u.Host)
			end := proxy.Refuse(number, "made up", dbproxy.Matching("login"))
			s := openURL(t, changeURL(t, database, func(u *url.URL) { u.Host = proxy.Addr() }))
			defer func() { _ = s.Close() }()
			err := s.Migrate(t.Context())
			if !store.Answered(err) || errors.Is(err, store.ErrRefused) == c.passes ||
				!strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), "made up") {
				t.Errorf("Migrate: %v; want %q in it, and that it passes: %v", err, c.says, c.passes)
			}
			if f, _ := examineStore(t, s); f["database"].Severity != finding.Problem || strings.Contains(f["database"].Fix, "host and port") {
				t.Errorf("Examine takes it for a server that does not answer: %+v", f["database"])
			}
			end()
			if err := s.Migrate(t.Context()); err != nil {
				t.Errorf("after that: %v", err)
			}
		})
	}
	gone := openURL(t, "mysql://nobody@127.0.0.1:1/game")
	defer func() { _ = gone.Close() }()
	if err := gone.Migrate(t.Context()); err == nil || store.Answered(err) {
		t.Errorf("a server that is not there: %v", err)
	}
}

// TestServerRejectsAccounts uses real accounts.
func TestServerRejectsAccounts(t *testing.T) {
	t.Parallel()
	database := mariadbtest.New(t)
	db := database.Open(t)
	for what, says := range map[string]string{
		"ACCOUNT LOCK": "ACCOUNT UNLOCK", "PASSWORD EXPIRE": "new password", "REQUIRE SSL": "add tls=true",
	} {
		at := userURL(t, database, "ALL")
		u, err := url.Parse(at)
		if err != nil {
			t.Fatal(err)
		}
		mustExec(t, db, fmt.Sprintf("ALTER USER '%s'@'%%' %s", u.User.Username(), what))
		s := openURL(t, at)
		if err := s.Migrate(t.Context()); !errors.Is(err, store.ErrRefused) || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want that it is refused, and %q", what, err, says)
		}
		_ = s.Close()
		mustExec(t, db, fmt.Sprintf("DROP USER '%s'@'%%'", u.User.Username()))
	}
}

// TestGrantsRestoredApplyAtOnce matters because a connection keeps the privileges that it
// started with.
func TestGrantsRestoredApplyAtOnce(t *testing.T) {
	t.Parallel()
	database := mariadbtest.New(t)
	at := userURL(t, database, "ALL")
	u, err := url.Parse(at)
	if err != nil {
		t.Fatal(err)
	}
	user := u.User.Username()
	admin := database.Open(t)
	s := migrated(t, at)
	mustSave(t, s, batch(1, "alice"))
	for i, left := range []string{"", "SELECT", "SELECT, UPDATE", "SELECT, INSERT, DELETE"} {
		mustExec(t, admin, fmt.Sprintf("REVOKE ALL ON `%s`.* FROM '%s'@'%%'", database.Name, user))
		if left != "" {
			mustExec(t, admin, fmt.Sprintf("GRANT %s ON `%s`.* TO '%s'@'%%'", left, database.Name, user))
		}
		database.Disconnect(t, user)
		b := batch(uint64(i)+2, "alice")
		b.Journal, b.From, b.To = testJournal, uint64(i)+1, uint64(i)+2
		for range 3 {
			// The first one may find its connections closed.
			if _, err = s.Save(t.Context(), b); store.Answered(err) {
				break
			}
		}
		if !store.Answered(err) || !strings.Contains(err.Error(), "grant the privileges") {
			t.Fatalf("Save with %q: %v", left, err)
		}
		mustExec(t, admin, fmt.Sprintf("GRANT ALL ON `%s`.* TO '%s'@'%%'", database.Name, user))
		if _, err := s.Save(t.Context(), b); err != nil {
			t.Fatalf("Save after the grants came back: %v", err)
		}
	}
}

// TestTablesGetPrimaryKeys covers servers that alter no table without one.
func TestTablesGetPrimaryKeys(t *testing.T) {
	t.Parallel()
	required := func(u *url.URL) { u.RawQuery = "sql_require_primary_key=1" }
	probe := openURL(t, changeURL(t, mariadbtest.New(t), required))
	defer func() { _ = probe.Close() }()
	if errorNumber(probe.Migrate(t.Context())) == 1193 {
		t.Skip("the server has no sql_require_primary_key")
	}
	for name, old := range map[string]oldDatabase{
		"no keys, rows repeated": oldDatabases["no keys, rows repeated"], "no keys, MyISAM, no id": oldDatabases["no keys, MyISAM, no id"],
		"other keys": {
			setup: []string{
				"CREATE TABLE users (id INT UNIQUE, username VARCHAR(100) UNIQUE, user_count INT)", someUsers,
				"CREATE TABLE global_count (id INT NOT NULL UNIQUE, count INT)", "INSERT INTO global_count VALUES (1, 20)",
			},
			rows: someRows, total: 20,
		},
	} {
		database := mariadbtest.New(t)
		db := createOld(t, database, old.setup)
		s := openURL(t, changeURL(t, database, required))
		if err := s.Migrate(t.Context()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		checkLoad(t, s, old)
		const query = "SELECT COUNT(DISTINCT TABLE_NAME) FROM information_schema.STATISTICS" +
			" WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME IN ('users', 'global_count') AND INDEX_NAME = 'PRIMARY'"
		if got := scalar(t, db, query); got != "2" {
			t.Errorf("%s: %s of the 2 tables have a primary key", name, got)
		}
		_ = s.Close()
	}
}

package mysql

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	driver "github.com/go-sql-driver/mysql"

	"clickky/sync/store"
	"clickky/sync/store/mysql/mariadbtest"
)

// with changes the URL of a database.
func with(t *testing.T, database mariadbtest.DB, change func(*url.URL)) string {
	t.Helper()
	u, err := url.Parse(database.URL)
	if err != nil {
		t.Fatal(err)
	}
	change(u)
	return u.String()
}

func migrated(t *testing.T, url string) *Store {
	t.Helper()
	s := openURL(t, url)
	t.Cleanup(func() { _ = s.Close() })
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatalf("Migrate: %v", err)
	}
	return s
}

// batch gives each player the same count.
func batch(clicks uint64, names ...string) store.Batch {
	b := store.Batch{Total: clicks * uint64(len(names))}
	for _, name := range names {
		b.Players = append(b.Players, store.Player{Name: name, Clicks: clicks})
	}
	return b
}

func mustSave(t *testing.T, s *Store, b store.Batch) {
	t.Helper()
	if err := s.Save(t.Context(), b); err != nil {
		t.Fatalf("Save: %v", err)
	}
}

// calls runs every method that talks to the server.
func calls(t *testing.T, s *Store) map[string]error {
	t.Helper()
	_, loadErr := s.Load(t.Context(), func(store.Player) error { return nil })
	return map[string]error{
		"Migrate": s.Migrate(t.Context()),
		"Load":    loadErr,
		"Save":    s.Save(t.Context(), batch(1, "alice")),
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	database := mariadbtest.New(t)
	stranger := "stranger_" + database.Name[len(database.Name)-8:]
	db := database.Open(t)
	if _, err := db.ExecContext(t.Context(), "CREATE USER "+stranger+" IDENTIFIED BY 'nobody-knows-me'"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = database.Open(t).Exec("DROP USER " + stranger) }) //nolint:noctx // the test's context has ended

	for name, u := range map[string]string{
		"wrong password": with(t, database, func(u *url.URL) { u.User = url.UserPassword(u.User.Username(), "wrong-password") }),
		"unknown user":   with(t, database, func(u *url.URL) { u.User = url.UserPassword("nobody", "wrong-password") }),
		"no database":    with(t, database, func(u *url.URL) { u.Path = "/clickky_nonesuch" }),
		"no privileges":  with(t, database, func(u *url.URL) { u.User = url.UserPassword(stranger, "nobody-knows-me") }),
	} {
		s := openURL(t, u)
		for method, err := range calls(t, s) {
			if !errors.Is(err, store.ErrRefused) {
				t.Errorf("%s: %s: %v, want store.ErrRefused in its chain", name, method, err)
				continue
			}
			for _, secret := range []string{"wrong-password", "nobody-knows-me", mariadbtest.Password} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("%s: %s: the password is in %q", name, method, err)
				}
			}
		}
		_ = s.Close()
	}
}

// TestTheGrantsOfTheReadmeSuffice takes over an old database and plays on it
// with no more privileges than the README asks for.
func TestTheGrantsOfTheReadmeSuffice(t *testing.T) {
	t.Parallel()
	database := mariadbtest.New(t)
	user := "modest_" + database.Name[len(database.Name)-8:]
	db := leaveBehind(t, database, []string{
		usualUsers, usualGlobal, someUsers,
		"CREATE USER " + user + " IDENTIFIED BY 'nobody-knows-me'",
		"GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, INDEX ON " + database.Name + ".* TO " + user,
	})
	t.Cleanup(func() { _, _ = database.Open(t).Exec("DROP USER " + user) }) //nolint:noctx // the test's context has ended
	s := openURL(t, with(t, database, func(u *url.URL) { u.User = url.UserPassword(user, "nobody-knows-me") }))
	defer func() { _ = s.Close() }()
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	mustSave(t, s, batch(1_000_000, "somebody-new"))
	var n int
	if err := db.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM users WHERE username = 'somebody-new'").Scan(&n); err != nil || n != 1 {
		t.Errorf("%d rows of the new player, %v", n, err)
	}
}

// TestUnreachable: nothing listens there now, which may change at any moment.
func TestUnreachable(t *testing.T) {
	t.Parallel()
	server := mariadbtest.Start(t)
	s := migrated(t, server.URL)
	mustSave(t, s, batch(1, "alice"))
	server.Stop()
	for method, err := range calls(t, s) {
		if err == nil || errors.Is(err, store.ErrRefused) || errors.Is(err, store.ErrNoTables) {
			t.Errorf("%s without a server: %v, want an error that may pass", method, err)
		}
	}
	server.Start()
	for method, err := range calls(t, s) {
		if err != nil {
			t.Errorf("%s after the server came back: %v", method, err)
		}
	}
}

// TestFrozen: a server that accepts and never answers holds nobody up for
// longer than the deadlines say.
func TestFrozen(t *testing.T) {
	t.Parallel()
	server := mariadbtest.Start(t)
	s := migrated(t, with(t, server.DB, func(u *url.URL) { u.RawQuery = "timeout=1s&readTimeout=1s&writeTimeout=1s" }))
	mustSave(t, s, batch(1, "alice"))
	server.Freeze()
	start := time.Now()
	for method, err := range calls(t, s) {
		if err == nil || errors.Is(err, store.ErrRefused) {
			t.Errorf("%s on a frozen server: %v, want an error that may pass", method, err)
		}
	}
	if took := time.Since(start); took > 30*time.Second {
		t.Errorf("three calls with deadlines of a second took %v", took)
	}
	server.Thaw()
	mustSave(t, s, batch(2, "alice"))
	checkLoad(t, s, oldDatabase{rows: map[uint64]row{1: {"alice", 2}}, total: 2})
}

func TestSavingKnownPlayersUsesNoIDs(t *testing.T) {
	t.Parallel()
	database := mariadbtest.New(t)
	s := migrated(t, database.URL)
	names := make([]string, 700) // more than one statement
	for i := range names {
		names[i] = "player-" + strconv.Itoa(i)
	}
	for clicks := range uint64(50) {
		mustSave(t, s, batch(clicks, names...))
	}
	mustSave(t, s, batch(50, append(names, "newcomer")...))
	got := scalar(t, database.Open(t), "SELECT id FROM users WHERE username = 'newcomer'")
	if got != "701" {
		t.Errorf("after 50 saves of 700 players the next one has id %s, want 701", got)
	}
}

// TestSaveLeavesOtherNamesAlone: a row may come to have another name between
// the look at its id and the write.
func TestSaveLeavesOtherNamesAlone(t *testing.T) {
	t.Parallel()
	s := migrated(t, mariadbtest.New(t).URL)
	mustSave(t, s, batch(5, "alice"))
	err := s.transaction(t.Context(), nil, func(tx *sql.Tx) error {
		return insert(t.Context(), tx, []any{1, "alice ", 99}, "id", "username", "user_count")
	})
	if err != nil {
		t.Fatal(err)
	}
	checkLoad(t, s, oldDatabase{rows: map[uint64]row{1: {"alice", 5}}, total: 5})
}

// TestLockedRow: somebody else holds a row for too long.
func TestLockedRow(t *testing.T) {
	t.Parallel()
	database := mariadbtest.New(t)
	s := migrated(t, with(t, database, func(u *url.URL) { u.RawQuery = "innodb_lock_wait_timeout=1" }))
	mustSave(t, s, batch(5, "alice", "zoe"))
	tx, err := database.Open(t).BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.ExecContext(t.Context(), "SELECT id FROM users WHERE username = 'zoe' FOR UPDATE"); err != nil {
		t.Fatal(err)
	}
	err = s.Save(t.Context(), batch(6, "alice", "bob", "zoe"))
	var refusal *driver.MySQLError
	if !errors.As(err, &refusal) || refusal.Number != 1205 {
		t.Errorf("Save: %v, want the server's error 1205 in its chain", err)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	checkLoad(t, s, oldDatabase{rows: map[uint64]row{1: {"alice", 5}, 2: {"zoe", 5}}, total: 10})
	mustSave(t, s, batch(6, "alice", "bob", "zoe"))
	checkLoad(t, s, oldDatabase{rows: map[uint64]row{1: {"alice", 6}, 2: {"zoe", 6}, 3: {"bob", 6}}, total: 18})
}

// TestNothingIsCutShort: without strict mode the server would store what fits.
func TestNothingIsCutShort(t *testing.T) {
	t.Parallel()
	s := migrated(t, mariadbtest.New(t).URL)
	mustSave(t, s, batch(1, "alice"))
	if err := s.Save(t.Context(), batch(2, "alice", strings.Repeat("x", 101))); err == nil {
		t.Error("Save of a name that is too long: no error")
	}
	checkLoad(t, s, oldDatabase{rows: map[uint64]row{1: {"alice", 1}}, total: 1})
}

// TestSessionSettings looks at what the connections have, not at what the DSN says.
func TestSessionSettings(t *testing.T) {
	t.Parallel()
	s := migrated(t, with(t, mariadbtest.New(t), func(u *url.URL) { u.RawQuery = "charset=latin1" }))
	for variable, want := range map[string]string{
		"character_set_client":     "utf8mb4",
		"character_set_connection": "utf8mb4",
		"character_set_results":    "utf8mb4",
		"innodb_lock_wait_timeout": "10",
		"sql_mode":                 "NO_AUTO_VALUE_ON_ZERO,NO_ENGINE_SUBSTITUTION,STRICT_ALL_TABLES",
	} {
		parts := strings.Split(scalar(t, s.db, "SELECT @@SESSION."+variable), ",")
		slices.Sort(parts) // the modes have no order
		if got := strings.Join(parts, ","); got != want {
			t.Errorf("%s is %q, want %q", variable, got, want)
		}
	}
}

func TestDriverLog(t *testing.T) {
	t.Parallel()
	cfg, err := ParseURL("mysql://db/game")
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	s, err := Open(cfg, slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug})))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	s.cfg.driver.Logger.Print("closing bad idle connection: ", errors.New("EOF"))
	if want := `msg="database driver" message="closing bad idle connection: EOF"`; !strings.Contains(out.String(), want) {
		t.Errorf("the log says %q, want %q", out.String(), want)
	}
	if cfg.driver.Logger == s.cfg.driver.Logger {
		t.Error("Open changed the configuration it was given")
	}
}

func BenchmarkSave(b *testing.B) {
	cfg, err := ParseURL(mariadbtest.New(b).URL)
	if err != nil {
		b.Fatal(err)
	}
	s, err := Open(cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	if err := s.Migrate(b.Context()); err != nil {
		b.Fatal(err)
	}
	for _, players := range []int{10, 1000, 10_000} {
		b.Run(fmt.Sprintf("%d players", players), func(b *testing.B) {
			full := store.Batch{}
			for i := range players {
				full.Players = append(full.Players, store.Player{Name: "player-" + strconv.Itoa(i)})
			}
			for clicks := uint64(0); b.Loop(); clicks++ {
				for i := range full.Players {
					full.Players[i].Clicks = clicks
				}
				if err := s.Save(b.Context(), full); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

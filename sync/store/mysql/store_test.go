package mysql

import (
	"bytes"
	"errors"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"clickky/sync/game"
	"clickky/sync/store"
	"clickky/sync/store/mysql/mariadbtest"
)

// changeURL changes the URL of a database.
func changeURL(t *testing.T, database mariadbtest.DB, change func(*url.URL)) string {
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

// batch returns a checkpoint with the same count for each player.
func batch(clicks uint64, names ...string) game.Checkpoint {
	b := game.Checkpoint{Total: clicks * uint64(len(names))}
	for _, name := range names {
		days := game.Days{{Date: game.DateOf(time.Now()), Clicks: clicks}}
		b.Players = append(b.Players, game.Player{Name: name, Clicks: clicks, Days: days})
	}
	return b
}

// testJournal is the ID of the journal in these tests.
const testJournal = "journal-of-a-test"

// nextBatch takes the lease and sets the start of a batch to the database's position.
func nextBatch(t testing.TB, s *Store, b game.Checkpoint) game.Checkpoint {
	t.Helper()
	state, err := s.Lease(t.Context(), testJournal, 0, time.Hour)
	if err != nil {
		t.Fatalf("Lease: %v", err)
	}
	b.Journal, b.From, b.To = testJournal, state.Position, state.Position+1
	return b
}

func mustSave(t testing.TB, s *Store, b game.Checkpoint) {
	t.Helper()
	if rejected, err := s.Save(t.Context(), nextBatch(t, s, b)); err != nil || len(rejected) > 0 {
		t.Fatalf("Save: %v, rejected %v", err, rejected)
	}
}

// calls returns calls of every method that uses the server.
func calls(t *testing.T, s *Store) map[string]func() error {
	t.Helper()
	return map[string]func() error{
		"Migrate": func() error { return s.Migrate(t.Context()) },
		"Load": func() error {
			_, err := s.Load(t.Context(), func(game.Player) error { return nil })
			return err
		},
		"State": func() error {
			_, err := s.State(t.Context())
			return err
		},
		"Lease": func() error {
			_, err := s.Lease(t.Context(), testJournal, 0, time.Hour)
			return err
		},
		"Release": func() error { return s.Release(t.Context(), testJournal) },
		"Save": func() error {
			b := batch(1, "alice")
			b.Journal, b.From, b.To = testJournal, 1, 1
			_, err := s.Save(t.Context(), b)
			return err
		},
		"Rejected": func() error {
			_, err := s.Rejected(t.Context())
			return err
		},
		"RequestBinding": func() error {
			_, err := s.RequestBinding(t.Context(), aliceBinding)
			return err
		},
		"Bindings": func() error {
			_, err := s.Bindings(t.Context())
			return err
		},
		"TakeBindings": func() error { return takeBindings(t, s, 1) },
	}
}

func TestServerRefusalIsPermanent(t *testing.T) {
	t.Parallel()
	database := mariadbtest.New(t)
	stranger := "stranger_" + database.Name[len(database.Name)-8:]
	db := database.Open(t)
	if _, err := db.ExecContext(t.Context(), "CREATE USER "+stranger+" IDENTIFIED BY 'nobody-knows-me'"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = database.Open(t).Exec("DROP USER " + stranger) })

	for name, u := range map[string]string{
		"wrong password": changeURL(t, database, func(u *url.URL) { u.User = url.UserPassword(u.User.Username(), "wrong-password") }),
		"unknown user":   changeURL(t, database, func(u *url.URL) { u.User = url.UserPassword("nobody", "wrong-password") }),
		"no database":    changeURL(t, database, func(u *url.URL) { u.Path = "/clickky_nonesuch" }),
		"no privileges":  changeURL(t, database, func(u *url.URL) { u.User = url.UserPassword(stranger, "nobody-knows-me") }),
	} {
		s := openURL(t, u)
		for method, call := range calls(t, s) {
			err := call()
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

// TestGrantsOfReadmeSuffice takes over an old database and plays on it with only the
// privileges that the README asks for.
func TestGrantsOfReadmeSuffice(t *testing.T) {
	t.Parallel()
	database := mariadbtest.New(t)
	user := "modest_" + database.Name[len(database.Name)-8:]
	db := createOld(t, database, []string{
		usualUsers, usualGlobal, someUsers,
		"CREATE USER " + user + " IDENTIFIED BY 'nobody-knows-me'",
		"GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, INDEX ON " + database.Name + ".* TO " + user,
	})
	t.Cleanup(func() { _, _ = database.Open(t).Exec("DROP USER " + user) })
	s := openURL(t, changeURL(t, database, func(u *url.URL) { u.User = url.UserPassword(user, "nobody-knows-me") }))
	defer func() { _ = s.Close() }()
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	b := batch(1_000_000, "somebody-new")
	b.Owners = []game.Owner{someKeys("somebody-new", 1)}
	mustSave(t, s, b)
	if err := takeBindings(t, s, mustRequest(t, s)); err != nil {
		t.Errorf("TakeBindings: %v", err)
	}
	var n int
	if err := db.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM users WHERE username = 'somebody-new'").Scan(&n); err != nil || n != 1 {
		t.Errorf("%d rows of the new player, %v", n, err)
	}
}

// TestServerUnreachableIsTemporary connects to a port where nothing listens yet.
func TestServerUnreachableIsTemporary(t *testing.T) {
	t.Parallel()
	server := mariadbtest.Start(t)
	s := migrated(t, server.URL)
	mustSave(t, s, batch(1, "alice"))
	server.Stop()
	for method, call := range calls(t, s) {
		if err := call(); err == nil || errors.Is(err, store.ErrRefused) || errors.Is(err, store.ErrNoTables) {
			t.Errorf("%s without a server: %v, want an error that may pass", method, err)
		}
	}
	server.Start()
	for method, call := range calls(t, s) {
		if err := call(); err != nil {
			t.Errorf("%s after the server came back: %v", method, err)
		}
	}
}

// TestServerFrozenMeetsDeadlines has a server that accepts connections and never answers: no
// call takes longer than its deadline.
func TestServerFrozenMeetsDeadlines(t *testing.T) {
	t.Parallel()
	server := mariadbtest.Start(t)
	s := migrated(t, changeURL(t, server.DB, func(u *url.URL) { u.RawQuery = "timeout=1s&readTimeout=1s&writeTimeout=1s" }))
	mustSave(t, s, batch(1, "alice"))
	server.Freeze()
	start := time.Now()
	var group sync.WaitGroup
	for method, call := range calls(t, s) {
		group.Go(func() {
			if err := call(); err == nil || errors.Is(err, store.ErrRefused) {
				t.Errorf("%s on a frozen server: %v, want an error that may pass", method, err)
			}
		})
	}
	group.Wait()
	if took := time.Since(start); took > 30*time.Second {
		t.Errorf("ten calls with deadlines of a second took %v", took)
	}
	server.Thaw()
	mustSave(t, s, batch(2, "alice"))
	checkLoad(t, s, oldDatabase{rows: map[uint64]row{1: {"alice", 2}}, total: 2})
}

// TestSaveLeavesOtherNamesAlone renames a row between the lookup of its ID and the write.
func TestSaveLeavesOtherNamesAlone(t *testing.T) {
	t.Parallel()
	s := migrated(t, mariadbtest.New(t).URL)
	mustSave(t, s, batch(5, "alice"))
	const query = "INSERT INTO users (id, username, user_count) VALUES (1, 'alice ', 99)" + onKnownName
	if _, err := s.db.ExecContext(t.Context(), query); err != nil {
		t.Fatal(err)
	}
	checkLoad(t, s, oldDatabase{rows: map[uint64]row{1: {"alice", 5}}, total: 5})
}

// TestSessionSettings looks at the connections, not at the DSN.
func TestSessionSettings(t *testing.T) {
	t.Parallel()
	s := migrated(t, changeURL(t, mariadbtest.New(t), func(u *url.URL) { u.RawQuery = "charset=latin1" }))
	for variable, want := range map[string]string{
		"character_set_client":     "utf8mb4",
		"character_set_connection": "utf8mb4",
		"character_set_results":    "utf8mb4",
		"innodb_lock_wait_timeout": "10",
		"wait_timeout":             "60",
		"sql_mode":                 "NO_AUTO_VALUE_ON_ZERO,NO_ENGINE_SUBSTITUTION,STRICT_ALL_TABLES",
	} {
		parts := strings.Split(scalar(t, s.db, "SELECT @@SESSION."+variable), ",")
		slices.Sort(parts) // modes are unordered
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

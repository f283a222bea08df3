package dbproxy_test

import (
	"context"
	"database/sql"
	"errors"
	"net"
	"testing"
	"time"

	driver "github.com/go-sql-driver/mysql"

	"clickky/sync/store/mysql/dbproxy"
	"clickky/sync/store/mysql/mariadbtest"
)

func TestMain(m *testing.M) { mariadbtest.Main(m) }

// setup returns a proxy, a connection through it and a direct one. The table n has one row with 0.
func setup(t *testing.T) (*dbproxy.Proxy, *sql.DB, *sql.DB) {
	t.Helper()
	database := mariadbtest.New(t)
	direct := database.Open(t)
	for _, statement := range []string{"CREATE TABLE n (n INT) ENGINE = InnoDB", "INSERT INTO n VALUES (0)"} {
		if _, err := direct.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	cfg, err := driver.ParseDSN(database.DSN)
	if err != nil {
		t.Fatal(err)
	}
	proxy := dbproxy.Start(t, cfg.Addr)
	cfg.Addr = proxy.Addr()
	cfg.Logger = &driver.NopLogger{}
	connector, err := driver.NewConnector(cfg)
	if err != nil {
		t.Fatal(err)
	}
	db := sql.OpenDB(connector)
	t.Cleanup(func() { _ = db.Close() })
	return proxy, db, direct
}

func value(t *testing.T, db *sql.DB) (n int) {
	t.Helper()
	if err := db.QueryRowContext(t.Context(), "SELECT n FROM n").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// TestRefusals has the proxy answer matching statements itself, until it is told to stop.
func TestRefusals(t *testing.T) {
	t.Parallel()
	proxy, db, direct := setup(t)
	for what, statement := range map[string]string{"a statement": "^UPDATE", "a login": "^[(]login[)]$"} {
		db.SetMaxIdleConns(0)
		end := proxy.Refuse(8200, "made up", dbproxy.Matching(statement))
		_, err := db.ExecContext(t.Context(), "UPDATE n SET n = n + 1")
		refusal, ok := errors.AsType[*driver.MySQLError](err)
		if !ok || refusal.Number != 8200 || refusal.Message != "made up" || value(t, direct) != 0 {
			t.Errorf("%s is refused with %v", what, err)
		}
		end()
	}
	if _, err := db.ExecContext(t.Context(), "UPDATE n SET n = n + 1"); err != nil || value(t, direct) != 1 {
		t.Errorf("after the refusals: %v", err)
	}
}

func inBackground(ctx context.Context, db *sql.DB, statement string, args ...any) <-chan error {
	done := make(chan error, 1)
	go func() {
		_, err := db.ExecContext(ctx, statement, args...)
		done <- err
	}()
	return done
}

func await[T any](t *testing.T, ch <-chan T) (v T) {
	t.Helper()
	select {
	case v = <-ch:
	case <-time.After(time.Minute):
		t.Fatal("it does not happen")
	}
	return v
}

const increment = "UPDATE n SET n = n + 1"

// update matches the statement of increment.
var update = dbproxy.Matching("^UPDATE n ")

func TestPass(t *testing.T) {
	t.Parallel()
	proxy, db, _ := setup(t)
	never := proxy.Inject(dbproxy.CutBefore, dbproxy.Matching("^nothing like it$"))
	for range 3 {
		if _, err := db.ExecContext(t.Context(), increment); err != nil {
			t.Fatal(err)
		}
	}
	// An answer with many packets.
	rows, err := db.QueryContext(t.Context(), "WITH RECURSIVE seq (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM seq WHERE n < 900)"+
		" SELECT n, REPEAT('x', 10000) FROM seq")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	sum := 0
	for rows.Next() {
		var n int
		var text string
		if err := rows.Scan(&n, &text); err != nil || len(text) != 10_000 {
			t.Fatal(err, len(text))
		}
		sum += n
	}
	if err := rows.Err(); err != nil || sum != 900*901/2 || value(t, db) != 3 {
		t.Errorf("%v, sum %d, value %d", err, sum, value(t, db))
	}
	select {
	case <-never.Struck():
		t.Error("a fault has struck at a statement that does not match")
	default:
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		action   dbproxy.Action
		executed bool // after the fault
		hangs    bool // until the client gives up
		release  bool // the client then gets the answer
	}{
		"cut before":     {action: dbproxy.CutBefore},
		"cut answer":     {action: dbproxy.CutAnswer, executed: true},
		"swallow answer": {action: dbproxy.SwallowAnswer, executed: true, hangs: true},
		"hold before":    {action: dbproxy.HoldBefore, release: true},
		"hold answer":    {action: dbproxy.HoldAnswer, executed: true, release: true},
	} {
		for kind, args := range map[string][]any{"text": nil, "prepared": {1}} {
			t.Run(name+", "+kind, func(t *testing.T) {
				t.Parallel()
				statement := increment
				if args != nil {
					statement = "UPDATE n SET n = n + ?"
				}
				proxy, db, direct := setup(t)
				for round := range 3 {
					before := value(t, direct)
					fault := proxy.Inject(test.action, update)
					ctx, cancel := context.WithCancel(t.Context())
					done := inBackground(ctx, db, statement, args...)
					await(t, fault.Struck())
					if got := value(t, direct) - before; (got == 1) != test.executed {
						t.Errorf("round %d: executed %d times", round, got)
					}
					select {
					case err := <-done:
						if test.hangs || test.release {
							t.Errorf("round %d: the client was told: %v", round, err)
						}
						done = nil
					default:
					}
					if test.hangs {
						cancel()
					}
					fault.Release()
					if done != nil {
						if err := await(t, done); (err == nil) != test.release {
							t.Errorf("round %d: %v", round, err)
						}
					}
					cancel()
					// It strikes once; the next statement gets through.
					before = value(t, direct)
					if _, err := db.ExecContext(t.Context(), statement, args...); err != nil || value(t, direct) != before+1 {
						t.Fatalf("round %d: the statement after it: %v", round, err)
					}
				}
			})
		}
	}
}

func TestPause(t *testing.T) {
	t.Parallel()
	proxy, db, direct := setup(t)
	if value(t, db) != 0 {
		t.Fatal("a value to begin with")
	}
	proxy.Pause()
	proxy.Pause()
	seen := make(chan struct{})
	proxy.Inject(dbproxy.CutBefore, func(statement string) bool {
		if update(statement) {
			close(seen)
		}
		return false
	})
	waiting := inBackground(t.Context(), db, increment)
	await(t, seen)
	if value(t, direct) != 0 {
		t.Error("a statement gets through the pause")
	}
	// New connections are accepted, but not answered.
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", proxy.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	proxy.Resume()
	proxy.Resume()
	if err := await(t, waiting); err != nil || value(t, direct) != 1 {
		t.Errorf("after the pause: %v, value %d", err, value(t, direct))
	}
	if _, err := conn.Read(make([]byte, 1)); err != nil {
		t.Errorf("the connection that was made meanwhile: %v", err)
	}
}

func TestDown(t *testing.T) {
	t.Parallel()
	proxy, db, _ := setup(t)
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	proxy.Down()
	if _, err := conn.ExecContext(t.Context(), increment); err == nil {
		t.Error("a connection from before goes on")
	}
	if err := db.PingContext(t.Context()); err == nil {
		t.Error("a new connection is possible")
	}
	proxy.Up()
	if err := db.PingContext(t.Context()); err != nil {
		t.Errorf("Ping: %v", err)
	}
}

// TestNoServer holds that the proxy reports a missing server.
func TestNoServer(t *testing.T) {
	t.Parallel()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = listener.Close()
	proxy := dbproxy.Start(t, listener.Addr().String())
	cfg := driver.NewConfig()
	cfg.Net, cfg.Addr, cfg.Logger = "tcp", proxy.Addr(), &driver.NopLogger{}
	connector, err := driver.NewConnector(cfg)
	if err != nil {
		t.Fatal(err)
	}
	db := sql.OpenDB(connector)
	defer func() { _ = db.Close() }()
	if err := db.PingContext(t.Context()); err == nil || errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Ping: %v, want that there is nobody", err)
	}
}

package main

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"clickky/cmd/clickky/sshtest"
	"clickky/sync/store/mysql/dbproxy"
	"clickky/sync/store/mysql/mariadbtest"
)

// clickSteadily clicks ten times a second until stop is closed, and fails the
// test when a click is not on the screen within a second. It returns how many
// clicks were made. Any goroutine may call it.
func clickSteadily(t *testing.T, screen *sshtest.Screen, stop <-chan time.Time) (n int) {
	t.Helper()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	c := &clicker{screen: screen}
	for {
		select {
		case <-stop:
			return n
		case <-tick.C:
		}
		made := time.Now()
		if !c.click() {
			t.Errorf("click %d is not on the screen", c.count)
			return n
		}
		if took := time.Since(made); took > time.Second {
			t.Errorf("click %d is on the screen after %v only", c.count, took)
		}
		n++
	}
}

// TestDatabaseFrozenDelaysNobody freezes the database under load, for so long that the server gives
// up on it again and again; afterwards it has exactly what was clicked.
func TestDatabaseFrozenDelaysNobody(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a quarter of a minute")
	}
	t.Parallel()
	db := mariadbtest.Start(t)
	p := start(t, t.TempDir(), "--db", db.URL+"?timeout=1s&readTimeout=1s&writeTimeout=1s", "--flush-every", "100ms")
	p.awaitGame(t)
	alice := play(t, p, "alice")
	alice.Type(t, "q")
	alice.Status(t)
	db.Freeze()
	screen := play(t, p, "bob")
	n := clickSteadily(t, screen, time.After(12*time.Second))
	screen.WaitFor(t, "in the journal")
	db.Thaw()
	conn := db.Open(t)
	sshtest.Eventually(t, "all is saved", func() bool {
		clicks, total := counts(t, conn, "bob")
		return clicks == uint64(n) && total == uint64(n)
	})
	screen.WaitUntil(t, "is quiet about saving again", func(screen string) bool { return !strings.Contains(screen, "still counting") })
	p.terminate(t)
}

// TestDatabaseStopsAndRestarts stops, kills and starts it under load.
func TestDatabaseStopsAndRestarts(t *testing.T) {
	t.Parallel()
	db := mariadbtest.Start(t)
	p := start(t, t.TempDir(), "--db", db.URL, "--flush-every", "100ms")
	screen := play(t, p, "alice")
	stop := make(chan time.Time)
	made := make(chan int)
	go func() { made <- clickSteadily(t, screen, stop) }()
	for range 3 {
		db.Kill()
		db.Start()
		db.Stop()
		db.Start()
	}
	close(stop)
	n := <-made
	p.terminate(t)
	if clicks, total := counts(t, db.Open(t), "alice"); clicks != uint64(n) || total != clicks {
		t.Errorf("the database has %d of %d, want %d", clicks, total, n)
	}
}

// TestDatabaseRejectedCountIsSetAside logs it, has doctor show it, and delays nobody else.
func TestDatabaseRejectedCountIsSetAside(t *testing.T) {
	t.Parallel()
	db := mariadbtest.New(t)
	dir := t.TempDir()
	p := start(t, dir, "--db", db.URL, "--flush-every", "100ms")
	conn := db.Open(t)
	for _, verb := range []string{"INSERT", "UPDATE"} {
		const refuse = "CREATE TRIGGER refuse_%[1]s BEFORE %[1]s ON users FOR EACH ROW " +
			"IF NEW.username = 'mallory' THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no mallory here'; END IF"
		if _, err := conn.ExecContext(t.Context(), fmt.Sprintf(refuse, verb)); err != nil {
			t.Fatal(err)
		}
	}
	play(t, p, "mallory").Type(t, "  ")
	alice := play(t, p, "alice")
	alice.Type(t, "   ")
	sshtest.Eventually(t, "everybody else is saved", func() bool {
		clicks, total := counts(t, conn, "alice")
		return clicks == 3 && total == 5
	})
	p.terminate(t)
	if !strings.Contains(p.Log(), "setting it aside") || !strings.Contains(p.Log(), "mallory") {
		t.Errorf("the log does not tell of it:\n%s", p.Log())
	}
	status, report := runProgram(t, dir, "doctor", "--listen", "127.0.0.1:0", "--db", db.URL)
	if status != 1 || !strings.Contains(report, "mallory with 2 clicks") || !strings.Contains(report, "no mallory here") {
		t.Errorf("doctor: status %d\n%s", status, report)
	}
	for _, verb := range []string{"INSERT", "UPDATE"} {
		if _, err := conn.ExecContext(t.Context(), "DROP TRIGGER refuse_"+verb); err != nil {
			t.Fatal(err)
		}
	}
	again := start(t, dir, "--db", db.URL)
	play(t, again, "mallory").Type(t, " ")
	sshtest.Eventually(t, "the click counts", func() bool { return clicksOf(t, again, "mallory") >= 3 })
	again.terminate(t)
	if status, report := runProgram(t, dir, "doctor", "--listen", "127.0.0.1:0", "--db", db.URL); status != 0 {
		t.Errorf("doctor after it was mended: status %d\n%s", status, report)
	}
	if clicks, _ := countsBesides(t, conn, "mallory", 2); clicks != 3 {
		t.Errorf("mallory has %d clicks in the database, want 3", clicks)
	}
}

// TestDatabaseLostAnswersToCommit loses and swallows the answers to COMMIT while a player
// clicks.
func TestDatabaseLostAnswersToCommit(t *testing.T) {
	t.Parallel()
	db := mariadbtest.New(t)
	u, err := url.Parse(db.URL)
	if err != nil {
		t.Fatal(err)
	}
	proxy := dbproxy.Start(t, u.Host)
	u.Host, u.RawQuery = proxy.Addr(), "readTimeout=300ms"
	p := start(t, t.TempDir(), "--db", u.String(), "--flush-every", "100ms")
	p.awaitGame(t)
	screen := play(t, p, "alice")
	stop := make(chan time.Time)
	made := make(chan int)
	go func() { made <- clickSteadily(t, screen, stop) }()
	for i := range 20 {
		action := dbproxy.CutAnswer
		if i%2 == 0 {
			action = dbproxy.SwallowAnswer
		}
		<-proxy.Inject(action, dbproxy.Matching("^COMMIT")).Struck()
	}
	close(stop)
	n := uint64(<-made)
	p.terminate(t)
	if clicks, total := counts(t, db.Open(t), "alice"); clicks != n || total != n {
		t.Errorf("the database has %d of %d, want %d", clicks, total, n)
	}
}

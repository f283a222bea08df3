//go:build !race

package main

import (
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"

	"clickky/cmd/clickky/sshtest"
	"clickky/sync/cluster/natstest"
	"clickky/sync/store/mysql/mariadbtest"
)

// TestReadyzShowsWaitForNATS also covers a server that is cut off later.
func TestReadyzShowsWaitForNATS(t *testing.T) {
	t.Parallel()
	db, nats, at := mariadbtest.New(t), natstest.Start(t, 1), sshtest.FreeAddr(t)
	args := []string{"--db", db.URL, "--nats", nats.URL()}
	nats.Stop(0)
	type started struct {
		p   *program
		err error
	}
	starting := make(chan started, 1)
	dir := t.TempDir()
	go func() {
		p, err := startProgram(dir, os.Environ(), append(args, "--http", at)...)
		starting <- started{p, err}
	}()
	becomes := func(status int, lines ...string) {
		t.Helper()
		var got int
		var said string
		if !sshtest.Holds(func() bool {
			got, said = get(t, at, "/readyz?verbose")
			for _, line := range lines {
				if !strings.Contains(said, line) {
					return false
				}
			}
			return got == status
		}) {
			t.Fatalf("readyz: %d %s, want %d %q", got, said, status, lines)
		}
		if strings.Contains(said, natstest.Password) || strings.Contains(said, "127.0.0.1") {
			t.Errorf("readyz tells too much: %s", said)
		}
		if status, said := get(t, at, "/livez"); status != http.StatusOK {
			t.Errorf("livez: %d %s", status, said)
		}
	}
	has := func(want series) {
		t.Helper()
		sshtest.Eventually(t, "the metrics are right", func() bool {
			s := scrape(t, at)
			for name, value := range want {
				if got, ok := s[name]; !ok || got != value {
					return false
				}
			}
			return true
		})
	}
	becomes(503, "game: waiting for NATS", "journal: not open on NATS yet")
	has(series{"clickky_nats_connected": 0, "clickky_game_open": 0, "clickky_journal_up": 0})
	nats.Start(0)
	one := <-starting
	if one.err != nil {
		t.Fatal(one.err)
	}
	one.p.untilEndOf(t)
	becomes(200, "game: ok", "journal: ok")
	has(series{"clickky_nats_connected": 1, "clickky_journal_up": 1, "clickky_servers{state=up}": 1, "clickky_servers{state=silent}": 0})

	two := start(t, t.TempDir(), args...)
	play(t, one.p, "alice")
	play(t, two, "alice", sshtest.Signer(t, 1))
	play(t, two, "bob")
	has(series{"clickky_servers{state=up}": 2, "clickky_players_online": 1, "clickky_game_players_online": 2})
	nats.Stop(0)
	becomes(503, "game: ok", "journal: this server is cut off from NATS; clicks are in memory only")
	has(series{"clickky_nats_connected": 0, "clickky_journal_up": 0, "clickky_servers{state=silent}": 1, "clickky_game_players_online": 1})
	nats.Start(0)
	becomes(200, "journal: ok")
	two.terminate(t)
	one.p.terminate(t)
}

// TestReadyzShowsDatabase stops, freezes and starts the database of a running server, and ends
// the server while the database is frozen.
func TestReadyzShowsDatabase(t *testing.T) {
	t.Parallel()
	db := mariadbtest.Start(t)
	db.Stop()
	p := start(t, t.TempDir(), "--db", db.URL, "--flush-every", "100ms", "--http", "127.0.0.1:0")
	at := p.web(t)
	becomes := func(status int, body string) {
		t.Helper()
		var got int
		var said string
		if !sshtest.Holds(func() bool {
			got, said = get(t, at, "/readyz?verbose")
			return got == status && strings.Contains(said, body)
		}) {
			t.Fatalf("readyz: %d %s, want %d %s", got, said, status, body)
		}
		if strings.Contains(said, mariadbtest.Password) || strings.Contains(said, "127.0.0.1") || strings.Contains(said, "alice") {
			t.Errorf("readyz tells too much: %s", said)
		}
		if status, said := get(t, at, "/livez"); status != http.StatusOK {
			t.Errorf("livez: %d %s", status, said)
		}
	}
	becomes(503, "game: waiting for the database")
	if s := scrape(t, at); s["clickky_game_open"] != 0 || s["clickky_database_up"] != 0 {
		t.Errorf("before the game is open: %v", s)
	}
	db.Start()
	becomes(200, "database: ok")
	alice := play(t, p, "alice")
	db.Stop()
	alice.Type(t, " ")
	becomes(503, "database: unreachable")
	sshtest.Eventually(t, "the failure is in the metrics", func() bool {
		s := scrape(t, at)
		return s["clickky_database_up"] == 0 && s["clickky_flush_failures_total"] > 0 && s["clickky_unsaved_clicks"] == 1 && s["clickky_database_lag_events"] == 1
	})
	db.Start()
	becomes(200, "database: ok")
	db.Freeze()
	defer db.Thaw()
	becomes(503, "database: it doesn't answer in time")
	alice.Type(t, " ")
	alice.WaitFor(t, "2 clicks")
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	becomes(503, "game: the server is shutting down")
	if status, err := p.signal(syscall.SIGTERM); status != 0 {
		t.Errorf("status %d, %v", status, err)
	}
	if status, _ := get(t, at, "/livez"); status != 0 {
		t.Errorf("somebody still answers: %d", status)
	}
}

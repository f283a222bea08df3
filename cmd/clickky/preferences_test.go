//go:build !race

package main

import (
	"bytes"
	"database/sql"
	"os"
	"testing"

	"clickky/cmd/clickky/sshtest"
	"clickky/sync/store/mysql/mariadbtest"
)

// isColourful reports whether the screen has ever shown a colour.
func isColourful(s *sshtest.Screen) bool { return bytes.Contains(s.Bytes(), []byte("38;5;")) }

// chooseOn claims the name, and then has neither colours nor motion.
func chooseOn(t *testing.T, s *sshtest.Screen) {
	t.Helper()
	for _, press := range []struct{ key, says string }{
		{" ", "1 click by"},
		{"t", "colours: light"},
		{"t", "colours: high contrast"},
		{"t", "colours: monochrome"},
		{"m", "reduced motion"},
	} {
		s.Type(t, press.key)
		s.WaitFor(t, press.says)
	}
}

// choiceIn is what the database has of alice.
func choiceIn(t *testing.T, db *sql.DB) string {
	t.Helper()
	var choice string
	row := db.QueryRowContext(t.Context(), "SELECT COALESCE(MAX(choice), '') FROM clickky_choices WHERE username = 'alice'")
	if err := row.Scan(&choice); err != nil {
		t.Fatal(err)
	}
	return choice
}

// TestPreferencesOutliveRestartAndKill restarts the server on its data directory, and kills it
// beside a database of its own.
func TestPreferencesOutliveRestartAndKill(t *testing.T) {
	t.Parallel()
	for name, killed := range map[string]bool{"stopped": false, "killed": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var args []string
			var db mariadbtest.DB
			if killed {
				db = mariadbtest.New(t)
				args = []string{"--db", db.URL, "--flush-every", "100ms"}
			}
			dir, key := t.TempDir(), sshtest.Signer(t, 1)
			p := start(t, dir, args...)
			alice := play(t, p, "alice", key)
			if !isColourful(alice) {
				t.Error("there are no colours to begin with")
			}
			chooseOn(t, alice)
			if killed {
				conn := db.Open(t)
				sshtest.Eventually(t, "the choice is in the database", func() bool { return choiceIn(t, conn) == "theme=mono,calm" })
				_, _ = p.signal(os.Kill)
			} else {
				p.terminate(t)
			}

			p = start(t, dir, args...)
			if !isColourful(play(t, p, "bob")) {
				t.Error("somebody else has no colours")
			}
			alice = play(t, p, "alice", key)
			if isColourful(alice) {
				t.Error("the colours are not those that were chosen")
			}
			alice.Type(t, "m")
			alice.WaitFor(t, "motion on") // and did not before
			alice.Type(t, "t")
			alice.WaitFor(t, "colours: dark")
			p.terminate(t)
		})
	}
}

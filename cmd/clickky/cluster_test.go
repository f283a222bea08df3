package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"clickky/cmd/clickky/sshtest"
	"clickky/sync/cluster/natstest"
	"clickky/sync/store/mysql/mariadbtest"
)

// TestClusterOfTwoPlaysOneGame holds that clicks on one server show on the other, and that the
// database has all of them in the end.
func TestClusterOfTwoPlaysOneGame(t *testing.T) {
	t.Parallel()
	db := mariadbtest.New(t)
	nats := natstest.Start(t, 1)
	args := []string{"--db", db.URL, "--nats", nats.URL(), "--flush-every", "300ms"}
	dirs := []string{t.TempDir(), t.TempDir()}
	a, b := start(t, dirs[0], args...), start(t, dirs[1], args...)
	alice, bob := play(t, a, "alice"), play(t, b, "bob")
	alice.Type(t, "   ")
	bob.WaitFor(t, "3 clicks by 1 player")
	bob.Type(t, "  ")
	alice.WaitFor(t, "5 clicks by 2 players", "2 here")
	b.terminate(t)
	alice.Type(t, " ")
	alice.WaitFor(t, "6 clicks by 2 players")
	a.terminate(t)
	conn := db.Open(t)
	for name, want := range map[string]uint64{"alice": 4, "bob": 2} {
		if clicks, total := counts(t, conn, name); clicks != want || total != 6 {
			t.Errorf("the database has %d clicks of %s of %d, want %d of 6", clicks, name, total, want)
		}
	}
	for i, p := range []*program{a, b} {
		if log := p.Log(); strings.Contains(log, "level=ERROR") || strings.Contains(log, natstest.Password) {
			t.Errorf("the log of server %d is\n%s", i, log)
		}
		if journals, err := filepath.Glob(filepath.Join(dirs[i], "clickky-data", "journal*")); err != nil || len(journals) != 0 {
			t.Errorf("the data directory has %v, %v", journals, err)
		}
	}
}

// TestClusterStartWaitsForNATS does not listen meanwhile, and can be stopped.
func TestClusterStartWaitsForNATS(t *testing.T) {
	t.Parallel()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var log lastLine
	cmd := exec.CommandContext(t.Context(), exe, "--listen", "127.0.0.1:0", "--db", "mysql://u:p@127.0.0.1:1/db",
		"--nats", natstest.URLOf("127.0.0.1:1"))
	cmd.Args[0], cmd.Dir, cmd.Stderr = "clickky", t.TempDir(), &log
	var out strings.Builder
	cmd.Stdout = &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	sshtest.Eventually(t, "it waits", func() bool { return strings.Contains(log.String(), "can't reach any NATS server; retrying") })
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil || out.String() != "" || strings.Contains(log.String(), natstest.Password) {
		t.Errorf("it ends with %v, having said %q and %q", err, out.String(), log.String())
	}
}

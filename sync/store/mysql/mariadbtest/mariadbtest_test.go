package mariadbtest_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"clickky/sync/store/mysql/mariadbtest"
)

func TestMain(m *testing.M) { mariadbtest.Main(m) }

func TestServerDatabasesAreSeparate(t *testing.T) {
	t.Parallel()
	a, b := mariadbtest.New(t), mariadbtest.New(t)
	if a.Name == b.Name {
		t.Fatalf("two databases have the name %s", a.Name)
	}
	if !strings.HasPrefix(a.URL, "mysql://") || !strings.HasSuffix(a.URL, "/"+a.Name) {
		t.Errorf("URL is %q", a.URL)
	}
	if _, err := a.Open(t).ExecContext(t.Context(), "CREATE TABLE t (n INT)"); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Open(t).ExecContext(t.Context(), "SELECT n FROM t"); err == nil {
		t.Error("a table of one database is in another")
	}
}

func TestServerKeepsDataWhenStoppedOrFrozen(t *testing.T) {
	t.Parallel()
	server := mariadbtest.Start(t)
	db := server.Open(t)
	mustExec := func(statement string) {
		t.Helper()
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	mustExec("CREATE TABLE t (n INT)")
	mustExec("INSERT INTO t VALUES (7)")

	server.Freeze()
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if err := db.PingContext(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("ping of a frozen server: %v, want it to run into its deadline", err)
	}
	server.Thaw()
	mustExec("INSERT INTO t VALUES (8)")

	server.Stop()
	if err := db.PingContext(t.Context()); err == nil {
		t.Error("a stopped server answers")
	}
	server.Start()
	server.Kill()
	if err := db.PingContext(t.Context()); err == nil {
		t.Error("a killed server answers")
	}
	server.Start()
	var sum int
	if err := db.QueryRowContext(t.Context(), "SELECT SUM(n) FROM t").Scan(&sum); err != nil || sum != 15 {
		t.Errorf("after all that the sum is %d (%v), want 15", sum, err)
	}
}

const envChild = "CLICKKY_MARIADBTEST_CHILD"

// TestServerChild is the other process of TestServerEndsWithKilledTests: it starts a server,
// prints its process, and waits to be killed.
func TestServerChild(t *testing.T) {
	if os.Getenv(envChild) == "" {
		t.Skip("runs only as a child of TestServerEndsWithKilledTests")
	}
	server := mariadbtest.Start(t)
	var file string
	if err := server.Open(t).QueryRowContext(t.Context(), "SELECT @@pid_file").Scan(&file); err != nil {
		t.Fatal(err)
	}
	pid, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Printf("pid %s\n", strings.TrimSpace(string(pid)))
	_, _ = io.Copy(io.Discard, os.Stdin)
}

func TestServerEndsWithKilledTests(t *testing.T) {
	t.Parallel()
	mariadbtest.New(t) // skips where there is no MariaDB
	temp := t.TempDir()
	// Runs this test binary again.
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestServerChild$")
	child.Env = append(os.Environ(), envChild+"=1", "TMPDIR="+temp)
	if _, err := child.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	pid := 0
	for lines := bufio.NewScanner(out); pid == 0 && lines.Scan(); {
		if text, ok := strings.CutPrefix(lines.Text(), "pid "); ok {
			pid, _ = strconv.Atoi(text)
		}
	}
	if pid == 0 || syscall.Kill(pid, 0) != nil {
		t.Fatalf("the child started no server (pid %d)", pid)
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait()

	poll := time.NewTicker(10 * time.Millisecond)
	defer poll.Stop()
	deadline := time.After(20 * time.Second)
	for alive(pid) {
		select {
		case <-poll.C:
		case <-deadline:
			t.Fatalf("mariadbd %d outlives the tests that started it", pid)
		}
	}
}

// alive reports whether a process is running; a zombie isn't.
func alive(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(rest, "Z")
}

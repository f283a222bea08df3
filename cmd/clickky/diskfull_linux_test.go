//go:build !race

package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"clickky/cmd/clickky/sshtest"
	"clickky/sync/store/mysql/mariadbtest"
)

// fill writes a file until the disk is full and returns how to free it.
func fill(t *testing.T, dir string) (free func()) {
	t.Helper()
	path := filepath.Join(dir, "ballast")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	for block := make([]byte, 64<<10); len(block) > 0; block = block[:len(block)/2] {
		for err == nil {
			_, err = f.Write(block)
		}
		if !errors.Is(err, syscall.ENOSPC) {
			t.Fatal(err)
		}
		err = nil
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
}

// TestFullDiskStopsNobody has clicks wait in memory, the screen say so, and all of them saved
// when there is space again.
func TestFullDiskStopsNobody(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=16m"); err != nil {
		t.Skipf("can't mount a small disk here, which takes root: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	db := mariadbtest.New(t)
	p := start(t, dir, "--db", db.URL, "--flush-every", "100ms", "--max-rate", "100000")
	alice := play(t, p, "alice")
	conn := db.Open(t)
	alice.Type(t, " ")
	sshtest.Eventually(t, "the first click is saved", func() bool { c, _ := counts(t, conn, "alice"); return c == 1 })

	free := fill(t, dir)
	c := &clicker{screen: alice, count: 1}
	// What is left of the journal's last page still takes some events.
	for !strings.Contains(alice.Text(), "in memory only") {
		if !c.click() || c.count > 20000 {
			t.Fatalf("after %d clicks the screen is\n%s", c.count, alice.Text())
		}
	}
	for range 5 {
		c.click()
	}
	free()
	sshtest.Eventually(t, "all is saved", func() bool {
		clicks, total := counts(t, conn, "alice")
		return clicks == c.count && total == c.count
	})
	alice.WaitUntil(t, "is quiet about saving again", func(screen string) bool { return !strings.Contains(screen, "still counting") })
	p.terminate(t)
}

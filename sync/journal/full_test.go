package journal

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// mountSmall mounts a file system of a size.
func mountSmall(t *testing.T, size string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	ctx := context.WithoutCancel(t.Context())
	if out, err := run(ctx, "mount", "-t", "tmpfs", "-o", "size="+size, "journal-test", dir); err != nil {
		t.Skipf("can't mount a small file system here, which takes root: %v: %s", err, out)
	}
	t.Cleanup(func() {
		if out, err := run(ctx, "umount", dir); err != nil {
			t.Errorf("umount %s: %v: %s", dir, err, out)
		}
	})
	return dir
}

func run(ctx context.Context, name string, args ...string) ([]byte, error) {
	return exec.CommandContext(ctx, name, args...).CombinedOutput()
}

// fillDisk fills the disk except for the given bytes.
func fillDisk(t *testing.T, dir string, but int64) (remove func()) {
	t.Helper()
	name := filepath.Join(dir, "ballast")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	block := make([]byte, 4096)
	for err == nil {
		_, err = f.Write(block)
	}
	size, _ := f.Seek(0, 1)
	if err := errors.Join(f.Truncate(max(0, size-but)), f.Close()); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
}

// wideEvent returns an event of about 200 KB.
func wideEvent() Event { return clicks(strings.Repeat("x", 200_000), 1) }

// untilFull appends wide events until one fails, and returns how many are in the journal.
func untilFull(t *testing.T, j *Journal) (n uint64) {
	t.Helper()
	for {
		seq, err := j.Append(shortContext(t), wideEvent())
		if err == nil {
			n = seq
			continue
		}
		if !errors.Is(err, ErrNoSpace) {
			t.Fatalf("Append to a full disk = %v", err)
		}
		return n
	}
}

func TestFullDiskLosesAndDuplicatesNothing(t *testing.T) {
	disk := mountSmall(t, "24m")
	var log record
	j := openedWith(t, Config{Dir: filepath.Join(disk, "journal"), Log: logOf(&log)})
	f := follow(t, j, 0)
	appendCounted(t, j, 1, 10)
	f.want(t, 1, 10)
	f.cancel()
	for range 3 {
		remove := fillDisk(t, disk, 1<<20)
		n := untilFull(t, j)
		for range 5 {
			if _, err := j.Append(shortContext(t), wideEvent()); !errors.Is(err, ErrNoSpace) {
				t.Fatalf("Append to a full disk = %v", err)
			}
		}
		if got := len(readAfter(t, j, 0)); got != int(n) {
			t.Fatalf("%d events can be read while the disk is full, want %d", got, n)
		}
		remove()
		seq, err := j.Append(shortContext(t), wideEvent())
		if err != nil || seq != n+1 {
			t.Fatalf("Append when there is space again = %d, %v; want %d", seq, err, n+1)
		}
		wantNumbered(t, readAfter(t, j, 0), int(seq))
	}
	wantLoggedChanges(t, log.all(), 3)
}

// wantLoggedChanges checks that each change was logged once.
func wantLoggedChanges(t *testing.T, lines []string, want int) {
	t.Helper()
	full, again := 0, 0
	for _, line := range lines {
		switch {
		case strings.HasPrefix(line, "WARN can't write the journal"):
			full++
		case strings.HasPrefix(line, "INFO the journal is writable again"):
			again++
		}
	}
	if full != want || again != want {
		t.Errorf("the log says %d times that the journal is full and %d times that it is not, want %d:\n%s",
			full, again, want, strings.Join(lines, "\n"))
	}
}

func TestFullDiskPurgeMakesSpace(t *testing.T) {
	disk := mountSmall(t, "24m")
	j := openedWith(t, Config{Dir: filepath.Join(disk, "journal")}) // the disk is full of the journal
	n := untilFull(t, j)
	if err := j.Purge(shortContext(t), n-10); err != nil {
		t.Fatal(err)
	}
	seq, err := j.Append(shortContext(t), wideEvent())
	if err != nil || seq != n+1 {
		t.Fatalf("Append after Purge = %d, %v; want %d", seq, err, n+1)
	}
	wantBounds(t, j, n-9, n+1)
	if got := readAfter(t, j, n-10); got[0].Number != n-9 || got[10].Number != n+1 {
		t.Errorf("the journal has %d to %d", got[0].Number, got[10].Number)
	}
}

func TestFullDiskSurvivesKill(t *testing.T) {
	disk := mountSmall(t, "12m")
	j := openedWith(t, Config{Dir: filepath.Join(disk, "journal")})
	n := untilFull(t, j)
	remote := t.TempDir() // as left by a killed process
	if err := os.CopyFS(remote, os.DirFS(filepath.Join(disk, "journal"))); err != nil {
		t.Fatal(err)
	}
	k := openJournal(t, remote)
	wantNumbered(t, readAfter(t, k, 0), int(n))
	if seq := appendClicks(t, k, "alice"); seq != n+1 {
		t.Errorf("Append = %d, want %d", seq, n+1)
	}
}

func TestFullDiskOpenSaysSo(t *testing.T) {
	disk := mountSmall(t, "1m")
	fillDisk(t, disk, 0)
	if _, err := Open(t.Context(), Config{Dir: filepath.Join(disk, "journal")}); !errors.Is(err, ErrNoSpace) {
		t.Errorf("Open = %v, want ErrNoSpace", err)
	}
}

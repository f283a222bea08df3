package journal

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// tree returns the contents of a directory: sizes, times of change and data.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		found[path] = info.Mode().String() + info.ModTime().Format(time.RFC3339Nano)
		if d.Type().IsRegular() {
			data, err := os.ReadFile(path)
			found[path] += string(data)
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestCopyLeavesLogUnchanged(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	dir := filepath.Join(t.TempDir(), "journal")
	j := openJournal(t, dir)
	last := appendClicks(t, j, "alice", "bob", "alice")
	id := j.ID()
	closed(t, j)

	before := tree(t, dir)
	used := 0
	err := withCopy(t.Context(), dir, func(j *Journal) error {
		used++
		if j.ID() != id {
			t.Errorf("it is %s, want %s", j.ID(), id)
		}
		if events := readAfter(t, j, 0); len(events) != 3 || events[2].Clicks["alice"] != 1 {
			t.Errorf("the events are %v", events)
		}
		appendClicks(t, j, "mallory")
		return nil
	})
	if err != nil || used != 1 {
		t.Errorf("withCopy = %v after %d calls", err, used)
	}
	after := tree(t, dir)
	for path, was := range before {
		if after[path] != was {
			t.Errorf("%s was changed", path)
		}
	}
	if len(after) != len(before) {
		t.Errorf("%d files before, %d after", len(before), len(after))
	}
	if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
		t.Errorf("the copy is still there: %v, %v", left, err)
	}
	if size, err := Size(dir); err != nil || size < 100 {
		t.Errorf("Size = %d, %v", size, err)
	}
	j = openJournal(t, dir)
	if now, err := j.Last(shortContext(t)); err != nil || now != last {
		t.Errorf("the log ends at %d, %v; want %d", now, err, last)
	}
}

func TestCopyFindsDamage(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "journal")
	j := openJournal(t, dir)
	appendClicks(t, j, times(20, "alice")...)
	closed(t, j)
	stream := filepath.Join(dir, "jetstream", "$G", "streams", streamName)
	if err := os.WriteFile(filepath.Join(stream, "meta.inf"), []byte("oops"), 0o600); err != nil {
		t.Fatal(err)
	}
	err := withCopy(t.Context(), dir, func(*Journal) error { t.Error("it was opened"); return nil })
	if !errors.Is(err, ErrDamaged) {
		t.Errorf("withCopy = %v, want ErrDamaged", err)
	}
}

func TestCopyWithoutLog(t *testing.T) {
	dir := t.TempDir()
	never := func(*Journal) error { t.Error("it was opened"); return nil }
	if err := withCopy(t.Context(), filepath.Join(dir, "none"), never); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no journal: %v", err)
	}
	f, err := os.Create(filepath.Join(dir, "large"))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(f.Truncate(maxCopied+1), f.Close()); err != nil {
		t.Fatal(err)
	}
	if err := withCopy(t.Context(), dir, never); !errors.Is(err, ErrLarge) {
		t.Errorf("a large one: %v", err)
	}
	if err := os.Remove(filepath.Join(dir, "large")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("large", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	if err := withCopy(t.Context(), dir, never); !errors.Is(err, ErrNoCopy) {
		t.Errorf("one that leads elsewhere: %v", err)
	}
	if err := os.Remove(filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", filepath.Join(dir, "none"))
	if err := withCopy(t.Context(), dir, never); !errors.Is(err, ErrNoCopy) {
		t.Errorf("no directory for temporary files: %v", err)
	}
}

package sqlite

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"clickky/sync/store"
)

// examine opens a file without changing it, and examines it.
func examine(t *testing.T, path string) (Facts, error) {
	t.Helper()
	s, err := OpenUntouched(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	return s.Examine(t.Context())
}

// contents returns the contents of all files of a directory.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		found[filepath.Base(file)] = string(data)
	}
	return found
}

func TestExamineLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	path := filled(t, t.TempDir())
	before := contents(t, filepath.Dir(path))
	f, err := examine(t, path)
	if err != nil || f.Damage != "" || f.Version != f.Current || f.Current < 6 || f.State.Journal != "journal" || f.State.Position != 1 {
		t.Errorf("%+v, %v", f, err)
	}
	s, err := OpenUntouched(path)
	if err != nil {
		t.Fatal(err)
	}
	wantAlice(t, s, 3)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	after := contents(t, filepath.Dir(path))
	if len(after) != len(before) || after["clickky.db"] != before["clickky.db"] {
		t.Errorf("%d files before, %d after", len(before), len(after))
	}
}

func TestExamineBesideServer(t *testing.T) {
	t.Parallel()
	path := filled(t, t.TempDir())
	s := openFile(t, path)
	defer func() { _ = s.Close() }()
	saveAlice(t, s, 4) // which is in the log beside the file only
	if f, err := examine(t, path); err != nil || f.State.Position != 2 {
		t.Errorf("%+v, %v; want position 2", f, err)
	}
}

func TestExamineAfterCrash(t *testing.T) {
	t.Parallel()
	path := filled(t, t.TempDir())
	s := openFile(t, path)
	defer func() { _ = s.Close() }()
	saveAlice(t, s, 4)
	left := filepath.Join(t.TempDir(), "clickky.db")
	for name, data := range contents(t, filepath.Dir(path)) {
		if err := os.WriteFile(filepath.Join(filepath.Dir(left), name), []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if f, err := examine(t, left); err != nil || f.State.Position != 2 {
		t.Errorf("%+v, %v; want position 2", f, err)
	}
}

func TestExamineRejectsOtherFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if _, err := OpenUntouched(filepath.Join(dir, "none.db")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	empty := filepath.Join(dir, "empty.db")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if f, err := examine(t, empty); err != nil || f.Version != 0 {
		t.Errorf("an empty file: %+v, %v", f, err)
	}
	text := filepath.Join(dir, "text.db")
	if err := os.WriteFile(text, bytes.Repeat([]byte("not a database\n"), 100), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := examine(t, text); !errors.Is(err, store.ErrRefused) {
		t.Errorf("a text: %v", err)
	}
}

func TestExamineFindsDamage(t *testing.T) {
	t.Parallel()
	path := filled(t, t.TempDir())
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := 4096; i < len(data); i += 7 { // the first page stays
		data[i] ^= 0x55
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if f, err := examine(t, path); err != nil || f.Damage == "" {
		t.Errorf("%+v, %v", f, err)
	}
}

package durable_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"clickky/sync/durable"
)

func TestReplaceIsAtomic(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	for _, text := range []string{"first", "second"} {
		if err := durable.WriteFile(path, []byte(text)); err != nil {
			t.Fatal(err)
		}
		holds(t, path, text)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v; want 0600", info.Mode(), err)
	}
	oops := errors.New("oops")
	err := durable.Replace(path, func(w io.Writer) error {
		_, _ = io.WriteString(w, "third")
		holds(t, path, "second") // until everything is there
		return oops
	})
	if !errors.Is(err, oops) {
		t.Errorf("Replace = %v", err)
	}
	holds(t, path, "second")
	if err := durable.WriteFile(filepath.Join(dir, "none", "file"), nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("in a directory that is not there: %v", err)
	}
	if err := durable.WriteFile(dir, nil); err == nil {
		t.Error("a directory was replaced")
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func holds(t *testing.T, path, text string) {
	t.Helper()
	if got, err := os.ReadFile(path); err != nil || string(got) != text {
		t.Errorf("the file holds %q, %v; want %q", got, err, text)
	}
}

func TestMkdirAllMakesParents(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, path := range []string{"a", "a", "b/c/d", "./b//c/e/", "."} {
		if err := durable.MkdirAll(path); err != nil {
			t.Errorf("%s: %v", path, err)
		}
		if info, err := os.Stat(path); err != nil || !info.IsDir() || path != "." && info.Mode().Perm() != 0o700 {
			t.Errorf("%s: %v, %v", path, info, err)
		}
	}
	if err := os.WriteFile("file", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"file", "file/below"} {
		if err := durable.MkdirAll(path); err == nil {
			t.Errorf("%s was made", path)
		}
	}
}

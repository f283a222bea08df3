package sqlite

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"clickky/sync/finding"
	"clickky/sync/finding/findingtest"
	"clickky/sync/store"
)

// examine opens a file untouched, and returns what is reported on it, by the names of the
// checks, and its state.
func examine(t *testing.T, path string) (map[string]finding.Finding, *store.State) {
	t.Helper()
	s, err := OpenUntouched(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	var r finding.Report
	state := s.Examine(t.Context(), &r)
	found := map[string]finding.Finding{}
	for _, one := range r {
		found[one.Name] = one
	}
	return found, state
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
	f, state := examine(t, path)
	if f["database"].Severity != finding.OK || !strings.Contains(f["database"].Text, "intact") || !strings.Contains(f["tables"].Text, ", up to date") || state == nil || state.Journal != "journal" || state.Position != 1 {
		t.Errorf("%+v, %+v", f, state)
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
	if f, state := examine(t, path); state == nil || state.Position != 2 {
		t.Errorf("%+v, %+v; want position 2", f, state)
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
	if f, state := examine(t, left); state == nil || state.Position != 2 {
		t.Errorf("%+v, %+v; want position 2", f, state)
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
	if f, state := examine(t, empty); state == nil || f["tables"].Text != "none yet; the server creates them" {
		t.Errorf("an empty file: %+v, %+v", f, state)
	}
	text := filepath.Join(dir, "text.db")
	if err := os.WriteFile(text, bytes.Repeat([]byte("not a database\n"), 100), 0o600); err != nil {
		t.Fatal(err)
	}
	if f, state := examine(t, text); state != nil || f["database"].Text != text+" is not a database" {
		t.Errorf("a text: %+v, %+v", f, state)
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
	if f, state := examine(t, path); state != nil || !strings.HasPrefix(f["database"].Text, path+" is damaged: ") {
		t.Errorf("%+v, %+v", f, state)
	}
}

func TestClosed(t *testing.T) {
	for _, c := range []struct {
		err  error
		want finding.Severity
		says string
	}{
		{fs.ErrNotExist, finding.OK, "doesn't exist yet"},
		{store.ErrRefused, finding.Problem, "not a database"},
		{fs.ErrPermission, finding.Problem, "permission"},
		{damage("Page 3 is never used"), finding.Problem, "Page 3"},
	} {
		_, closed := Closed("clickky.db", c.err)
		findingtest.Judged(t, c.says, closed, c.want, c.says, "")
	}
}

//go:build !race

package main

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"clickky/sync/cluster/natstest"
	"clickky/sync/finding"
	"clickky/sync/store/mysql/mariadbtest"
)

// examined runs the doctor for a database, and returns the findings by the names of the checks.
func examined(t *testing.T, dir, url string, args ...string) (status int, results map[string]finding.Finding) {
	t.Helper()
	status, out := runProgram(t, dir, append([]string{"doctor", "--json", "--listen", "127.0.0.1:0", "--db", url}, args...)...)
	line, _, _ := strings.Cut(out, "\n")
	var list []finding.Finding
	if err := json.Unmarshal([]byte(line), &list); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	results = map[string]finding.Finding{}
	for _, r := range list {
		results[r.Name] = r
	}
	if strings.Contains(out, mariadbtest.Password) || strings.Contains(out, natstest.Password) {
		t.Error("the password is in what the doctor says")
	}
	return status, results
}

func TestDoctorExaminesMariaDB(t *testing.T) {
	t.Parallel()
	db := mariadbtest.New(t)
	dir := t.TempDir()
	var version string
	if err := db.Open(t).QueryRowContext(t.Context(), "SELECT VERSION()").Scan(&version); err != nil {
		t.Fatal(err)
	}
	status, found := examined(t, dir, db.URL)
	for name, says := range map[string]string{
		"database": "answers", "version": version, "tls": "not needed", "clock": "clock is",
		"grants": "all the privileges", "tables": "none yet", "position": "nothing to replay yet", "lease": "no server",
	} {
		if r := found[name]; r.Severity != finding.OK || !strings.Contains(r.Text, says) {
			t.Errorf("an empty database: %s is %+v, want %q", name, r, says)
		}
	}
	if status != 0 {
		t.Errorf("status %d", status)
	}

	p := start(t, dir, "--db", db.URL, "--flush-every", "100ms")
	play(t, p, "alice").Type(t, " ")
	if status, found = examined(t, dir, db.URL); status != 0 || found["names"].Severity != finding.OK || !strings.Contains(found["lease"].Text, "a server is using") {
		t.Errorf("while it is played: status %d, %+v", status, found)
	}
	// Another directory would have to wait, which is no problem but worth knowing.
	if status, found = examined(t, t.TempDir(), db.URL); status != 0 || found["lease"].Severity != finding.Warning {
		t.Errorf("from another directory: status %d, %+v", status, found["lease"])
	}
	p.terminate(t)
	if status, found = examined(t, dir, db.URL); status != 0 || !strings.Contains(found["position"].Text, "everything up to") {
		t.Errorf("afterwards: status %d, %+v", status, found)
	}
	if _, found = examined(t, t.TempDir(), db.URL); found["position"].Severity != finding.Warning {
		t.Errorf("from another directory afterwards: %+v", found["position"])
	}
	conn := db.Open(t)
	if _, err := conn.ExecContext(t.Context(), "UPDATE clickky_state SET position = position + 100"); err != nil {
		t.Fatal(err)
	}
	status, found = examined(t, dir, db.URL)
	if r := found["position"]; status != 1 || r.Severity != finding.Problem || !strings.Contains(r.Fix, "mv clickky-data/journal-") {
		t.Errorf("a journal that is behind: status %d, %+v", status, r)
	}
	if _, err := startProgram(dir, os.Environ(), "--db", db.URL); err == nil || !strings.Contains(err.Error(), "don't match") {
		t.Errorf("the start says %v, and the doctor has foreseen it", err)
	}
}

func TestDoctorNamesMissingGrant(t *testing.T) {
	t.Parallel()
	db := mariadbtest.New(t)
	conn := db.Open(t)
	user := strings.Replace(db.Name, "clickky_test_", "d_", 1)
	for _, q := range []string{
		fmt.Sprintf("CREATE USER '%s'@'%%' IDENTIFIED BY '%s'", user, mariadbtest.Password),
		fmt.Sprintf("GRANT SELECT, INSERT, UPDATE, DELETE ON `%s`.* TO '%s'@'%%'", db.Name, user),
	} {
		if _, err := conn.ExecContext(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { _, _ = db.Open(t).Exec(fmt.Sprintf("DROP USER '%s'@'%%'", user)) })
	url := strings.Replace(db.URL, "//clickky:", "//"+user+":", 1)
	status, found := examined(t, t.TempDir(), url)
	want := fmt.Sprintf("GRANT CREATE, ALTER, INDEX ON `%s`.* TO '%s'@'%%';", db.Name, user)
	if r := found["grants"]; status != 1 || r.Severity != finding.Problem || r.Fix != want {
		t.Errorf("status %d, %+v; want %s", status, r, want)
	}
	if _, err := conn.ExecContext(t.Context(), strings.TrimSuffix(found["grants"].Fix, ";")); err != nil {
		t.Fatal(err)
	}
	if status, found = examined(t, t.TempDir(), url); status != 0 || found["grants"].Severity != finding.OK {
		t.Errorf("afterwards: status %d, %+v", status, found["grants"])
	}
}

func TestDoctorFindsWrongClock(t *testing.T) {
	t.Parallel()
	db := mariadbtest.New(t)
	for late, want := range map[time.Duration]finding.Severity{5 * time.Second: finding.Warning, time.Hour: finding.Problem} {
		url := fmt.Sprintf("%s?timestamp=%d", db.URL, time.Now().Add(-late).Unix())
		if _, found := examined(t, t.TempDir(), url); found["clock"].Severity != want {
			t.Errorf("%v late: %+v", late, found["clock"])
		}
	}
}

func TestDoctorWaitIsBounded(t *testing.T) {
	t.Parallel()
	db := mariadbtest.Start(t)
	db.Freeze()
	defer db.Thaw()
	status, found := examined(t, t.TempDir(), db.URL+"?readTimeout=300ms")
	if r := found["database"]; status != 1 || r.Severity != finding.Problem || found["position"].Severity != finding.Skipped {
		t.Errorf("status %d, %+v", status, found)
	}
}

// TestDoctorChangesNothing runs in a directory that has everything.
func TestDoctorChangesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := start(t, dir, "--flush-every", "100ms")
	play(t, p, "alice").Type(t, " ")
	p.terminate(t)
	tree := func() (all string) {
		err := fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			info, err := d.Info()
			if err != nil {
				return err
			}
			all += fmt.Sprintln(path, info.Mode(), info.ModTime().UnixNano())
			if d.Type().IsRegular() {
				data, err := os.ReadFile(filepath.Join(dir, path))
				all += string(data)
				return err
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	before := tree()
	if status, report := runProgram(t, dir, "doctor", "--listen", "127.0.0.1:0"); status != 0 || !strings.Contains(report, "everything up to") {
		t.Errorf("status %d\n%s", status, report)
	}
	if tree() != before {
		t.Error("the directory was changed")
	}
}

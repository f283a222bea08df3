//go:build !race

package main

import (
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"clickky/sync/store/mysql/mariadbtest"
)

// write makes a file and returns its path.
func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// withPassword is a database's URL with another password; none if it is empty.
func withPassword(t *testing.T, db, password string) string {
	t.Helper()
	u, err := url.Parse(db)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.User(u.User.Username())
	if password != "" {
		u.User = url.UserPassword(u.User.Username(), password)
	}
	return u.String()
}

// TestDatabasePasswordSources uses a database that rejects all passwords but one: the file
// wins over the variable, and that over the URL.
func TestDatabasePasswordSources(t *testing.T) {
	t.Parallel()
	db := mariadbtest.New(t)
	const wrong = "wr0ng"
	right, bad := write(t, "right", mariadbtest.Password+"\n"), write(t, "bad", wrong)
	for what, c := range map[string]struct {
		url, variable, file string
		fails               bool
	}{
		"file":                         {url: withPassword(t, db.URL, ""), file: right},
		"file before the others":       {url: withPassword(t, db.URL, wrong), variable: wrong, file: right},
		"wrong file before the others": {url: db.URL, variable: mariadbtest.Password, file: bad, fails: true},
		"variable":                     {url: withPassword(t, db.URL, ""), variable: mariadbtest.Password},
		"variable before the URL":      {url: withPassword(t, db.URL, wrong), variable: mariadbtest.Password},
		"a DSN":                        {url: strings.Replace(db.DSN, ":"+mariadbtest.Password, "", 1), file: right},
		"no password":                  {url: withPassword(t, db.URL, ""), fails: true},
	} {
		t.Run(what, func(t *testing.T) {
			env := []string{"CLICKKY_DB_PASSWORD=" + c.variable, "CLICKKY_DB_PASSWORD_FILE=" + c.file}
			status, out := runProgramWith(t, env, t.TempDir(), "bind", "--db", c.url, "alice", "SHA256:"+strings.Repeat("A", 43))
			if (status != 0) != c.fails || status == exitUsage {
				t.Errorf("bind: status %d: %s", status, out)
			}
			if strings.Contains(out, mariadbtest.Password) || strings.Contains(out, wrong) {
				t.Errorf("the password is told: %s", out)
			}
			if c.fails {
				return
			}
			for _, command := range []string{"leaderboard", "doctor"} {
				if status, out := runProgramWith(t, env, t.TempDir(), command, "--db", c.url); status != 0 {
					t.Errorf("%s: status %d: %s", command, status, out)
				}
			}
		})
	}
}

func TestDatabaseIsVerifiedAgainstCA(t *testing.T) {
	t.Parallel()
	ca := mariadbtest.NewAuthority(t)
	db := mariadbtest.StartTLS(t, ca)
	right, wrong := write(t, "ca.pem", string(ca.PEM)), write(t, "other.pem", string(mariadbtest.NewAuthority(t).PEM))
	p := start(t, t.TempDir(), "--db", db.URL, "--db-ca", right)
	alice := play(t, p, "alice")
	alice.Type(t, " ")
	alice.WaitFor(t, "1 click by 1 player")
	p.terminate(t)
	if status, out := runProgram(t, t.TempDir(), "leaderboard", "--db", db.URL, "--db-ca", right); status != 0 || !strings.Contains(out, "alice") {
		t.Errorf("leaderboard: status %d: %s", status, out)
	}
	_, err := startProgram(t.TempDir(), os.Environ(), "--db", db.URL, "--db-ca", wrong)
	if err == nil || !strings.Contains(err.Error(), "status 1") || !strings.Contains(err.Error(), "--db-ca") {
		t.Errorf("with another CA: %v", err)
	}
}

func TestDatabasePasswordLosesOneNewline(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"secret": "secret", "secret\n": "secret", "secret\r\n": "secret", "secret\n\n": "secret\n", " secret \n": " secret ", "secret\r": "secret\r",
	} {
		f := databaseFlags{DB: "u:old@tcp(db)/game", DBPasswordFile: write(t, "password", text)}
		if got, err := f.password(); got != want || err != nil {
			t.Errorf("%q is the password %q, %v, want %q", text, got, err, want)
		}
	}
}

// TestDatabaseFilesAreReadOnce matters because a pipe has the password only once.
func TestDatabaseFilesAreReadOnce(t *testing.T) {
	t.Parallel()
	f := databaseFlags{DB: "u@tcp(db)/game", DBPasswordFile: write(t, "password", "secret")}
	config, err := f.target()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(f.DBPasswordFile); err != nil {
		t.Fatal(err)
	}
	if again, err := f.target(); again != config || err != nil {
		t.Errorf("the file is read a second time: %v", err)
	}
}

func TestDatabaseFilesInvalid(t *testing.T) {
	t.Parallel()
	const db = "mysql://u:s3cr3t@db/game"
	for what, c := range map[string]struct {
		flags databaseFlags
		says  string
	}{
		"no password file":       {databaseFlags{DB: db, DBPasswordFile: "/no/such"}, "--db-password-file: /no/such: no such file"},
		"an empty one":           {databaseFlags{DB: db, DBPasswordFile: write(t, "empty", "\n")}, "is empty"},
		"a directory":            {databaseFlags{DB: db, DBPasswordFile: "/"}, "is a directory"},
		"no CA":                  {databaseFlags{DB: db, DBCA: "/no/such"}, "--db-ca /no/such: no such file"},
		"a CA that is none":      {databaseFlags{DB: db, DBCA: write(t, "ca.pem", "s3cr3t")}, "contains no certificate"},
		"a CA, and tls=false":    {databaseFlags{DB: db + "?tls=false", DBCA: write(t, "ca.pem", "s3cr3t")}, "turns certificate checks off"},
		"a password for nothing": {databaseFlags{DBPasswordFile: write(t, "password", "s3cr3t")}, "needs --db"},
		"a CA for nothing":       {databaseFlags{DBCA: "/no/such"}, "needs --db"},
	} {
		_, err := c.flags.target()
		var usage usageError
		if !errors.As(err, &usage) || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "s3cr3t") {
			t.Errorf("%s: %v, want a usage error with %q", what, err, c.says)
		}
	}
}

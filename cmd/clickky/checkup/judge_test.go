package checkup

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"clickky/sync/finding"
	"clickky/sync/game"
	"clickky/sync/store"
	"clickky/sync/store/mysql"
	"clickky/sync/store/sqlite"
)

// one returns the first thing that a check reports.
func one(check func(*finding.Report)) Finding {
	var r finding.Report
	if check(&r); len(r) == 0 {
		return Finding{}
	}
	return r[0]
}

// judged checks one result: its status, and what it and its mending contain.
func judged(t *testing.T, what string, r Finding, status Severity, finding, fix string) {
	t.Helper()
	if r.Severity != status || !strings.Contains(r.Text, finding) || !strings.Contains(r.Fix, fix) {
		t.Errorf("%s: %+v; want %s, %q and %q", what, r, status, finding, fix)
	}
	bad := r.Severity == Warning || r.Severity == Problem
	if bad != (r.Fix != "") {
		t.Errorf("%s: %+v; what is not good has something that mends it, and nothing else has", what, r)
	}
}

func TestVersionsOfDatabases(t *testing.T) {
	for version, want := range map[string]Severity{
		"10.11.6-MariaDB-0+deb12u1": OK, "10.6.0-MariaDB": OK, "11.4.2-MariaDB-log": OK, "5.5.5-10.11.6-MariaDB": OK,
		"10.5.22-MariaDB": Problem, "10.1.48-MariaDB": Problem,
		"8.0.35": OK, "8.0.35-0ubuntu0.22.04.1": OK, "9.1.0": OK, "8.0.mysql_aurora.3.04.0": OK,
		"5.7.44-log": Problem, "8.0.11-TiDB-v7.5.0": Warning, "who knows": Warning, "": Warning,
	} {
		judged(t, version, judgeVersion(version), want, strings.TrimPrefix(version, "5.5.5-"), "")
	}
}

func TestClocks(t *testing.T) {
	for _, c := range []struct {
		skew, within time.Duration
		want         Severity
		says         string
	}{
		{0, 0, OK, "0s ahead"},
		{-300 * time.Microsecond, time.Millisecond, OK, "0s ahead"},
		{900 * time.Millisecond, 0, OK, "900ms ahead"},
		{-2 * time.Second, time.Millisecond, Warning, "2s behind"},
		{2 * time.Second, 1500 * time.Millisecond, OK, "2s ahead"}, // the answer took too long to know better
		{11 * time.Second, time.Millisecond, Problem, "11s ahead"},
		{-time.Hour, time.Second, Problem, "1h0m0s behind"},
	} {
		judged(t, c.skew.String(), judgeClock(c.skew, c.within), c.want, c.says, "")
	}
}

func TestGrants(t *testing.T) {
	few, all := []string{"ALTER", "INDEX"}, mysql.Needed
	for _, c := range []struct {
		name      string
		f         mysql.Facts
		want      Severity
		says, fix string
	}{
		{"everything", mysql.Facts{Current: 6}, OK, "all the privileges", ""},
		{"nothing", mysql.Facts{Missing: all, Current: 6}, Problem, "lacks SELECT, INSERT", "GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, INDEX ON `game`.* TO 'u'@'%';"},
		{"tables cannot be made", mysql.Facts{Missing: few, Current: 6}, Problem, "lacks ALTER", "GRANT ALTER, INDEX ON"},
		{"nor changed", mysql.Facts{Missing: few, Tables: 5, Current: 6}, Problem, "lacks ALTER", "GRANT ALTER, INDEX ON"},
		{"which is for later", mysql.Facts{Missing: few, Tables: 6, Current: 6}, Warning, "next version", "GRANT ALTER, INDEX ON"},
		{"and more is missing", mysql.Facts{Missing: []string{"DELETE", "ALTER"}, Tables: 6, Current: 6}, Problem, "lacks DELETE", "GRANT DELETE, ALTER ON"},
		{"a role may give it", mysql.Facts{Missing: few, Unsure: true, Current: 6}, Warning, "may lack", "GRANT ALTER, INDEX ON"},
		{"something was revoked", mysql.Facts{Unsure: true, Current: 6}, Warning, "revoked", "SHOW GRANTS FOR 'u'@'%';"},
	} {
		c.f.User, c.f.Name = "'u'@'%'", "game"
		judged(t, c.name, judgeGrants(c.f), c.want, c.says, c.fix)
	}
}

func TestTables(t *testing.T) {
	for _, c := range []struct {
		name string
		f    mysql.Facts
		want Severity
		says string
	}{
		{"none", mysql.Facts{Current: 6}, OK, "none yet"},
		{"of the Node.js version", mysql.Facts{Current: 6, Collation: "utf8mb4_general_ci"}, OK, "Node.js"},
		{"somebody else's", mysql.Facts{Current: 6, Unfit: fmt.Errorf("%w: the table users has no column id", store.ErrUnfit)}, Problem, "no column id"},
		{"older", mysql.Facts{Tables: 3, Current: 6}, OK, "version 3"},
		{"current", mysql.Facts{Tables: 6, Current: 6}, OK, "up to date"},
		{"newer", mysql.Facts{Tables: 7, Current: 6}, Warning, "version 7"},
		{"gone", mysql.Facts{Tables: 6, Current: 6, Absent: []string{"clickky_keys"}}, Problem, "missing: clickky_keys"},
		{"a column is gone", mysql.Facts{Tables: 6, Current: 6, Absent: []string{"users.clickky_seen"}}, Problem, "users.clickky_seen is missing"},
	} {
		judged(t, c.name, judgeTables(c.f), c.want, c.says, "")
	}
	judged(t, "binary", judgeNames(mysql.Facts{Tables: 6, Collation: "utf8mb4_nopad_bin", Binary: true}), OK, "byte by byte", "")
	judged(t, "to be taken over", judgeNames(mysql.Facts{Collation: "latin1_swedish_ci"}), OK, "until", "")
	judged(t, "changed", judgeNames(mysql.Facts{Tables: 6, Collation: "utf8mb4_general_ci"}), Problem, "utf8mb4_general_ci", "ALTER TABLE users")
}

func TestEncryption(t *testing.T) {
	judged(t, "far", judgeTLS(mysql.Facts{Remote: true}), Warning, "isn't encrypted", "tls=true")
	judged(t, "far, encrypted", judgeTLS(mysql.Facts{Remote: true, TLS: "TLSv1.3"}), OK, "TLSv1.3", "")
	judged(t, "here", judgeTLS(mysql.Facts{}), OK, "not needed", "")
}

func TestHowFarADatabaseIsReached(t *testing.T) {
	err := errors.New("no such thing")
	for access, c := range map[mysql.Access]struct {
		want Severity
		fix  string
	}{
		mysql.NoAnswer:   {Problem, "host and port"},
		mysql.WrongLogin: {Problem, "password"},
		mysql.Refuses:    {Problem, "do what the message says"},
		mysql.NoDatabase: {Problem, "CREATE DATABASE `game`"},
		mysql.NotAllowed: {Problem, "GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, INDEX ON `game`.*"},
		mysql.Reached:    {OK, ""},
	} {
		results := MySQL(mysql.Facts{Access: access, Where: "mysql://db/game", Name: "game", Version: "8.0.1", Missing: mysql.Needed}, err)
		judged(t, fmt.Sprint(access), results[0], c.want, "mysql://db/game", c.fix)
		last := results[len(results)-1]
		if access == mysql.Reached && (last.Name != "tables" || last.Severity != Problem || !strings.Contains(last.Text, "no such thing")) {
			t.Errorf("an error while looking: %+v", last)
		}
	}
	results := MySQL(mysql.Facts{Access: mysql.Reached, Version: "8.0.1", ReadOnly: true}, nil)
	if finding.Report(results).Count(Problem) != 1 {
		t.Errorf("read-only: %+v", results)
	}
}

func TestEmbeddedDatabases(t *testing.T) {
	for _, c := range []struct {
		f    sqlite.Facts
		err  error
		want Severity
		says string
	}{
		{sqlite.Facts{Version: 6, Current: 6}, nil, OK, "intact"},
		{sqlite.Facts{}, fs.ErrNotExist, OK, "doesn't exist yet"},
		{sqlite.Facts{}, store.ErrRefused, Problem, "not a database"},
		{sqlite.Facts{}, fs.ErrPermission, Problem, "permission"},
		{sqlite.Facts{Damage: "Page 3 is never used"}, nil, Problem, "Page 3"},
	} {
		judged(t, c.says, SQLite("clickky.db", c.f, c.err)[0], c.want, c.says, "")
	}
}

func TestRoomOnTheDisk(t *testing.T) {
	const gib = 1 << 30
	for _, c := range []struct {
		free, total uint64
		want        Severity
	}{
		{100 * gib, 1000 * gib, OK},
		{11 * gib, 1000 * gib, OK}, // plenty, though a small part
		{9 * gib, 1000 * gib, Warning},
		{9 * gib, 20 * gib, OK},
		{gib - 1, 2 * gib, Warning},
		{1 << 20, 2 * gib, Problem},
		{0, 0, Problem},
	} {
		judged(t, fmt.Sprint(c.free, c.total), one(space{free: c.free, total: c.total}.report), c.want, "free", "")
	}
	for _, c := range []struct {
		files, all uint64
		want       Severity
	}{{1_000_000, 2_000_000, ""}, {0, 0, ""}, {5000, 1_000_000, Warning}, {3, 1_000_000, Problem}} {
		var r finding.Report
		space{files: c.files, allFiles: c.all}.report(&r)
		if found := len(r) == 2; found != (c.want != "") || found && (r[1].Name != "inodes" || r[1].Severity != c.want) {
			t.Errorf("%d files of %d: %+v", c.files, c.all, r)
		}
	}
}

func TestDescriptorsForThePlayers(t *testing.T) {
	for _, c := range []struct {
		have    uint64
		players int
		want    Severity
		fix     string
	}{
		{1 << 20, 10_000, OK, ""},
		{1<<63 - 1, 10_000, OK, ""},
		{10_700, 10_000, OK, ""},
		{10_699, 10_000, Warning, "LimitNOFILE=10700"},
		{1024, 10_000, Warning, "--max-players 324"},
		{64, 10_000, Problem, "--max-players 1"},
	} {
		judged(t, fmt.Sprint(c.have), one(func(r *finding.Report) { descriptors("descriptors", c.have, c.players, "it", r) }), c.want, "players need", c.fix)
	}
}

func TestErrorsOfListening(t *testing.T) {
	wrapped := func(err error) error { return &net.OpError{Op: "listen", Err: err} }
	judged(t, "privileged", one(func(r *finding.Report) { cannotListen("port", ":22", wrapped(syscall.EACCES), r) }), Problem, "isn't allowed", "CAP_NET_BIND_SERVICE")
	judged(t, "not here", one(func(r *finding.Report) { cannotListen("port", "192.0.2.1:22", wrapped(syscall.EADDRNOTAVAIL), r) }), Problem, "192.0.2.1", "--listen :22")
	judged(t, "nonsense", one(func(r *finding.Report) { cannotListen("port", "nonsense", errors.New("missing port"), r) }), Problem, "missing port", "--listen")
}

func TestWhoHasTheDatabase(t *testing.T) {
	held := store.State{Journal: "a", LeaseLeft: time.Minute}
	judged(t, "in use", Lease(held, true, ""), OK, "1m0s", "")
	judged(t, "killed here", Lease(held, false, "a"), OK, "continue at once", "")
	judged(t, "elsewhere", Lease(held, false, "b"), Warning, "another journal (a)", "stop that server")
	judged(t, "free", Lease(store.State{Journal: "a"}, false, "a"), OK, "no server", "")
	judged(t, "new", Lease(store.State{}, false, ""), OK, "no server", "")
	judged(t, "a server without it", Lease(store.State{Journal: "a"}, true, ""), Warning, "none is using the database", "log")
}

func TestWhatWaitsInTheDatabase(t *testing.T) {
	judged(t, "no bindings", Bindings(nil, true), OK, "none", "")
	judged(t, "for the start", Bindings(make([]store.Binding, 2), false), OK, "2 pending", "")
	judged(t, "for a server", Bindings(make([]store.Binding, 1), true), Warning, "1 pending", "log")
	judged(t, "nothing refused", SetAside(nil)[0], OK, "every count", "")
	refused := SetAside([]store.Rejected{{Player: game.Player{Name: "mallory", Clicks: 1}, Reason: "no"}})
	judged(t, "refused", refused[0], Problem, "mallory with 1 click since", "next click")
	if many := SetAside(make([]store.Rejected, 5000)); len(many) != shownRows+1 || !strings.Contains(many[shownRows].Text, "4,980 more") {
		t.Errorf("%d results for 5000 rows", len(many))
	}
}

func TestPrintingIsOneLineForEach(t *testing.T) {
	var out strings.Builder
	results := []Finding{
		ok("port", ":2222 is free"),
		problem("set-aside", "x\x1b[2J with 1 click:\n\u202eno", "mend\nit"),
		warning("tls", "not encrypted", "tls=true"),
	}
	if err := Print(&out, results); err != nil {
		t.Fatal(err)
	}
	want := "ok       port       :2222 is free\n" +
		"problem  set-aside  x·[2J with 1 click: ·no\n" +
		"                    fix: mend it\n" +
		"warning  tls        not encrypted\n" +
		"                    fix: tls=true\n" +
		"1 problem, 1 warning\n"
	if out.String() != want {
		t.Errorf("%s\nwant\n%s", out.String(), want)
	}
	out.Reset()
	if err := PrintJSON(&out, results[:1]); err != nil || out.String() != `[{"name":"port","status":"ok","finding":":2222 is free","mend":""}]`+"\n" {
		t.Errorf("%v, %s", err, out.String())
	}
}

func TestArgumentsForAShell(t *testing.T) {
	for arg, want := range map[string]string{
		"/srv/clickky": "/srv/clickky", "my data": "'my data'", "it's": `'it'\''s'`, "": "''", "$HOME;": "'$HOME;'", "-x\n": "'-x\n'",
	} {
		if got := quoted(arg); got != want {
			t.Errorf("%q is quoted as %s, want %s", arg, got, want)
		}
	}
}

package checkup

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"clickky/sync/finding"
	"clickky/sync/finding/findingtest"
	"clickky/sync/game"
	"clickky/sync/store"
)

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
		findingtest.Judged(t, fmt.Sprint(c.free, c.total), findingtest.First(space{free: c.free, total: c.total}.report), c.want, "free", "")
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
		findingtest.Judged(t, fmt.Sprint(c.have), findingtest.First(func(r *finding.Report) { descriptors("descriptors", c.have, c.players, "it", r) }), c.want, "players need", c.fix)
	}
}

func TestErrorsOfListening(t *testing.T) {
	wrapped := func(err error) error { return &net.OpError{Op: "listen", Err: err} }
	findingtest.Judged(t, "privileged", findingtest.First(func(r *finding.Report) { cannotListen("port", ":22", wrapped(syscall.EACCES), r) }), Problem, "isn't allowed", "CAP_NET_BIND_SERVICE")
	findingtest.Judged(t, "not here", findingtest.First(func(r *finding.Report) { cannotListen("port", "192.0.2.1:22", wrapped(syscall.EADDRNOTAVAIL), r) }), Problem, "192.0.2.1", "--listen :22")
	findingtest.Judged(t, "nonsense", findingtest.First(func(r *finding.Report) { cannotListen("port", "nonsense", errors.New("missing port"), r) }), Problem, "missing port", "--listen")
}

func TestWhoHasTheDatabase(t *testing.T) {
	held := store.State{Journal: "a", LeaseLeft: time.Minute}
	findingtest.Judged(t, "in use", Lease(held, true, ""), OK, "1m0s", "")
	findingtest.Judged(t, "killed here", Lease(held, false, "a"), OK, "continue at once", "")
	findingtest.Judged(t, "elsewhere", Lease(held, false, "b"), Warning, "another journal (a)", "stop that server")
	findingtest.Judged(t, "free", Lease(store.State{Journal: "a"}, false, "a"), OK, "no server", "")
	findingtest.Judged(t, "new", Lease(store.State{}, false, ""), OK, "no server", "")
	findingtest.Judged(t, "a server without it", Lease(store.State{Journal: "a"}, true, ""), Warning, "none is using the database", "log")
}

func TestWhatWaitsInTheDatabase(t *testing.T) {
	findingtest.Judged(t, "no bindings", Bindings(nil, true), OK, "none", "")
	findingtest.Judged(t, "for the start", Bindings(make([]store.Binding, 2), false), OK, "2 pending", "")
	findingtest.Judged(t, "for a server", Bindings(make([]store.Binding, 1), true), Warning, "1 pending", "log")
	findingtest.Judged(t, "nothing refused", SetAside(nil)[0], OK, "every count", "")
	refused := SetAside([]store.Rejected{{Player: game.Player{Name: "mallory", Clicks: 1}, Reason: "no"}})
	findingtest.Judged(t, "refused", refused[0], Problem, "mallory with 1 click since", "next click")
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

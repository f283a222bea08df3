package checkup

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"
	"testing"

	"clickky/sync/finding"
	"clickky/sync/finding/findingtest"
)

func TestDiskSpace(t *testing.T) {
	const gib = 1 << 30
	for _, c := range []struct {
		free, total uint64
		want        finding.Severity
	}{
		{100 * gib, 1000 * gib, finding.OK},
		{11 * gib, 1000 * gib, finding.OK}, // plenty, though a small part
		{9 * gib, 1000 * gib, finding.Warning},
		{9 * gib, 20 * gib, finding.OK},
		{gib - 1, 2 * gib, finding.Warning},
		{1 << 20, 2 * gib, finding.Problem},
		{0, 0, finding.Problem},
	} {
		findingtest.Judged(t, fmt.Sprint(c.free, c.total), findingtest.First(space{free: c.free, total: c.total}.report), c.want, "free", "")
	}
	for _, c := range []struct {
		files, all uint64
		want       finding.Severity
	}{{1_000_000, 2_000_000, ""}, {0, 0, ""}, {5000, 1_000_000, finding.Warning}, {3, 1_000_000, finding.Problem}} {
		var r finding.Report
		space{files: c.files, allFiles: c.all}.report(&r)
		if found := len(r) == 2; found != (c.want != "") || found && (r[1].Name != "inodes" || r[1].Severity != c.want) {
			t.Errorf("%d files of %d: %+v", c.files, c.all, r)
		}
	}
}

func TestDescriptors(t *testing.T) {
	for _, c := range []struct {
		have    uint64
		players int
		web     int
		want    finding.Severity
		fix     string
	}{
		{1 << 20, 10_000, 0, finding.OK, ""},
		{1<<63 - 1, 10_000, 0, finding.OK, ""},
		{10_700, 10_000, 0, finding.OK, ""},
		{10_699, 10_000, 0, finding.Warning, "LimitNOFILE=10700"},
		{1024, 10_000, 0, finding.Warning, "--max-players 324"},
		{16_200, 10_000, 5500, finding.OK, ""},
		{16_199, 10_000, 5500, finding.Warning, "LimitNOFILE=16200"},
		{64, 10_000, 0, finding.Problem, "--max-players 1"},
	} {
		findingtest.Judged(t, fmt.Sprint(c.have), descriptors(c.have, c.players, c.web, "it"), c.want, "players need", c.fix)
	}
}

func TestAddressCannotListen(t *testing.T) {
	wrapped := func(err error) error { return &net.OpError{Op: "listen", Err: err} }
	findingtest.Judged(t, "privileged", CannotListen("--listen", ":22", wrapped(syscall.EACCES)), finding.Problem, "isn't allowed", "CAP_NET_BIND_SERVICE")
	findingtest.Judged(t, "not here", CannotListen("--listen", "192.0.2.1:22", wrapped(syscall.EADDRNOTAVAIL)), finding.Problem, "192.0.2.1", "--listen :22")
	findingtest.Judged(t, "nonsense", CannotListen("--listen", "nonsense", errors.New("missing port")), finding.Problem, "missing port", "--listen")
	for _, err := range []error{wrapped(syscall.EACCES), errors.New("missing port")} {
		if fix := CannotListen("--http", "127.0.0.1:80", err).Fix; !strings.Contains(fix, "--http") || strings.Contains(fix, "2222") {
			t.Errorf("of HTTP: got %q, want no address of SSH", fix)
		}
	}
}

func TestPrintWritesOneLineForEach(t *testing.T) {
	var out strings.Builder
	var results finding.Report
	results.Add("port", finding.OKf(":2222 is free"))
	results.Add("set-aside", finding.Problemf("mend\nit", "x\x1b[2J with 1 click:\n\u202eno"))
	results.Add("tls", finding.Warnf("tls=true", "not encrypted"))
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

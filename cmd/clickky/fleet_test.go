//go:build !race

package main

import (
	"bufio"
	"context"
	"database/sql"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"clickky/cmd/clickky/loadtest"
	"clickky/sync/cluster/natstest"
	"clickky/sync/store/mysql/mariadbtest"
)

// What BenchmarkFleet plays with. One run of a benchmark plays once, however often it
// is asked to.
var (
	fleetPlayers  = flag.Int("players", 100, "players in all")
	fleetClickers = flag.Int("clickers", 12, "how many of them click")
	fleetRate     = flag.Float64("rate", 5, "clicks a second of each")
	fleetFor      = flag.Duration("for", 10*time.Second, "how long each number of servers is played; with several twice as long")
	fleetProfile  = flag.String("profile", "", "existing directory for profiles of the first server of each number")
)

// TestFleetShowsClicksInTime allows half a second, and no lost click. A machine may pause for
// a moment, so lateness is forgiven twice.
func TestFleetShowsClicksInTime(t *testing.T) {
	db := mariadbtest.New(t)
	nats := natstest.Start(t, 3)
	var servers []*program
	var targets []loadtest.Target
	for range 3 {
		p := start(t, t.TempDir(), "--db", db.URL, "--nats", nats.URL(), "--max-rate", "1000")
		servers, targets = append(servers, p), append(targets, loadtest.Target{Addr: p.Addr})
	}
	pressed, inTime := 0, false
	for try := 0; try < 3 && !inTime; try++ {
		r, err := loadtest.Run(t.Context(), loadtest.Config{
			Targets: targets, Players: 30, Clickers: 12, Rate: 8, Settle: time.Second, For: 2 * time.Second,
		})
		if err != nil || r.Connected != 30 || r.Lost != 0 {
			t.Fatalf("%v: %+v", err, r)
		}
		pressed += r.Pressed
		inTime = allInTime(t, r)
	}
	if !inTime {
		t.Error("clicks are late again and again")
	}
	for _, p := range servers {
		p.terminate(t)
	}
	if saved := savedClicks(t, db.Open(t)); saved != pressed {
		t.Errorf("the database has %d clicks of %d", saved, pressed)
	}
}

// allInTime reports whether 99 of 100 clicks were seen within half a second, and
// fails the test if one never was.
func allInTime(t *testing.T, r loadtest.Report) bool {
	t.Helper()
	inTime := true
	for what, l := range map[string]*loadtest.Latency{
		"own screen": r.OwnScreen, "other screens": r.OtherScreens, "other servers": r.OtherServers, "catching up": r.CatchingUp,
	} {
		if l == nil || l.Samples == 0 || l.Unseen > 0 {
			t.Fatalf("%s: %+v", what, l)
		}
		t.Logf("%s: %+v", what, *l)
		inTime = inTime && l.P99 < 500
	}
	return inTime
}

// savedClicks returns the clicks of all players in a database. It checks that the global count and
// the clicks by day have the same sum.
func savedClicks(tb testing.TB, db *sql.DB) (clicks int) {
	tb.Helper()
	var total, days int
	row := db.QueryRowContext(tb.Context(), "SELECT (SELECT SUM(user_count) FROM users), (SELECT count FROM global_count),"+
		" (SELECT SUM(clicks) FROM clickky_days)")
	if err := row.Scan(&clicks, &total, &days); err != nil {
		tb.Fatal(err)
	}
	if clicks != total || clicks != days {
		tb.Errorf("the players have %d clicks, the game %d, the days %d", clicks, total, days)
	}
	return clicks
}

// BenchmarkFleet runs a server that has its journal and its database to itself (alone), and
// then one, two and three with NATS servers and MariaDB, with as many players each time. All
// run in processes of their own: the servers, MariaDB, the three NATS servers in one, and the
// players in this one.
func BenchmarkFleet(b *testing.B) {
	program := buildProgram(b)
	b.Run("alone", func(b *testing.B) {
		f := &fleet{program: program}
		f.start(b, "--data", filepath.Join(b.TempDir(), "data"))
		f.play(b)
	})
	for servers := range 3 {
		b.Run(fmt.Sprintf("servers=%d", servers+1), func(b *testing.B) {
			db := mariadbtest.New(b)
			f := &fleet{program: program}
			urls := f.startNATS(b)
			for range servers + 1 {
				f.start(b, "--data", filepath.Join(b.TempDir(), "data"), "--db", db.URL, "--nats", urls)
			}
			r := f.play(b)
			f.stop(b)
			if saved := savedClicks(b, db.Open(b)); saved != r.Pressed {
				b.Errorf("the database has %d clicks of %d", saved, r.Pressed)
			}
		})
	}
}

// fleet is some servers that play one game.
type fleet struct {
	program string
	servers []*program
	nats    int // the process of the NATS servers; 0: there is none
}

// buildProgram builds the real program, without the tests.
func buildProgram(b *testing.B) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), "clickky")
	if out, err := exec.CommandContext(b.Context(), "go", "build", "-o", path, ".").CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	return path
}

// start starts one more server. It takes all players and all clicks.
func (f *fleet) start(b *testing.B, args ...string) {
	b.Helper()
	cmd := exec.Command(f.program, append(args, "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0", "--pprof", "127.0.0.1:0",
		"--max-rate", fmt.Sprint(20+10*int(*fleetRate)), "--max-players", fmt.Sprint(*fleetPlayers+benchServerSlack))...)
	cmd.Dir, cmd.Env, cmd.SysProcAttr = b.TempDir(), withoutSettings(os.Environ()), ownGroup()
	p, err := launch(cmd)
	if err != nil {
		b.Fatal(err)
	}
	f.servers = append(f.servers, p)
	b.Cleanup(func() {
		if p.cmd.ProcessState == nil {
			_, _ = p.signal(os.Kill)
		}
	})
}

// stop ends all servers, as an operator does, so that all is saved.
func (f *fleet) stop(b *testing.B) {
	b.Helper()
	for _, p := range f.servers {
		if status, err := p.signal(syscall.SIGTERM); status != 0 {
			b.Fatalf("after SIGTERM: status %d, %v\n%s", status, err, p.Log())
		}
	}
}

// fleetNATS has the test binary be three NATS servers: see TestFleetNATS.
const fleetNATS = "CLICKKY_TEST_NATS"

// startNATS starts three NATS servers in a process of their own, and returns how
// they are reached.
func (f *fleet) startNATS(b *testing.B) (urls string) {
	b.Helper()
	exe, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	cmd := exec.Command(exe, "-test.run=^TestFleetNATS$")
	cmd.Env, cmd.SysProcAttr, cmd.Stderr = append(os.Environ(), fleetNATS+"=1"), ownGroup(), os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = in.Close()
		_, _ = io.Copy(io.Discard, out)
		_ = cmd.Wait()
	})
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if found, ok := strings.CutPrefix(lines.Text(), "nats at "); ok {
			f.nats = cmd.Process.Pid
			return found
		}
	}
	b.Fatal("the NATS servers did not start")
	return ""
}

// TestFleetNATS isn't a test, but the process that startNATS starts.
func TestFleetNATS(t *testing.T) {
	if os.Getenv(fleetNATS) == "" {
		return
	}
	fmt.Printf("nats at %s\n", natstest.Start(t, 3).URL())
	_, _ = io.Copy(io.Discard, os.Stdin)
}

// play plays the servers and reports what that was like.
func (f *fleet) play(b *testing.B) loadtest.Report {
	b.Helper()
	config := loadtest.Config{
		Players: *fleetPlayers, Clickers: *fleetClickers, Rate: *fleetRate, Settle: benchSettle, For: *fleetFor,
	}
	for _, p := range f.servers {
		config.Targets = append(config.Targets, loadtest.Target{Addr: p.Addr, PID: p.cmd.Process.Pid})
	}
	var nats natsUse
	profiled := make(chan error, 1)
	config.Progress = func(p loadtest.Progress) {
		nats.look(f.nats, p)
		if *fleetProfile != "" && p.For > 0 && profiled != nil {
			go f.profile(b, profiled)
			profiled = nil
		}
	}
	wait := profiled
	r, err := loadtest.Run(b.Context(), config)
	if err != nil || r.Failed > 0 || r.Lost > 0 {
		b.Fatalf("%v: %+v", err, r)
	}
	if *fleetProfile != "" {
		if err := <-wait; err != nil {
			b.Error(err)
		}
	}
	report(b, &r, nats.cores())
	return r
}

// natsUse is what the NATS servers use of the processor, from the first to the last
// second of what counts.
type natsUse struct {
	from, to     time.Duration
	begun, ended time.Time
}

func (u *natsUse) look(pid int, p loadtest.Progress) {
	switch {
	case p.For == 0 || p.InTurns:
	case u.begun.IsZero():
		u.from, u.begun = loadtest.CPUTime(pid), time.Now()
	default:
		u.to, u.ended = loadtest.CPUTime(pid), time.Now()
	}
}

func (u *natsUse) cores() float64 {
	if u.ended.IsZero() {
		return 0
	}
	return (u.to - u.from).Seconds() / u.ended.Sub(u.begun).Seconds()
}

// report has benchstat compare what matters.
func report(b *testing.B, r *loadtest.Report, nats float64) {
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(r.LoginsPerSecond, "logins/s")
	b.ReportMetric(float64(r.Presses)/r.Seconds, "clicks/s")
	b.ReportMetric(float64(r.Frames())/r.Seconds, "frames/s")
	for _, l := range []struct {
		name string
		*loadtest.Latency
	}{{"own", r.OwnScreen}, {"same", r.OtherScreens}, {"other", r.OtherServers}, {"catch-up", r.CatchingUp}} {
		if l.Latency == nil {
			continue
		}
		b.ReportMetric(l.P50, l.name+"-p50-ms")
		b.ReportMetric(l.P99, l.name+"-p99-ms")
		b.ReportMetric(float64(l.Unseen), l.name+"-unseen")
	}
	b.ReportMetric(r.ClientCPU, "cores-client")
	if nats > 0 {
		b.ReportMetric(nats, "cores-nats")
	}
	if r.Server == nil {
		return // the system shows no processes
	}
	b.ReportMetric(r.Server.CPU, "cores")
	b.ReportMetric(r.Server.CPUPerFrame, "cpu-µs/frame")
	b.ReportMetric(r.Server.CPU*1e6*r.Seconds/float64(max(r.Presses, 1)), "cpu-µs/click")
	b.ReportMetric(r.Server.CPUPerLogin, "cpu-µs/login")
	b.ReportMetric(float64(r.Server.RSSPerPlayer)/1000, "KB/player")
	for i, s := range r.Servers {
		b.Logf("server %d: %d players, %.0f logins a second, %.0f frames a second, CPU %.1f %% of a core, %.1f µs a frame, memory %.0f MB", i+1,
			s.Connected, s.LoginsPerSecond, float64(s.Watching.Frames+s.Clicking.Frames)/r.Seconds, 100*s.Use.CPU, s.Use.CPUPerFrame, float64(s.Use.RSS)/1e6)
	}
}

// profile asks the first server for a profile of most of what counts.
func (f *fleet) profile(b *testing.B, done chan<- error) {
	done <- func() error {
		m := profiling.FindStringSubmatch(f.servers[0].Log())
		if m == nil {
			return fmt.Errorf("the server serves no profiles")
		}
		seconds := max(int(fleetFor.Seconds())-2, 1)
		r, err := http.NewRequestWithContext(context.WithoutCancel(b.Context()), http.MethodGet,
			fmt.Sprintf("http://%s/debug/pprof/profile?seconds=%d", m[1], seconds), nil)
		if err != nil {
			return err
		}
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			return err
		}
		defer answer.Body.Close()
		profile, err := io.ReadAll(answer.Body)
		if err != nil {
			return err
		}
		name := strings.NewReplacer("/", "-", "=", "-").Replace(b.Name()) + ".pprof"
		return os.WriteFile(filepath.Join(*fleetProfile, name), profile, 0o600)
	}()
}

package loadtest

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// What the comparison plays with. One run of a benchmark plays once, however
// often it is asked to.
var (
	comparePlayers = flag.Int("players", 500, "players of the game and of the bare server")
	compareStock   = flag.Int("stock-players", 100, "players of the stock server, which takes far fewer")
	compareFor     = flag.Duration("for", 15*time.Second, "how long each server is played")
	compareProfile = flag.String("profile", "", "existing directory for profiles of the game")
)

const (
	serveVariable = "CLICKKY_LOADTEST_SERVE" // which server to be
	bareBytes     = "CLICKKY_LOADTEST_BYTES" // what the bare server writes
	bareEvery     = "CLICKKY_LOADTEST_EVERY" // and how often
	profileTo     = "CLICKKY_LOADTEST_PROFILE"
)

// serversToCompare are the servers that this test binary can be.
var serversToCompare = map[string]func() error{"stock": serveStock, "lipgloss": serveLipgloss, "bare": serveBare}

// BenchmarkServers plays the game; a stock wish and Bubble Tea server with the
// game's own model, and one that lays the same screen out with lipgloss; and a
// bare SSH writer that writes as many bytes as often as the game did, one after
// the other. Each is a process of its own, of which only the processor time and
// memory count.
func BenchmarkServers(b *testing.B) {
	var game, stock, lipgloss, bare Report
	b.Run("game", func(b *testing.B) {
		cmd := gameCommand(b)
		game = compare(b, *comparePlayers, cmd, profiler(cmd))
	})
	b.Run("stock", func(b *testing.B) {
		stock = compare(b, *compareStock, ownCommand(b, "stock"), nil)
	})
	b.Run("lipgloss", func(b *testing.B) {
		lipgloss = compare(b, *compareStock, ownCommand(b, "lipgloss"), nil)
	})
	b.Run("bare", func(b *testing.B) {
		size, every := pace(&game)
		bare = compare(b, *comparePlayers, ownCommand(b, "bare",
			bareBytes+"="+strconv.Itoa(size), bareEvery+"="+every.String()), nil)
	})
	if game.Server == nil || stock.Server == nil || lipgloss.Server == nil || bare.Server == nil {
		return // one was left out, or the system shows no processes
	}
	b.Run("ratio", func(b *testing.B) {
		g, s, l, w := game.Server, stock.Server, lipgloss.Server, bare.Server
		b.ReportMetric(0, "ns/op")
		b.ReportMetric(g.CPUPerFrame/w.CPUPerFrame, "frame-game/bare")
		b.ReportMetric(s.CPUPerFrame/g.CPUPerFrame, "frame-stock/game")
		b.ReportMetric(l.CPUPerFrame/g.CPUPerFrame, "frame-lipgloss/game")
		b.ReportMetric(float64(g.RSSPerPlayer)/float64(w.RSSPerPlayer), "memory-game/bare")
		b.ReportMetric(float64(s.RSSPerPlayer)/float64(g.RSSPerPlayer), "memory-stock/game")
		b.ReportMetric(game.LoginsPerSecond/bare.LoginsPerSecond, "logins-game/bare")
		b.ReportMetric(g.CPUPerLogin/w.CPUPerLogin, "login-cpu-game/bare")
	})
}

// pace is what the bare server has to write to each player to equal the game.
func pace(game *Report) (size int, every time.Duration) {
	if game.Frames() == 0 {
		return 200, 100 * time.Millisecond
	}
	frames := game.Frames()
	size = int((game.Watching.Bytes + game.Clicking.Bytes) / frames) //nolint:gosec // small
	return size, time.Duration(game.Seconds * float64(time.Second) * float64(game.Connected) / float64(frames))
}

// compare plays one server and reports what it cost.
func compare(b *testing.B, players int, cmd *exec.Cmd, progress func(Progress)) Report {
	b.Helper()
	addr := startServer(b, cmd)
	r, err := Run(b.Context(), Config{
		Targets: []Target{{Addr: addr, PID: cmd.Process.Pid}}, Players: players, Clickers: 10, Rate: 5,
		Settle: 3 * time.Second, For: *compareFor, Progress: progress,
	})
	if err != nil || r.Failed > 0 || r.Lost > 0 {
		b.Fatalf("%v: %+v", err, r)
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(r.Watching.Bytes)/float64(r.Watching.Frames), "B/frame")
	b.ReportMetric(r.Watching.FramesPerSecond, "frames/s")
	b.ReportMetric(r.Watching.BytesPerSecond, "B/s")
	b.ReportMetric(r.LoginsPerSecond, "logins/s")
	if r.Server != nil {
		b.ReportMetric(r.Server.CPUPerFrame, "cpu-µs/frame")
		b.ReportMetric(r.Server.CPUPerLogin, "cpu-µs/login")
		b.ReportMetric(float64(r.Server.RSSPerPlayer)/1000, "KB/player")
	}
	if r.OwnScreen != nil && r.OtherScreens != nil {
		b.ReportMetric(r.OwnScreen.P99, "own-p99-ms")
		b.ReportMetric(r.OtherScreens.P99, "others-p99-ms")
	}
	return r
}

// profiler asks the game to profile itself from the first second of what counts
// to about the last, if it was built for that.
func profiler(game *exec.Cmd) func(Progress) {
	if *compareProfile == "" {
		return nil
	}
	begun, ended := false, false
	return func(p Progress) {
		switch {
		case p.For > 0 && !begun:
			begun = true
			_ = game.Process.Signal(syscall.SIGUSR1)
		case p.For > 0 && !ended && p.Elapsed > p.For-2*time.Second:
			ended = true
			_ = game.Process.Signal(syscall.SIGUSR2)
		}
	}
}

// startServer starts a server that ends with the benchmark, and returns where
// it listens.
func startServer(tb testing.TB, cmd *exec.Cmd) string {
	tb.Helper()
	cmd.Stderr = os.Stderr
	stdout, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		if _, addr, ok := strings.Cut(lines.Text(), "listening on"); ok {
			go func() { _, _ = io.Copy(io.Discard, stdout) }()
			return strings.TrimSpace(addr)
		}
	}
	tb.Fatal("the server did not start")
	return ""
}

// gameCommand builds the real program. For a profile, one more file is built
// into it, which is no part of the product.
func gameCommand(tb testing.TB) *exec.Cmd {
	tb.Helper()
	dir := tb.TempDir()
	program := filepath.Join(dir, "clickky")
	args := []string{"build", "-o", program}
	if *compareProfile != "" {
		args = append(args, "-overlay", overlay(tb, dir))
	}
	build := exec.CommandContext(tb.Context(), "go", append(args, "clickky/cmd/clickky")...) //nolint:gosec // the program to compare
	if out, err := build.CombinedOutput(); err != nil {
		tb.Fatalf("%v: %s", err, out)
	}
	cmd := exec.Command(program, "--listen", "127.0.0.1:0", "--data", filepath.Join(dir, "data"), "--log-level", "warn") //nolint:gosec,noctx // likewise; ended by startServer
	cmd.Env = append(os.Environ(), profileTo+"="+*compareProfile)
	return cmd
}

// overlay adds testdata/profile.go to cmd/clickky while it is built.
func overlay(tb testing.TB, dir string) string {
	tb.Helper()
	here, err := os.Getwd()
	if err != nil {
		tb.Fatal(err)
	}
	text, err := json.Marshal(map[string]map[string]string{"Replace": {
		filepath.Join(here, "../../cmd/clickky/profile.go"): filepath.Join(here, "testdata/profile.go"),
	}})
	if err != nil {
		tb.Fatal(err)
	}
	path := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		tb.Fatal(err)
	}
	return path
}

// ownCommand is this test binary as one of serversToCompare.
func ownCommand(tb testing.TB, which string, env ...string) *exec.Cmd {
	tb.Helper()
	exe, err := os.Executable()
	if err != nil {
		tb.Fatal(err)
	}
	cmd := exec.Command(exe) //nolint:gosec,noctx // itself; ended by startServer
	cmd.Env = append(append(os.Environ(), serveVariable+"="+which, hostKeyVariable+"="+filepath.Join(tb.TempDir(), "key")), env...)
	return cmd
}

func TestTheServersToCompareWithCanBePlayed(t *testing.T) {
	for which := range serversToCompare {
		t.Run(which, func(t *testing.T) {
			cmd := ownCommand(t, which, bareBytes+"=200", bareEvery+"=100ms")
			r, err := Run(t.Context(), Config{
				Targets: []Target{{Addr: startServer(t, cmd), PID: cmd.Process.Pid}}, Players: 3, Clickers: 2, Rate: 5, For: 2 * time.Second,
			})
			if err != nil || r.Connected != 3 || r.Lost != 0 || r.Watching.Frames == 0 || r.Watching.FramesPerSecond > 15 {
				t.Errorf("%v: %+v", err, r)
			}
			if which != "bare" && (r.OwnScreen == nil || r.OwnScreen.Unseen > 0 || r.OtherScreens.Unseen > 0) {
				t.Errorf("own %+v, others %+v", r.OwnScreen, r.OtherScreens)
			}
			if which == "bare" && r.Watching.Bytes != 200*r.Watching.Frames {
				t.Errorf("%+v", r.Watching)
			}
		})
	}
}

// printListening tells startServer where a server listens.
func printListening(addr fmt.Stringer) { fmt.Printf("listening on %s\n", addr) }

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
	compareClick   = flag.Int("clicking-players", 300, "players of a game in which all of them click")
	compareChaff   = flag.Bool("chaff", false, "whoever clicks also sends what OpenSSH sends beside keys")
	compareFor     = flag.Duration("for", 15*time.Second, "how long each server is played")
	compareProfile = flag.String("profile", "", "existing directory for profiles of the game")
)

const (
	serveVariable = "CLICKKY_LOADTEST_SERVE"   // which server to be
	bareBytes     = "CLICKKY_LOADTEST_BYTES"   // what the bare server writes
	bareEvery     = "CLICKKY_LOADTEST_EVERY"   // and how often
	bareAnswers   = "CLICKKY_LOADTEST_ANSWERS" // set: it also does when something comes
	profileTo     = "CLICKKY_LOADTEST_PROFILE"
)

// serversToCompare are the servers that this test binary can be.
var serversToCompare = map[string]func() error{"stock": serveStock, "lipgloss": serveLipgloss, "bare": serveBare}

// BenchmarkServers compares, one after the other: the game; a stock wish and Bubble Tea server
// with the game's own model; one that renders the same screen with lipgloss; and a bare SSH
// writer that writes as many bytes as often as the game did. Ten players click, five times a
// second each. Each server is a process of its own; only its processor time and memory count.
func BenchmarkServers(b *testing.B) {
	var game, stock, lipgloss, bare Report
	watched := func(players int) Config { return Config{Players: players, Clickers: 10} }
	b.Run("game", func(b *testing.B) {
		cmd := gameCommand(b)
		game = compare(b, watched(*comparePlayers), cmd, profiler(cmd))
	})
	b.Run("stock", func(b *testing.B) {
		stock = compare(b, watched(*compareStock), ownCommand(b, "stock"), nil)
	})
	b.Run("lipgloss", func(b *testing.B) {
		lipgloss = compare(b, watched(*compareStock), ownCommand(b, "lipgloss"), nil)
	})
	b.Run("bare", func(b *testing.B) {
		bare = compare(b, watched(*comparePlayers), ownCommand(b, "bare", pace(&game, game.Frames())...), nil)
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

// BenchmarkServersWithClickers runs the game with players who all click, five times a second
// each, and then a bare SSH server that writes as much as the game did and answers each press.
func BenchmarkServersWithClickers(b *testing.B) {
	crowd := Config{Players: *compareClick, Clickers: *compareClick}
	var game, bare Report
	b.Run("game", func(b *testing.B) {
		cmd := gameCommand(b)
		game = compare(b, crowd, cmd, profiler(cmd))
	})
	b.Run("bare", func(b *testing.B) {
		unasked := game.Frames() - min(uint64(game.Presses), game.Frames())
		bare = compare(b, crowd, ownCommand(b, "bare", append(pace(&game, unasked), bareAnswers+"=1")...), nil)
	})
	if game.Server == nil || bare.Server == nil {
		return
	}
	b.Run("ratio", func(b *testing.B) {
		b.ReportMetric(0, "ns/op")
		b.ReportMetric(game.Server.CPUPerFrame/bare.Server.CPUPerFrame, "frame-game/bare")
		b.ReportMetric(game.Server.CPU/bare.Server.CPU, "cpu-game/bare")
	})
}

// pace tells the bare server what it has to write to each player to equal the game:
// frames of the same size, and so many of them in all.
func pace(game *Report, frames uint64) (env []string) {
	size, every := uint64(200), 100*time.Millisecond
	if all := game.Frames(); all > 0 && frames > 0 {
		size = (game.Watching.Bytes + game.Clicking.Bytes) / all
		every = time.Duration(game.Seconds * float64(time.Second) * float64(game.Connected) / float64(frames))
	}
	return []string{bareBytes + "=" + strconv.FormatUint(size, 10), bareEvery + "=" + every.String()}
}

// compare plays one server with the crowd and reports what it cost.
func compare(b *testing.B, crowd Config, cmd *exec.Cmd, progress func(Progress)) Report {
	b.Helper()
	crowd.Targets = []Target{{Addr: startServer(b, cmd), PID: cmd.Process.Pid}}
	crowd.Rate, crowd.Chaff, crowd.Settle, crowd.For, crowd.Progress = 5, *compareChaff, 3*time.Second, *compareFor, progress
	r, err := Run(b.Context(), crowd)
	if err != nil || r.Failed > 0 || r.Lost > 0 {
		b.Fatalf("%v: %+v", err, r)
	}
	most := r.Watching // what is said of a screen is said of these
	if most.Players == 0 {
		most = r.Clicking
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(most.Bytes)/float64(most.Frames), "B/frame")
	b.ReportMetric(most.FramesPerSecond, "frames/s")
	b.ReportMetric(most.BytesPerSecond, "B/s")
	b.ReportMetric(r.LoginsPerSecond, "logins/s")
	if r.Server != nil {
		b.ReportMetric(r.Server.CPUPerFrame, "cpu-µs/frame")
		b.ReportMetric(r.Server.CPUPerLogin, "cpu-µs/login")
		b.ReportMetric(float64(r.Server.RSSPerPlayer)/1000, "KB/player")
	}
	if r.OwnScreen != nil && r.OtherScreens != nil {
		b.ReportMetric(r.OwnScreen.P50, "own-p50-ms")
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
	build := exec.CommandContext(tb.Context(), "go", append(args, "clickky/cmd/clickky")...)
	if out, err := build.CombinedOutput(); err != nil {
		tb.Fatalf("%v: %s", err, out)
	}
	cmd := exec.Command(program, "--listen", "127.0.0.1:0", "--data", filepath.Join(dir, "data"), "--log-level", "warn")
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
		filepath.Join(here, "../profile.go"): filepath.Join(here, "testdata/profile.go"),
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
	cmd := exec.Command(exe)
	cmd.Env = append(append(os.Environ(), serveVariable+"="+which, hostKeyVariable+"="+filepath.Join(tb.TempDir(), "key")), env...)
	return cmd
}

func TestServersToCompareArePlayable(t *testing.T) {
	t.Parallel()
	for which := range serversToCompare {
		t.Run(which, func(t *testing.T) {
			t.Parallel()
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

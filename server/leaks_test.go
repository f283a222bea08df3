package server_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	gossh "golang.org/x/crypto/ssh"

	"clickky/cmd/clickky/sshtest"
	"clickky/server"
	"clickky/sync/game"
)

// evil is what clients call themselves, their terminals and their commands.
var evil = []string{
	"\x1b]52;c;aGk=\a", "\x1b[2J\x1b[31mred", "line\nlevel=ERROR msg=forged", "\r\x00\b\x7f", "\xff\xfe\x80", "\u009b2J\u009d0;x\u009c",
	"rtl\u202egnp.exe", "\u2028\u2029\ufeff", `"quoted" \ {"json":1}`,
}

// lockedBuffer is a buffer for several writers.
type lockedBuffer struct {
	mu sync.Mutex
	bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.Write(p)
}

// Bytes returns a copy: somebody may be writing.
func (b *lockedBuffer) Bytes() []byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	return bytes.Clone(b.Buffer.Bytes())
}

func TestLogEscapesClientInput(t *testing.T) {
	var inText, inJSON lockedBuffer
	options := &slog.HandlerOptions{Level: slog.LevelDebug}
	logger := slog.New(slog.NewMultiHandler(slog.NewTextHandler(&inText, options), slog.NewJSONHandler(&inJSON, options)))
	// What libraries have to say goes the same way, as in the program.
	usual := slog.Default()
	slog.SetDefault(logger)
	defer slog.SetDefault(usual)
	g := start(t, func(c *server.Config) {
		c.Log = logger
		c.Conns.CloseTimeout = 100 * time.Millisecond
	}).load(t, 0)
	t.Run("clients", func(t *testing.T) {
		for _, s := range evil {
			t.Run("", func(t *testing.T) {
				t.Parallel()
				sayEverywhere(t, g.addr, s)
			})
		}
	})
	g.end()
	checkLog(t, inText.Bytes(), false)
	checkLog(t, inJSON.Bytes(), true)
}

// sayEverywhere says something wherever a client can say something.
func sayEverywhere(t *testing.T, addr, s string) {
	t.Helper()
	sshtest.Dial(t, addr, "alice").Run(t, s, false)
	sshtest.Dial(t, addr, "alice").Run(t, "leaderboard --top "+s, true)
	sshtest.Dial(t, addr, s).Run(t, "me", false)
	screen := sshtest.Dial(t, addr, "alice").Play(t, 80, 24)
	screen.WaitFor(t, "alice")
	screen.Type(t, s+"q")

	r, err := sshtest.RawLogin(dial(t, addr), "alice")
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Open(1 << 20); err != nil {
		t.Fatal(err)
	}
	for _, packet := range [][]byte{
		sshtest.ChannelRequest("pty-req", true, sshtest.PTYRequest(s, 80, 24)...),
		sshtest.ChannelRequest("env", true, env(s, s)...),
		sshtest.ChannelRequest("subsystem", true, text(s)...),
		sshtest.ChannelRequest(s, true, text(s)...),
		sshtest.GlobalRequest(s, true, text(s)...),
		sshtest.OpenChannel(s, 0, text(s)...),
		sshtest.ChannelRequest("exec", true, text(s)...),
	} {
		_ = r.Send(packet) // the server may have had enough
	}
	_, _ = io.Copy(io.Discard, r)

	for _, greeting := range []string{"SSH-2.0-" + s, s} {
		stranger := sshtest.NewRaw(dial(t, addr))
		_ = stranger.Greet(greeting)
		_ = stranger.Send(gossh.Marshal(&struct {
			Cookie [16]byte `sshtype:"20"`
			Lists  []string
			Rest   [64]byte
		}{Lists: []string{s}}))
		_ = stranger.Close()
	}
	keys := sshtest.NewRaw(dial(t, addr))
	keys.Offers = []string{s}
	if err := keys.Greet("SSH-2.0-keys"); err != nil {
		t.Fatal(err)
	}
	_ = keys.BeginKeys()
	_, _ = io.Copy(io.Discard, keys)
}

// checkLog checks that each line of a log is one record and has nothing in it
// that a terminal obeys.
func checkLog(t *testing.T, log []byte, isJSON bool) {
	t.Helper()
	if !utf8.Valid(log) {
		t.Error("the log is not UTF-8")
	}
	lines := strings.Split(strings.TrimSuffix(string(log), "\n"), "\n")
	if len(lines) < len(evil) {
		t.Errorf("only %d lines:\n%s", len(lines), log)
	}
	for _, line := range lines {
		if i := strings.IndexFunc(line, func(r rune) bool { return !unicode.IsPrint(r) }); i >= 0 {
			t.Errorf("%q reaches the log: %q", line[i:min(i+4, len(line))], line)
		}
		if isJSON && !json.Valid([]byte(line)) || !isJSON && !strings.HasPrefix(line, "time=") {
			t.Errorf("a line that is no record: %q", line)
		}
	}
}

// unmistakable is in the name of every player but the one who looks.
const unmistakable = "zwxj"

// spy collects every byte that a client is sent.
type spy struct {
	t    *testing.T
	g    *testServer
	seen bytes.Buffer
}

// run runs a command without and with a terminal.
func (s *spy) run(line string) {
	client := sshtest.Dial(s.t, s.g.addr, "spy")
	for _, withTerminal := range []bool{false, true} {
		r := client.Run(s.t, line, withTerminal)
		fmt.Fprintf(&s.seen, "%q: %s%s\n", line, r.Out, r.Errors)
	}
}

func TestNamesOfOthersAreForAdmins(t *testing.T) {
	t.Parallel()
	boss := sshtest.Signer(t, 1)
	g := start(t, func(c *server.Config) {
		c.Admins = admins(t, fingerprint(boss), unmistakable+"-kept="+fingerprint(boss))
	})
	g.load(t, 0, game.Player{Name: unmistakable + "1", Clicks: 777}, game.Player{Name: unmistakable + "2", Clicks: 5})
	other := sshtest.Dial(t, g.addr, unmistakable+"3").Play(t, 80, 24)
	other.WaitFor(t, "press space")
	other.Type(t, "h") // else wide screens show who is here
	other.WaitFor(t, "hidden")
	wide := sshtest.Dial(t, g.addr, "spy").Play(t, 120, 40)
	wide.WaitFor(t, "here now", "· ~spy")
	wide.WaitUntil(t, "the other player is hidden", func(text string) bool { return !strings.Contains(text, unmistakable) })
	b := &bystander{screen: other}

	s := &spy{t: t, g: g}
	for _, line := range []string{
		"help", "me", "me --json", "stats", "stats --json", "leaderboard", "leaderboard --top 0", "leaderboard --json", "leaderboard --csv",
		"leaderboard --admin", "--admin", "--admin --json", "players", "audit", "keys list", "bind", "who", "w", "last", "leaderboard --help", "export",
	} {
		s.run(line)
	}
	for _, size := range [][2]int{{80, 24}, {500, 200}, {20, 5}} {
		screen := sshtest.Dial(t, g.addr, "spy").Play(t, size[0], size[1])
		screen.WaitUntil(t, "has something on it", func(text string) bool { return strings.TrimSpace(text) != "" })
		for _, keys := range []string{"l", "\t", "d", "d\r", ":players\r", "/", unmistakable[:2] + "\r", "\x1b[A", "\x1b[B", "\x1b[6~", "jk", "?", "h", "\x1b[<0;10;10M", "\x1b", "\x1b[200~l\x1b[201~"} {
			screen.Type(t, keys)
			if _, ok := b.press(); !ok { // so that there is something new to see
				t.Fatal("the other player cannot play")
			}
		}
		screen.Type(t, "q")
		screen.Status(t)
		s.seen.Write(screen.Bytes())
		s.seen.WriteString(screen.Text())
	}
	refused := sshtest.Dial(t, g.addr, unmistakable+"-kept").Run(t, "", true)
	if strings.Contains(refused.Out+refused.Errors, unmistakable+"1") {
		t.Errorf("%+v", refused)
	}
	if i := bytes.Index(s.seen.Bytes(), []byte(unmistakable)); i >= 0 {
		t.Errorf("somebody who is no admin is sent %q", s.seen.Bytes()[max(0, i-200):i+20])
	}
	if s.seen.Len() < 10_000 {
		t.Errorf("only %d bytes were sent", s.seen.Len())
	}
	// The same names do reach an admin, so that this test can find them.
	if r := sshtest.Dial(t, g.addr, "spy", boss).Run(t, "leaderboard", false); !strings.Contains(r.Out, unmistakable+"1") {
		t.Errorf("an admin's leaderboard: %+v", r)
	}
}

package server_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"clickky/cmd/clickky/sshtest"
	"clickky/server"
	"clickky/sync/game"
)

// records returns the lines of a JSON log with that message.
func records(t *testing.T, log []byte, msg string) (found []map[string]any) {
	t.Helper()
	for line := range bytes.Lines(log) {
		var r map[string]any
		if err := json.Unmarshal(line, &r); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		if r["msg"] == msg {
			found = append(found, r)
		}
	}
	return found
}

// jsonLog makes a server log in JSON, from that level on.
func jsonLog(log *lockedBuffer, level slog.Level) func(*server.Config) {
	return func(c *server.Config) { c.Log = slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: level})) }
}

func TestLogHasLineForLoginAndLogout(t *testing.T) {
	t.Parallel()
	var log lockedBuffer
	g := start(t, jsonLog(&log, slog.LevelInfo)).load(t, 0)
	key := sshtest.Signer(t, 1)

	alice := sshtest.Dial(t, g.addr, "alice", key).Play(t, 80, 24)
	alice.WaitFor(t, "space click")
	alice.Type(t, "   q")
	alice.Status(t)
	bob := sshtest.Dial(t, g.addr, "bob")
	screen := bob.Play(t, 80, 24)
	screen.WaitFor(t, "space click")
	screen.Type(t, " ")
	sshtest.Eventually(t, "the click counts", func() bool { return g.Latest().Total == 4 })
	_ = bob.Close()
	sshtest.Eventually(t, "bob has gone", func() bool { return g.Latest().Online == 0 })
	carol := sshtest.Dial(t, g.addr, "carol").Play(t, 80, 24)
	carol.WaitFor(t, "space click")
	g.end()
	carol.Status(t)

	came, left := records(t, log.Bytes(), "player joined"), records(t, log.Bytes(), "player left")
	if len(came) != 3 || len(left) != 3 {
		t.Fatalf("%d have come and %d left, want 3\n%s", len(came), len(left), &log)
	}
	if came[0]["player"] != "alice" || came[0]["key"] != fingerprint(key) || came[0]["as"] != "screen" || came[1]["key"] != "" {
		t.Errorf("who has come: %v", came)
	}
	byPlayer := func(a, b map[string]any) int { return cmp.Compare(fmt.Sprint(a["player"]), fmt.Sprint(b["player"])) }
	slices.SortFunc(left, byPlayer) // who has left may be logged a little later
	for i, want := range []struct {
		player, how string
		clicks      float64
	}{{"alice", "quit", 3}, {"bob", "hung up", 1}, {"carol", "restarting", 0}} {
		l := left[i]
		if l["player"] != want.player || l["clicks"] != want.clicks || !strings.Contains(fmt.Sprint(l["how"]), want.how) || l["after"] == nil || l["from"] == nil {
			t.Errorf("who has left: %v, want %+v", l, want)
		}
	}
}

func TestLogHasLineForLostName(t *testing.T) {
	t.Parallel()
	var log lockedBuffer
	g := start(t, jsonLog(&log, slog.LevelInfo)).load(t, 0).journal(t)
	guest := sshtest.Dial(t, g.addr, "alice").Play(t, 80, 24)
	guest.WaitFor(t, "~alice")
	owns(t, g, "alice", sshtest.Signer(t, 1))
	guest.Status(t)
	g.end()
	for _, left := range records(t, log.Bytes(), "player left") {
		if strings.Contains(fmt.Sprint(left["how"]), "now belongs to another SSH key") {
			return
		}
	}
	t.Errorf("the log does not say why the guest has left:\n%s", &log)
}

// loginsOf returns the login counters that are not 0.
func loginsOf(g *testServer) map[string]uint64 {
	logins := g.server.Stats().Logins
	maps.DeleteFunc(logins, func(_ string, n uint64) bool { return n == 0 })
	return logins
}

func TestLogHasLineForRejectedLogin(t *testing.T) {
	t.Parallel()
	var log lockedBuffer
	owner, banned := sshtest.Signer(t, 1), sshtest.Signer(t, 2)
	g := start(t, func(c *server.Config) {
		jsonLog(&log, slog.LevelInfo)(c)
		c.Admins = admins(t, "kept="+fingerprint(owner))
	})
	sshtest.Dial(t, g.addr, "early").Run(t, "", true)
	if err := g.Load(game.Contents{Bans: []game.Ban{{Target: fingerprint(banned), Until: time.Now().Add(time.Hour)}}}); err != nil {
		t.Fatal(err)
	}
	g.Open()
	sshtest.Dial(t, g.addr, "kept").Run(t, "", true)
	sshtest.Dial(t, g.addr, "no name\x1b[2J").Run(t, "", true)
	sshtest.Dial(t, g.addr, "mallory", banned).Run(t, "me", false)
	sshtest.Dial(t, g.addr, "alice").Run(t, "", false)
	sshtest.Dial(t, g.addr, "alice").Run(t, "me", false)
	for range 2 {
		sshtest.Dial(t, g.addr, "alice").Play(t, 80, 24).WaitFor(t, "space click")
	}
	want := map[string]uint64{
		"closed": 1, "refused_key": 1, "refused_name": 1, "refused_banned": 1, "refused_terminal": 1, "command": 1, "played": 2,
	}
	if got := loginsOf(g); !maps.Equal(got, want) {
		t.Errorf("logins %v, want %v", got, want)
	}
	if s := g.server.Stats(); s.Sessions["screen"] != 2 || s.Sessions["command"] != 0 || s.Writes < 2 || s.Bytes < 1000 || s.Conns.Playing < 2 {
		t.Errorf("while two play: %+v", s)
	}
	g.end()
	var results []string
	for _, r := range records(t, log.Bytes(), "login refused") {
		results = append(results, fmt.Sprint(r["result"]))
		if r["from"] == nil || r["level"] != "INFO" {
			t.Errorf("%v", r)
		}
	}
	if got := strings.Join(results, " "); got != "closed refused_key refused_name refused_banned refused_terminal" {
		t.Errorf("refusals in the log: %s", got)
	}
	if s := g.server.Stats(); s.Sessions["screen"] != 0 || s.Conns.Playing != 0 {
		t.Errorf("when all have gone: %+v", s)
	}
}

func TestStatsCountFullGame(t *testing.T) {
	t.Parallel()
	g := start(t, func(c *server.Config) { c.MaxPlayers = 0 }).load(t, 0)
	sshtest.Dial(t, g.addr, "late").Run(t, "", true)
	if got := loginsOf(g); !maps.Equal(got, map[string]uint64{"refused_full": 1}) {
		t.Errorf("logins %v", got)
	}
}

func TestLogIsSampledForRejectedCrowd(t *testing.T) {
	t.Parallel()
	var log lockedBuffer
	g := start(t, func(c *server.Config) {
		jsonLog(&log, slog.LevelInfo)(c)
		c.NoGuests = true
	}).load(t, 0)
	login := func() {
		r, err := sshtest.RawLogin(dial(t, g.addr), "guest-7")
		if err != nil || r.Play(hugeSize) != nil {
			t.Fatalf("a login fails: %v", err)
		}
		await(t, r, closing)
		_ = r.Close()
	}
	const crowd = 100
	for range crowd {
		login()
	}
	if n := g.server.Stats().Logins["refused_guest"]; n != crowd {
		t.Errorf("%d are counted, want %d", n, crowd)
	}
	lines := len(records(t, log.Bytes(), "login refused"))
	if lines < 60 || lines == crowd {
		t.Fatalf("%d lines for %d refused logins", lines, crowd)
	}
	sshtest.Eventually(t, "a later line says how many were left out", func() bool {
		login()
		all := records(t, log.Bytes(), "login refused")
		n, _ := all[len(all)-1]["left_out"].(float64)
		return n > 0
	})
}

// TestLogIsSampledForCrowd has an admin in the crowd, whose lines are never left out.
func TestLogIsSampledForCrowd(t *testing.T) {
	t.Parallel()
	var log lockedBuffer
	admin := sshtest.Signer(t, 1)
	g := start(t, func(c *server.Config) {
		jsonLog(&log, slog.LevelInfo)(c)
		c.Admins = admins(t, fingerprint(admin))
	}).load(t, 0)
	login := func() {
		if !sawScreen(t.Context(), g.addr) {
			t.Fatal("a login fails")
		}
	}
	const crowd = 100
	for range crowd {
		login()
	}
	sshtest.Dial(t, g.addr, "boss", admin).Play(t, 80, 24).WaitFor(t, "space click")
	if n := g.server.Stats().Logins["played"]; n != crowd+1 {
		t.Errorf("%d are counted, want %d", n, crowd+1)
	}
	came := records(t, log.Bytes(), "player joined")
	if len(came) < 60 || len(came) > crowd {
		t.Fatalf("%d lines for %d logins", len(came), crowd)
	}
	if last := came[len(came)-1]; last["player"] != "boss" {
		t.Errorf("the admin's line was left out: the last one is %v", last)
	}
	sshtest.Eventually(t, "a later line says how many were left out", func() bool {
		login()
		all := records(t, log.Bytes(), "player joined")
		n, _ := all[len(all)-1]["left_out"].(float64)
		return n > 0
	})
	g.end()
	if came, left := len(records(t, log.Bytes(), "player joined")), len(records(t, log.Bytes(), "player left")); came != left {
		t.Errorf("%d lines of who came and %d of who left", came, left)
	}
}

func TestStatsCountClicksByVerdict(t *testing.T) {
	t.Parallel()
	g := start(t, func(c *server.Config) { c.MaxRate = 5 }).load(t, 0)
	alice := sshtest.Dial(t, g.addr, "alice").Play(t, 80, 24)
	alice.WaitFor(t, "space click")
	alice.Type(t, strings.Repeat(" ", 50))
	sshtest.Eventually(t, "all presses are judged", func() bool {
		s := g.server.Stats()
		all := s.Clicks
		for _, n := range s.Ignored {
			all += n
		}
		return all == 50
	})
	if s := g.server.Stats(); s.Clicks != g.Latest().Total || s.Ignored["too_fast"] == 0 || len(s.Ignored) != 4 {
		t.Errorf("%+v, with a total of %d", s, g.Latest().Total)
	}
}

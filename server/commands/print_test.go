package commands_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"clickky/server/commands"
	"clickky/sync/game"
	"clickky/sync/ledger"
	"clickky/sync/live"
)

// crowded returns a game with that many players; number i has rank i+1.
func crowded(t *testing.T, players int) *commands.Commands {
	t.Helper()
	balances := make([]game.Player, players)
	for i := range balances {
		balances[i] = game.Player{Name: fmt.Sprintf("player%06d", i), Clicks: uint64(players - i)}
	}
	l := ledger.New()
	if err := l.Load(game.Contents{Players: balances}); err != nil {
		t.Fatal(err)
	}
	l.Open()
	return &commands.Commands{Ledger: l, Live: live.New(l), PublicLeaderboard: true, Started: time.Now()}
}

func TestLeaderboardPageIsBounded(t *testing.T) {
	c := crowded(t, 2500)
	for _, tc := range []struct {
		line   string
		admin  bool
		status int
		lines  int // of the answer
		has    string
		errs   string
	}{
		{line: "leaderboard --top 1000", lines: 1001, has: "\n1,000  player000999  1,501\n"},
		{line: "leaderboard --top 1000 --page 2 --csv", lines: 1001, has: "\n2000,player001999,501\n"},
		{line: "leaderboard --top 1000 --page 3 --json", lines: 1, has: `[{"rank":2001,"name":"player002000","clicks":500},`},
		{line: "leaderboard --top 1000 --page 4 --json", lines: 1, has: "[]\n"},
		{line: "leaderboard --top 0", status: 1, errs: "`leaderboard --top 1000 --page 2`"},
		{line: "leaderboard --top 1001 --json", status: 1, errs: "at most 1,000 players"},
		{line: "leaderboard --top 1000 --page 4", status: 1, errs: "the leaderboard ends before that page"},
		{line: "leaderboard --top 1000 --page 4 --csv", lines: 1, has: "rank,name,clicks\n"},
		{line: "leaderboard --page 0", status: 2, errs: "--page starts at 1"},
		{line: "leaderboard --top 0 --page 2", status: 2, errs: "--page needs a --top"},
		{line: "leaderboard --top 0", admin: true, lines: 2501, has: "\n2,500  player002499  1\n"},
		{line: "leaderboard --top 0 --json", admin: true, lines: 1, has: `{"rank":2500,"name":"player002499","clicks":1}]`},
		{line: "players --top 0", admin: true, lines: 2501, has: "\n2,500  player002499  1       0.0   -     0\n"},
	} {
		status, out, errs := run(t, c, player(t, "alice", tc.admin), tc.line)
		if status != tc.status || strings.Count(out, "\n") != tc.lines || !strings.Contains(out, tc.has) || !strings.Contains(errs, tc.errs) {
			t.Errorf("%q (admin: %v): status %d, %d lines, errors %q; %.200q", tc.line, tc.admin, status, strings.Count(out, "\n"), errs, out)
		}
	}
	if status, out, errs := run(t, crowded(t, 1000), player(t, "alice", false), "leaderboard --top 0"); status != 0 || strings.Count(out, "\n") != 1001 {
		t.Errorf("all of a small game: status %d, %q", status, errs)
	}
}

// slowReader takes some blocks of an answer, and then no more.
type slowReader struct{ blocks []int }

var errEnough = errors.New("enough")

func (s *slowReader) Write(p []byte) (int, error) {
	if len(s.blocks) == 3 {
		return 0, errEnough
	}
	s.blocks = append(s.blocks, len(p))
	return len(p), nil
}

func TestAnswerLargeIsStreamed(t *testing.T) {
	c := crowded(t, 50_000)
	for _, line := range []string{"leaderboard --top 0", "leaderboard --top 0 --json", "leaderboard --top 0 --csv", "players --top 0", "players --top 0 --json"} {
		reader := &slowReader{}
		used := testing.AllocsPerRun(1, func() {
			reader.blocks = nil
			if status := c.Run(t.Context(), player(t, "alice", true), strings.Fields(line), reader, &strings.Builder{}); status != commands.Failed {
				t.Errorf("%q: status %d though nobody reads", line, status)
			}
		})
		if len(reader.blocks) != 3 || slices.Min(reader.blocks) < 1000 || slices.Max(reader.blocks) > 32<<10 {
			t.Errorf("%q: blocks of %d bytes", line, reader.blocks)
		}
		// Only columns, which are as wide as their widest cell, need a look at all lines.
		if strings.HasSuffix(line, "--json") && used > 20_000 {
			t.Errorf("%q: %.0f allocations for three blocks", line, used)
		}
	}
}

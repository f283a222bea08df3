package commands_test

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"clickky/server/commands"
	"clickky/server/identity"
	"clickky/sync/game"
	"clickky/sync/ledger"
	"clickky/sync/live"
)

// FuzzCommandLine runs any line that a client may send. It is split at spaces, so that words
// with any bytes occur, including those that need quotes.
func FuzzCommandLine(f *testing.F) {
	for _, line := range []string{
		"", "help", "me", "me --json", "stats --json", "watch --json", "leaderboard", "leaderboard --top 0 --csv", "--admin", "--help", "-h",
		"leaderboard --top=-1", "leaderboard --top 99999999999999999999", "leaderboard --json --csv", "leaderboard --admin=true", "me --json=maybe",
		"scp -t /tmp", "sftp", "sh -c 'id'", "stats; id", "$(id)", "`id`", "'", `"`, `\`, "me 'x", "\x1b]52;c;aGk=\a", "\x1b[2J", "me \u202e\u009b",
		"\xff\xfe", "\x00", "line\nbreak", "--", "--top", "---", "=", "-=", "me --name=\x1b", strings.Repeat("a ", 1000), strings.Repeat("-", 4000),
		"leaderboard \u2028 --json", "zqxj", "players zqxj", "players --online --json", "players show zqxj\x1b[2J", "players set zqxj 5", "players kick zqxj --yes",
		"players ban ::/0 --for 1d", "players --sort rate --search ZQ --page 1", "players --page 9223372036854775807 --top 9223372036854775807",
		"players --sort seen --search \x1b --online --json", "players show zqxj\x1b[2J --json", "players message \x1b[2J", "players rename zqxj \x1b", "audit --json", "undo 1 --yes",
	} {
		f.Add(line, false)
		f.Add(line, true)
	}
	l := ledger.New()
	if err := l.Load(game.Contents{Players: []game.Player{{Name: "zqxj\x1b[2J", Clicks: 77}}, Total: 77}); err != nil {
		f.Fatal(err)
	}
	l.Open()
	c := &commands.Commands{Ledger: l, Live: live.New(l), Started: time.Now()}
	f.Fuzz(func(t *testing.T, line string, admin bool) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel() // or watch would go on
		var out, errs bytes.Buffer
		status := c.Run(ctx, player(t, "alice", admin), strings.Split(line, " "), &out, &errs)
		if status < commands.Done || status > commands.Usage {
			t.Errorf("%q: status %d", line, status)
		}
		if complaint := errs.String(); (status == commands.Done) != (complaint == "") || strings.Count(complaint, "\n") != min(len(complaint), 1) {
			t.Errorf("%q: status %d and the errors %q; want one line", line, status, complaint)
		}
		for _, said := range []string{out.String(), errs.String()} {
			if !utf8.ValidString(said) || strings.ContainsFunc(strings.ReplaceAll(said, "\n", ""), func(r rune) bool { return !unicode.IsPrint(r) }) {
				t.Errorf("%q is answered %q", line, said)
			}
		}
		if !admin && strings.Contains(out.String(), "zqxj") {
			t.Errorf("%q tells somebody who is no admin %q", line, out.String())
		}
	})
}

// FuzzAnswerWithoutConfirmation runs any command of an admin in the game without a
// confirmation: nothing is done.
func FuzzAnswerWithoutConfirmation(f *testing.F) {
	for _, line := range []string{
		"players kick bob", "players kick bob --yes", "players --yes kick bob", "players kick --yes=true bob", "players kick --yes --yes bob",
		"players kick -- bob --yes", "players kick --why --yes bob", "players kick --why=--yes bob", "players kick bob --no-yes", "undo 1 --yes --",
		"keys add", "keys --json remove x", "keys remove SHA256:x", "players ban ::/0 --for 1d --yes", "--admin players kick bob --yes", "help --yes",
	} {
		f.Add(line)
	}
	l := ledger.New()
	if err := l.Load(game.Contents{Players: []game.Player{{Name: "bob", Clicks: 77}}, Total: 77}); err != nil {
		f.Fatal(err)
	}
	l.Open()
	c := &commands.Commands{Ledger: l, Live: live.New(l), Codes: identity.NewCodes(), Started: time.Now()}
	f.Fuzz(func(t *testing.T, line string) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel() // nothing waits for the journal
		admin := player(t, "bob", true)
		admin.Role = identity.Owner
		_ = c.RunInGame(ctx, admin, strings.Split(line, " "), false, io.Discard)
		if e := l.Drain(100, 100); !e.Empty() {
			t.Errorf("%q does %+v", line, e)
		}
	})
}

package commands_test

import (
	"errors"
	"strings"
	"testing"

	"clickky/server/commands"
)

func TestAnswerAsksBeforeItActs(t *testing.T) {
	c := newGame(t)
	admin := player(t, "carol", true)
	for _, tc := range []struct {
		args     []string
		sure     bool
		question string
		err      string // of other errors
		out      string
	}{
		{args: []string{"players", "rename", "bob", "bobby"}, question: "rename bob to bobby, with 12 clicks and all keys"},
		{args: []string{"players", "rename", "bob", "bobby", "--yes"}, question: "rename bob to bobby, with 12 clicks and all keys"},
		{args: []string{"players", "--yes=true", "rename", "bob", "bobby"}, question: "rename bob to bobby, with 12 clicks and all keys"},
		{args: []string{"players", "rename", "bob", "bobby"}, sure: true, out: "#1: bob is now bobby."},
		{args: []string{"players", "kick", "--", "bobby"}, sure: true, out: "#2: ended all sessions of bobby."},
		{args: []string{"players", "message", "--", "--yes", "--help"}, question: `show "--yes --help" to everybody`},
		{args: []string{"players", "message", "--", "--yes"}, sure: true, out: "#3: everybody got the message."},
		{args: []string{"players", "rename", "zoe", "bobby"}, err: "there's no player zoe"},
		{args: []string{"players", "rename", "alice", "root"}, sure: true, err: "everybody shares that name"},
		{args: []string{"audit", "--top", "1"}, out: `told everybody "--yes"`},
		{args: []string{"players", "dance"}, err: "`help` lists the commands"},
		{args: []string{"watch", "--json"}, err: "its own terminal"},
		{args: []string{"plain"}, err: "its own terminal"},
		{args: []string{"keys", "add"}, err: "doesn't ask for confirmation"},
		{args: []string{"keys", "remove", "x"}, sure: true, err: "doesn't ask for confirmation"},
		{args: nil, err: "type a command"},
		{args: []string{"stats"}, out: "clicks a second"},
	} {
		var out strings.Builder
		err := c.RunInGame(t.Context(), admin, tc.args, tc.sure, &out)
		var question commands.Question
		switch {
		case errors.As(err, &question):
			if string(question) != tc.question {
				t.Errorf("%q asks %q, want %q", tc.args, question, tc.question)
			}
		case tc.question != "":
			t.Errorf("%q does not ask: %v", tc.args, err)
		case err != nil:
			if tc.err == "" || !strings.Contains(err.Error(), tc.err) {
				t.Errorf("%q: %v, want %q", tc.args, err, tc.err)
			}
		case tc.err != "" || !strings.Contains(out.String(), tc.out):
			t.Errorf("%q prints %q, want %q, error %q", tc.args, out.String(), tc.out, tc.err)
		}
	}
	if err := c.RunInGame(t.Context(), player(t, "alice", false), []string{"players"}, false, &strings.Builder{}); err == nil || !strings.Contains(err.Error(), "only admins") {
		t.Errorf("players for somebody else: %v", err)
	}
}

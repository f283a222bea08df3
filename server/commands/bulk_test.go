package commands_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"clickky/sync/game"
	"clickky/sync/ledger"
)

const (
	squatterKey = "SHA256:CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCA"
	bossKey     = "SHA256:BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBA"
)

// squat claims n names with one key, x000 and so on, with a click each.
func squat(t *testing.T, l *ledger.Ledger, n int) {
	t.Helper()
	for i := range n {
		seat := l.JoinWith(fmt.Sprintf("x%03d", i), ledger.Credentials{Key: squatterKey, Claims: true})
		seat.Click()
		seat.Leave()
	}
	for l.Keys(fmt.Sprintf("x%03d", n-1))[0].Since.IsZero() { // until the journal has all
		if _, err := l.ChangeKeys(t.Context(), game.KeyChange{}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestNamesOfKeyAreListedDeletedAndRestored(t *testing.T) {
	c := newGame(t)
	squat(t, c.Ledger, 250)
	l := c.Ledger
	total := l.Status().Total
	for _, change := range []game.KeyChange{
		{Kind: game.KeyAdd, Name: "x007", Key: testKey, By: squatterKey},
		{Kind: game.KeyBind, Name: "unplayed", Key: squatterKey},
	} {
		if took, err := l.ChangeKeys(t.Context(), change); !took || err != nil {
			t.Fatalf("%+v: %v, %v", change, took, err)
		}
	}
	admin := player(t, "carol", true)
	admin.Key = bossKey
	for _, tc := range []struct {
		line   string
		status int
		out    string
		errs   string
	}{
		{"help", 0, "players delete [<name>] [--why=TEXT] [--yes] [--key=KEY]", ""},
		{"players --key " + squatterKey + " --top 2 --sort name --page 4", 0, "x005  1 ", ""},
		{"players --key " + squatterKey + " --search x24 --json --top 1", 0, `"name":"x240","clicks":1,"sessions":0`, ""},
		{"players --key " + squatterKey + " --online", 0, "No players found.", ""},
		{"players --key " + testKey + " --online", 0, "bob ", ""},
		{"players --key SHA256:abc", 2, "", "this fingerprint is incomplete"},
		{"players --key /etc/passwd", 2, "", "SHA256:"},
		{"players delete", 2, "", "either a name or --key"},
		{"players delete bob --key " + squatterKey, 2, "", "either a name or --key"},
		{"undo", 2, "", "either a number or --key"},
		{"undo --key " + squatterKey, 1, "", "no deleted name"},
		{"players delete --key " + bossKey, 1, "", "your own key"},
		{"players delete --key " + strings.Replace(bossKey, "B", "D", 1), 1, "", "no name belongs"},
		{"players delete --key " + squatterKey, 1, "", "this would delete 251 names of the key " + squatterKey +
			" with 250 clicks and all keys: unplayed, x000, x001, x002, x003 and 246 more (the global count stays the same); 1 of them have other keys too; add --yes to do it"},
		{"players delete --key " + squatterKey + " --yes", 0, "#1 to #251: 251 names deleted. Take it back with `undo --key " + squatterKey + "`.\n", ""},
		{"players --key " + squatterKey, 0, "No players found.", ""},
		{"audit --top 1", 0, "reason: all names of " + squatterKey, ""},
		{"undo 251 --yes", 0, "#252: ", ""},
		{"undo --key " + squatterKey, 1, "", "this would bring back 250 deleted names of the key " + squatterKey + ": unplayed, x000"},
		{"undo --key " + squatterKey + " --yes", 0, "#253 to #502: 250 names restored.\n", ""},
		{"undo --key " + squatterKey + " --yes", 1, "", "no deleted name"},
	} {
		status, out, errs := run(t, c, admin, tc.line)
		if status != tc.status || !strings.Contains(out, tc.out) || !strings.Contains(errs, tc.errs) {
			t.Errorf("%s: status %d\n%s%s\nwant %d, %s%s", tc.line, status, out, errs, tc.status, tc.out, tc.errs)
		}
	}
	if names := l.NamesByKey(squatterKey); len(names) != 251 || names[250] != "x249" || l.Standing("x249").Clicks != 1 || len(l.Keys("x007")) != 2 {
		t.Errorf("not all is back: %d names, %+v, keys %+v", len(names), l.Standing("x249"), l.Keys("x007"))
	}
	if got := l.Status().Total; got != total {
		t.Errorf("the global count is %d, was %d", got, total)
	}
}

// TestNamesWithNewOwnerAreNotRestored restores the other names.
func TestNamesWithNewOwnerAreNotRestored(t *testing.T) {
	c := newGame(t)
	squat(t, c.Ledger, 3)
	admin := player(t, "carol", true)
	if status, _, errs := run(t, c, admin, "players delete --yes --key "+squatterKey); status != 0 {
		t.Fatal(errs)
	}
	c.Ledger.JoinWith("x001", ledger.Credentials{Key: testKey, Claims: true}).Click()
	if _, err := c.Ledger.ChangeKeys(t.Context(), game.KeyChange{}); err != nil {
		t.Fatal(err)
	}
	if _, out, errs := run(t, c, admin, "undo --yes --key "+squatterKey); !strings.Contains(out, "#4 to #5: 2 names restored. 1 failed: ") ||
		!strings.Contains(out, "the name x001 is taken") {
		t.Errorf("%s%s", out, errs)
	}
	if names := c.Ledger.NamesByKey(squatterKey); !slices.Equal(names, []string{"x000", "x002"}) {
		t.Errorf("%q are back", names)
	}
}

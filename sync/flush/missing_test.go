package flush_test

import (
	"strings"
	"testing"
	"time"

	"clickky/sync/ledger"
)

func clickAlice(g *fixture) {
	g.JoinWith("alice", ledger.Credentials{Key: "SHA256:a", Claims: true}).Click()
}

// TestMissingRowsAreSavedAgain starts with a known player who clicks and has no row, the sign
// that rows of others may be missing too.
func TestMissingRowsAreSavedAgain(t *testing.T) {
	for name, test := range map[string]struct {
		then     func(*fixture) // what happens after the rows are gone
		bob, all uint64
	}{
		"a click": {clickAlice, 1, 4},
		"a click whose saving is not answered": {func(g *fixture) {
			g.set(func() { g.loseAnswers = 1 })
			clickAlice(g)
		}, 1, 4},
		"a click while the database is down for a while": {func(g *fixture) {
			g.set(func() { g.fail = errDown })
			clickAlice(g)
			advance(time.Minute)
			g.set(func() { g.fail = nil })
			advance(time.Minute)
		}, 1, 4},
		"a click of somebody new, and one": {func(g *fixture) {
			g.Join("dave").Click()
			advance(2 * time.Second)
			clickAlice(g)
		}, 1, 5},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, time.Second, nil, func(t *testing.T, g *fixture) {
				clickAlice(g)
				bob := g.JoinWith("bob", ledger.Credentials{Key: "SHA256:b", Claims: true})
				bob.Click()
				bob.SetPreference("light")
				g.Join("carol").Click()
				advance(3 * time.Second)
				g.set(func() {
					clear(g.rows)
					clear(g.owners)
					clear(g.choices)
				})
				test.then(g)
				advance(2 * time.Second)
				g.requireSaved(t, "bob", test.bob, test.all)
				g.requireSaved(t, "carol", 1, test.all)
				if len(g.owners["bob"]) != 1 || g.choices["bob"] != "light" {
					t.Errorf("the keys are %v, the choices %v", g.owners, g.choices)
				}
				if n := strings.Count(g.log.String(), "players are missing from the database; saving everything again"); n != 1 {
					t.Errorf("it is told %d times:\n%s", n, g.log)
				}
				advance(time.Minute)
				if got := g.batches[len(g.batches)-1]; len(got.Players) < 3 || g.missed != 1 {
					t.Errorf("after all are saved, %d more are, and rows are missed %d times", len(got.Players), g.missed)
				}
			})
		})
	}
}

// TestMissingRowsAreSavedAgainAtShutdown has nobody click since, and one player leave.
func TestMissingRowsAreSavedAgainAtShutdown(t *testing.T) {
	inBubble(t, time.Second, nil, func(t *testing.T, g *fixture) {
		session := g.Join("alice")
		session.Click()
		g.Join("bob").Click()
		advance(3 * time.Second)
		g.set(func() { clear(g.rows) })
		session.Leave()
		advance(time.Second)
		if err := g.stop(); err != nil {
			t.Errorf("Run = %v", err)
		}
		if err := g.flusher.Final(t.Context()); err != nil {
			t.Errorf("Final = %v", err)
		}
		g.requireSaved(t, "bob", 1, 2)
		if g.missed != 1 {
			t.Errorf("rows are missed %d times", g.missed)
		}
	})
}

package live_test

import (
	"testing"
	"time"

	"clickky/sync/game"
	"clickky/sync/ledger"
	"clickky/sync/ledger/ledgertest"
	"clickky/sync/live"
)

// fixture is a ledger, and what screens see of it.
type fixture struct {
	*ledger.Ledger
	*live.Live
}

func newFixture(l *ledger.Ledger) fixture { return fixture{l, live.New(l)} }

func loaded(t testing.TB, total uint64, players ...game.Player) fixture {
	t.Helper()
	return newFixture(ledgertest.Loaded(t, total, players...))
}

// newGame returns a game in which alice has a key and 7 clicks, bob 3, and carol 5, of 20.
func newGame(t *testing.T) fixture {
	t.Helper()
	return newFixture(ledgertest.Game(t))
}

// applyNow applies the ledger's own changes, at the current time.
func applyNow(l *ledger.Ledger) {
	for e := l.Drain(100, 100); !e.Empty(); e = l.Drain(100, 100) {
		e.At = time.Now()
		l.Apply(l.Position()+1, e, true)
	}
}

// clickNow has a player click n times, and applies that.
func clickNow(l *ledger.Ledger, name string, n int) {
	s := l.Join(name)
	for range n {
		s.Click()
	}
	applyNow(l)
}

package live_test

import (
	"testing"

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

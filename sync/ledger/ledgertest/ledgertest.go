// Package ledgertest makes ledgers for tests, and applies their events without a journal.
package ledgertest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"clickky/sync/game"
	"clickky/sync/ledger"
)

// Noon is the time of the events of ApplyAll.
var Noon = time.Date(2026, 11, 23, 12, 0, 0, 700, time.UTC)

// Loaded returns an open ledger with these players.
func Loaded(t testing.TB, total uint64, players ...game.Player) *ledger.Ledger {
	t.Helper()
	l := ledger.New()
	if err := l.Load(game.Contents{Players: players, Total: total}); err != nil {
		t.Fatal(err)
	}
	l.Open()
	return l
}

// Game returns a game of 20 clicks: alice, who has a key, has 7, bob has 3 and carol 5.
func Game(t testing.TB) *ledger.Ledger {
	t.Helper()
	l := ledger.New()
	players := []game.Player{{Name: "alice", Clicks: 7}, {Name: "bob", Clicks: 3}, {Name: "carol", Clicks: 5}}
	if err := l.Load(game.Contents{
		Players: players, Total: 20, Owners: []game.Owner{{Name: "alice", Keys: []game.Key{{Fingerprint: "k1"}}}},
	}); err != nil {
		t.Fatal(err)
	}
	l.Open()
	return l
}

// RandomPlayers returns n players, most of them with few clicks, and the same ones each time.
func RandomPlayers(n int) []game.Player {
	rng := rand.New(rand.NewPCG(1, 2))
	balances := make([]game.Player, n)
	for i := range balances {
		balances[i] = game.Player{Name: fmt.Sprintf("player-%07d", i), Clicks: uint64(rng.ExpFloat64() * 5000)}
	}
	return balances
}

// ApplyOne applies one event with the ledger's own changes, as a log that never fails.
func ApplyOne(l *ledger.Ledger) {
	if e := l.Drain(1000, 1000); !e.Empty() {
		l.Apply(l.Position()+1, e, true)
	}
}

// ApplyAll applies all of the ledger's own changes, in small events.
func ApplyAll(l *ledger.Ledger) {
	for e := l.Drain(10, 10); !e.Empty(); e = l.Drain(10, 10) {
		e.At = Noon
		l.Apply(l.Position()+1, e, true)
	}
}

// ApplyAction applies an action at a time.
func ApplyAction(t testing.TB, l *ledger.Ledger, at time.Time, a game.AdminAction) (game.AuditRecord, error) {
	t.Helper()
	a.Admin, a.Key, a.Reason = "boss", "SHA256:boss", "why"
	type outcome struct {
		game.AuditRecord
		error
	}
	done := make(chan outcome, 1)
	go func() {
		r, err := SubmitAction(t.Context(), l, a)
		done <- outcome{r, err}
	}()
	for {
		select {
		case o := <-done:
			return o.AuditRecord, o.error
		default:
		}
		if e := l.Drain(10, 10); !e.Empty() {
			e.At = at
			l.Apply(l.Position()+1, e, true)
		}
	}
}

// SubmitAction submits an action while another goroutine applies events.
func SubmitAction(ctx context.Context, l *ledger.Ledger, a game.AdminAction) (game.AuditRecord, error) {
	records, refused, err := l.SubmitActions(ctx, a)
	if err := errors.Join(append(refused, err)...); err != nil {
		return game.AuditRecord{}, err
	}
	return records[0], nil
}

// MustApplyAction is ApplyAction at Noon for an action that must take effect.
func MustApplyAction(t testing.TB, l *ledger.Ledger, a game.AdminAction) game.AuditRecord {
	t.Helper()
	r, err := ApplyAction(t, l, Noon, a)
	if err != nil {
		t.Fatalf("%+v: %v", a, err)
	}
	return r
}

// KeysOf returns the fingerprints of a name's keys; "!" marks a bound one.
func KeysOf(l *ledger.Ledger, name string) string {
	var keys []string
	for _, k := range l.Keys(name) {
		mark := ""
		if k.Bound {
			mark = "!"
		}
		keys = append(keys, k.Fingerprint+mark)
	}
	return strings.Join(keys, " ")
}

// SharedPreference returns the preference of a name as seen with a key that has set none.
func SharedPreference(l *ledger.Ledger, name string) string {
	s := l.JoinWith(name, ledger.Credentials{Key: "looks"})
	defer s.Leave()
	return s.Preference()
}

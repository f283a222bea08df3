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

// Noon is the time of the events of Drain.
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

// Game returns alice with a key and 7 clicks, bob with 3, and carol with 5, of 20.
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

// Crowd returns n players, most of them with few clicks, and the same ones each time.
func Crowd(n int) []game.Player {
	rng := rand.New(rand.NewPCG(1, 2))
	balances := make([]game.Player, n)
	for i := range balances {
		balances[i] = game.Player{Name: fmt.Sprintf("player-%07d", i), Clicks: uint64(rng.ExpFloat64() * 5000)}
	}
	return balances
}

// Record applies one event with the ledger's own changes, as a log that never fails.
func Record(l *ledger.Ledger) {
	if e := l.Drain(1000, 1000); !e.Empty() {
		l.Apply(l.Position()+1, e, true)
	}
}

// Drain applies all of the ledger's own changes, in small events.
func Drain(l *ledger.Ledger) {
	for e := l.Drain(10, 10); !e.Empty(); e = l.Drain(10, 10) {
		e.At = Noon
		l.Apply(l.Position()+1, e, true)
	}
}

// Act applies an action at a time.
func Act(t testing.TB, l *ledger.Ledger, at time.Time, a game.AdminAction) (game.AuditRecord, error) {
	t.Helper()
	a.Admin, a.Key, a.Reason = "boss", "SHA256:boss", "why"
	type outcome struct {
		game.AuditRecord
		error
	}
	done := make(chan outcome, 1)
	go func() {
		r, err := Propose(t.Context(), l, a)
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

// Propose proposes an action while another goroutine applies events.
func Propose(ctx context.Context, l *ledger.Ledger, a game.AdminAction) (game.AuditRecord, error) {
	records, refused, err := l.SubmitActions(ctx, a)
	if err := errors.Join(append(refused, err)...); err != nil {
		return game.AuditRecord{}, err
	}
	return records[0], nil
}

// MustAct is Act at Noon for an action that must take effect.
func MustAct(t testing.TB, l *ledger.Ledger, a game.AdminAction) game.AuditRecord {
	t.Helper()
	r, err := Act(t, l, Noon, a)
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

// Chosen returns the preference of a name as seen with a key that has set none.
func Chosen(l *ledger.Ledger, name string) string {
	s := l.JoinWith(name, ledger.Credentials{Key: "looks"})
	defer s.Leave()
	return s.Preference()
}

package ledger

import (
	"fmt"
	"slices"
	"testing"
)

// BenchmarkPeople lists 10,000 players who are online, once a second in a full game.
func BenchmarkPeople(b *testing.B) {
	l := New()
	l.Open()
	for i := range 10_000 {
		s := l.JoinWith(fmt.Sprintf("player%d", i), Credentials{Key: "A"})
		s.Click()
	}
	b.ReportAllocs()
	for b.Loop() {
		l.People(slices.Values([]string{}))
	}
}

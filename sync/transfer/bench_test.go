package transfer

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"testing"

	"clickky/sync/game"
	"clickky/sync/store"
)

const million = 1_000_000

// crowd yields n players without storing them.
type crowd int

// Load implements Source.
func (c crowd) Load(_ context.Context, yield func(game.Player) error) (store.Snapshot, error) {
	for i := range int(c) {
		if err := yield(game.Player{Name: fmt.Sprintf("player-%d", i), Clicks: uint64(i), Seen: noon}); err != nil {
			return store.Snapshot{}, err
		}
	}
	return store.Snapshot{}, nil
}

func BenchmarkExportMillion(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := WriteLines(b.Context(), io.Discard, crowd(million), noon, false); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkReadAndMergeMillion(b *testing.B) {
	var text bytes.Buffer
	if _, err := WriteLines(b.Context(), &text, crowd(million), noon, false); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		in, err := Read(bytes.NewReader(text.Bytes()), playable)
		if err != nil {
			b.Fatal(err)
		}
		m := NewMerge(in, Add)
		if _, err := crowd(million).Load(b.Context(), m.Player); err != nil {
			b.Fatal(err)
		}
		if _, r, err := m.Batch(store.Snapshot{}); err != nil || r.New != 0 {
			b.Fatalf("%+v, %v", r, err)
		}
	}
}

package terminal

import (
	"errors"
	"testing"
)

func TestTrafficCountsAllTerminals(t *testing.T) {
	var traffic Traffic
	received := 0
	out := writerFunc(func(p []byte) (int, error) { received += len(p); return len(p), nil })
	for range 2 {
		w := newRenderer(Config{Out: out, Width: 20, Height: 3, Traffic: &traffic}, func(err error) { t.Error(err) })
		w.begin()
		for _, line := range []string{"one", "two", "two"} { // the same again is no write
			w.setFrame([]string{line}, nil)
			w.step()
		}
		w.close("bye")
		w.step()
		w.end()
	}
	if traffic.Writes() != 6 || traffic.Bytes() != uint64(received) {
		t.Errorf("%d writes of %d bytes are counted, want 6 of %d", traffic.Writes(), traffic.Bytes(), received)
	}
}

func TestTrafficIgnoresFailedWrite(t *testing.T) {
	var traffic Traffic
	out := writerFunc(func([]byte) (int, error) { return 0, errors.New("gone") })
	w := newRenderer(Config{Out: out, Width: 20, Height: 3, Traffic: &traffic}, func(error) {})
	w.begin()
	w.setFrame([]string{"one"}, nil)
	w.step()
	w.end()
	if traffic.Writes() != 0 || traffic.Bytes() != 0 {
		t.Errorf("%d writes of %d bytes are counted", traffic.Writes(), traffic.Bytes())
	}
}

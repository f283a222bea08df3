package terminal

import "sync/atomic"

// Traffic counts what was written to any number of terminals. It waits for
// nobody, and only grows.
type Traffic struct{ writes, bytes atomic.Uint64 }

// Writes is how many writes have succeeded: one for each frame, and one for
// leaving the screen.
func (t *Traffic) Writes() uint64 { return t.writes.Load() }

// Bytes is how many bytes these had, without SSH's own.
func (t *Traffic) Bytes() uint64 { return t.bytes.Load() }

// wrote counts a write. A nil Traffic counts nothing.
func (t *Traffic) wrote(bytes int) {
	if t != nil {
		t.writes.Add(1)
		t.bytes.Add(uint64(bytes))
	}
}

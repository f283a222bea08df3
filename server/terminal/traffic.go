package terminal

import "sync/atomic"

// Traffic counts what is written to any number of terminals. It is safe for concurrent use, and its
// counts never decrease.
type Traffic struct{ writes, bytes atomic.Uint64 }

// Writes returns the number of successful writes: one per frame, and one for leaving the screen.
func (t *Traffic) Writes() uint64 { return t.writes.Load() }

// Bytes returns their total size, without SSH's overhead.
func (t *Traffic) Bytes() uint64 { return t.bytes.Load() }

// add counts a write. A nil Traffic counts nothing.
func (t *Traffic) add(bytes int) {
	if t != nil {
		t.writes.Add(1)
		t.bytes.Add(uint64(bytes))
	}
}

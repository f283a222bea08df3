package web

import (
	"sync"
	"sync/atomic"
	"time"

	"clickky/sync/live"
)

const (
	// interval is the minimum time between two frames. While the CPU is overloaded, it grows with the
	// interval between snapshots.
	interval = 250 * time.Millisecond
	// phases is how many groups of readers get a frame one after the other, so that thousands of
	// writes don't delay a player's screen.
	phases = 10
	// heartbeatInterval is the maximum time between two events, so that proxies and readers know that
	// the connection is alive.
	heartbeatInterval = 15 * time.Second
)

// hub turns snapshots into frames, once for all readers. It follows the game only while there are
// readers.
type hub struct {
	live    *live.Live
	leaders func() *leadersEvent
	newest  atomic.Pointer[frame] // for readers

	mu      sync.Mutex
	readers int
	// Set while there are readers.
	snapshots *live.Subscription
	replaced  *frame // the one before, for readers who don't know that yet; nil: there are none
	phase     int
	timer     *time.Timer
}

// join adds a reader until leave is called, and returns the newest frame.
func (h *hub) join() *frame {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.readers++; h.readers == 1 {
		h.snapshots = h.live.Subscribe()
		h.newest.Store(h.newFrame())
		h.timer = time.AfterFunc(interval/phases, h.tick)
	}
	return h.newest.Load()
}

func (h *hub) leave() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.readers--; h.readers == 0 {
		h.timer.Stop()
		h.snapshots.Close()
	}
}

// newFrame makes a frame. It doesn't take the snapshot from its mailbox, because snapshots that are
// taken late make the screens slower.
func (h *hub) newFrame() *frame { return newFrame(h.snapshots.Newest(), h.leaders()) }

// tick wakes the readers of the next phase if there is a newer frame. Before the first phase, it
// makes one.
func (h *hub) tick() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.readers == 0 {
		return
	}
	h.timer.Reset(max(interval, h.live.Stats().Interval*5/2) / phases)
	if h.phase = (h.phase + 1) % phases; h.phase == 0 {
		h.refresh()
	}
	if h.replaced != nil {
		close(h.replaced.wakeups[h.phase])
	}
}

// refresh replaces the frame if there is anything new, or if a heartbeat is due. The mutex is held.
func (h *hub) refresh() {
	h.replaced = nil
	before, f := h.newest.Load(), h.newFrame()
	f.isHeartbeat = f.equal(before)
	if f.isHeartbeat && time.Since(before.createdAt) < heartbeatInterval {
		return
	}
	h.newest.Store(f)
	h.replaced = before
}

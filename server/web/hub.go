package web

import (
	"context"
	"sync/atomic"
	"time"

	"clickky/sync/live"
)

const (
	// interval is the minimum time between two frames for one reader. While the CPU is overloaded, it
	// grows with the interval between snapshots.
	interval = 250 * time.Millisecond
	// phases is how many groups of readers get a frame one after the other, so that thousands of
	// writes don't delay a player's screen.
	phases = 10
	// heartbeatInterval is the maximum time between two events, so that proxies and readers know that
	// the connection is alive.
	heartbeatInterval = 15 * time.Second
)

// reader is a mailbox with one slot, which holds the newest frame.
type reader struct {
	slot  atomic.Pointer[frame]
	ready chan struct{}
	phase int
}

// put replaces the frame in the slot. It never blocks.
func (r *reader) put(f *frame) {
	r.slot.Store(f)
	select {
	case r.ready <- struct{}{}:
	default:
	}
}

// hub turns snapshots into frames, once for all readers. It follows the game only while there are
// readers.
type hub struct {
	live          *live.Live
	loaded        <-chan struct{}
	leaders       func() *leadersEvent
	joins, leaves chan *reader

	// Only run uses the fields below.
	readers   [phases]map[*reader]struct{}
	count     int
	joined    int // so far
	sub       *live.Subscription
	snap      *live.Snapshot // newest
	frame     *frame         // newest
	sent      [phases]*frame
	phase     int
	createdAt time.Time // when frame was made
	ticks     *time.Ticker
}

func newHub(v *live.Live, loaded <-chan struct{}, leaders func() *leadersEvent) *hub {
	h := &hub{live: v, loaded: loaded, leaders: leaders, joins: make(chan *reader), leaves: make(chan *reader)}
	for i := range h.readers {
		h.readers[i] = map[*reader]struct{}{}
	}
	return h
}

// join returns a mailbox that gets the newest frame at once; nil if ctx ends first.
func (h *hub) join(ctx context.Context) *reader {
	r := &reader{ready: make(chan struct{}, 1)}
	select {
	case h.joins <- r:
		return r
	case <-ctx.Done():
		return nil
	}
}

// leave removes a reader that join added. It returns at once if the hub has ended.
func (h *hub) leave(r *reader, ended <-chan struct{}) {
	select {
	case h.leaves <- r:
	case <-ended:
	}
}

// run serves the readers until ctx ends.
func (h *hub) run(ctx context.Context) {
	select {
	case <-h.loaded: // until then, there is nothing to show, and nobody joins
	case <-ctx.Done():
		return
	}
	h.ticks = time.NewTicker(interval / phases)
	h.ticks.Stop()
	defer h.stop()
	for {
		var ready <-chan struct{} // nil without readers
		if h.sub != nil {
			ready = h.sub.Ready()
		}
		select {
		case <-ctx.Done():
			return
		case r := <-h.joins:
			h.add(r)
		case r := <-h.leaves:
			h.remove(r)
		case <-ready:
			// Take it at once: snapshots that nobody takes make the screens slower.
			if snap := h.sub.Take(); snap != nil {
				h.snap = snap
			}
		case <-h.ticks.C:
			h.deliver()
		}
	}
}

func (h *hub) add(r *reader) {
	if h.count == 0 {
		h.sub = h.live.Subscribe()
		h.snap = h.sub.Take()
		h.ticks.Reset(interval / phases)
		h.frame = newFrame(h.snap, h.leaders())
		h.createdAt = time.Now()
	}
	r.phase = h.joined % phases
	h.joined++
	h.count++
	h.readers[r.phase][r] = struct{}{}
	r.put(h.frame)
}

func (h *hub) remove(r *reader) {
	delete(h.readers[r.phase], r)
	if h.count--; h.count == 0 {
		h.stop()
	}
}

// stop stops following the game.
func (h *hub) stop() {
	h.ticks.Stop()
	if h.sub != nil {
		h.sub.Close()
		h.sub = nil
	}
}

// deliver gives the newest frame to the readers of the next phase. Before the first phase it makes a
// new frame, if there is anything new.
func (h *hub) deliver() {
	if h.phase = (h.phase + 1) % phases; h.phase == 0 {
		h.ticks.Reset(max(interval, h.live.Stats().Interval*5/2) / phases)
		h.refresh(time.Now())
	}
	if h.sent[h.phase] == h.frame {
		return
	}
	h.sent[h.phase] = h.frame
	for r := range h.readers[h.phase] {
		r.put(h.frame)
	}
}

// refresh makes a new frame if there is anything new, or if a heartbeat is due.
func (h *hub) refresh(now time.Time) {
	f := newFrame(h.snap, h.leaders())
	f.isHeartbeat = f.equal(h.frame)
	if f.isHeartbeat && now.Sub(h.createdAt) < heartbeatInterval {
		return
	}
	h.frame, h.createdAt = f, now
}

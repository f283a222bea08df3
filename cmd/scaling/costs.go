package main

import (
	"context"
	"time"
)

// meter adds up the processor time of one kind of work.
type meter struct {
	used time.Duration
	done int
}

// measure does n pieces of work.
func (m *meter) measure(n int, work func()) {
	before := cpu()
	work()
	m.used += cpu() - before
	m.done += n
}

// each is the processor time of one piece.
func (m *meter) each() time.Duration {
	if m.done == 0 {
		return 0
	}
	return m.used / time.Duration(m.done)
}

// costs is what a simulated game took, on the servers that fold.
type costs struct {
	clicks, take, decode, fold, sums, snapshot, board, flush meter

	events, bytes, sumBytes, rows int
}

// played is the result of a simulated game. Times are processor time of one of the
// servers, and shares are of one core.
type played struct {
	simulation

	ClicksPerSecond float64 `json:"clicks_per_second"` // of all servers
	EventsPerSecond float64 `json:"events_per_second"`
	BytesPerSecond  float64 `json:"bytes_per_second"`
	EventBytes      float64 `json:"event_bytes"`

	Click    time.Duration `json:"click_ns"`
	Take     time.Duration `json:"take_ns"` // all events of a tick, with encoding
	Decode   time.Duration `json:"decode_ns"`
	Fold     time.Duration `json:"fold_ns"`
	Sums     time.Duration `json:"sums_ns"`
	Snapshot time.Duration `json:"snapshot_ns"`
	Board    time.Duration `json:"board_ns"`
	Unsaved  time.Duration `json:"unsaved_ns"`

	// FoldedPerSecond is how many events one server folds, and FoldedBytes their
	// bytes with those of the sums.
	FoldedPerSecond float64 `json:"folded_per_second"`
	FoldedBytes     float64 `json:"folded_bytes_per_second"`
	// OwnShare is what clicks, events and snapshots take, and FoldShare what decoding
	// and folding does.
	OwnShare  float64 `json:"own_share"`
	FoldShare float64 `json:"fold_share"`
	// Rows is how many players one flush writes.
	Rows int `json:"rows_per_flush"`

	sample [][]byte // some events of a full server
}

// simulate plays a game and says what it took.
func simulate(ctx context.Context, g simulation) (*played, error) {
	w, err := newWorld(g)
	if err != nil {
		return nil, err
	}
	defer w.close()
	if err := w.play(ctx); err != nil {
		return nil, err
	}
	return w.result(), nil
}

func (w *world) result() *played {
	c := &w.costs
	seconds := w.For.Seconds()
	perServer := seconds * float64(w.Full)
	p := &played{
		simulation:      w.simulation,
		ClicksPerSecond: float64(c.clicks.done) / perServer * float64(w.Servers),
		EventsPerSecond: float64(c.events) / seconds,
		BytesPerSecond:  float64(c.bytes) / seconds,
		Click:           c.clicks.each(), Take: c.take.each(), Decode: c.decode.each(), Fold: c.fold.each(),
		Sums: c.sums.each(), Snapshot: c.snapshot.each(), Board: c.board.each(), Unsaved: c.flush.each(),
		FoldedPerSecond: float64(c.decode.done) / perServer,
		OwnShare:        (c.clicks.used + c.take.used + c.snapshot.used).Seconds() / perServer,
		FoldShare:       (c.decode.used + c.fold.used + c.sums.used).Seconds() / perServer,
		Rows:            c.rows,
	}
	if c.events > 0 {
		p.EventBytes = float64(c.bytes) / float64(c.events)
	}
	p.FoldedBytes = p.FoldedPerSecond*p.EventBytes + float64(c.sumBytes)/seconds
	for _, e := range w.events {
		if e.from == w.servers[0] {
			p.sample = append(p.sample, e.data)
		}
	}
	return p
}

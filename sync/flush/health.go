package flush

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"clickky/sync/ledger"
)

const (
	// aliveEvery is how often a journal elsewhere is asked whether it is there.
	aliveEvery = time.Second
	// aliveWithin is how soon it must answer.
	aliveWithin = 3 * time.Second
)

// health is what is known of the journal: whether it takes events, and whether it
// answers when there are none. It is safe for concurrent use.
type health struct {
	ledger *ledger.Ledger

	mu           sync.Mutex
	refuses, cut bool
}

// append notes whether an event was written.
func (h *health) append(done bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.refuses = !done; done {
		h.cut = false
	}
	h.tell()
}

// answers notes whether the journal answers.
func (h *health) answers(yes bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.cut = !yes
	h.tell()
}

// tell tells the ledger. h.mu is held.
func (h *health) tell() {
	h.ledger.JournalDown(h.refuses || h.cut)
}

// watch asks the journal again and again until ctx ends, so that people learn that
// this server is cut off also when nobody clicks.
func (h *health) watch(ctx context.Context, j Journal, log *slog.Logger) {
	gone := false
	for sleep(ctx, aliveEvery) {
		asking, cancel := context.WithTimeout(ctx, aliveWithin)
		err := j.Alive(asking)
		cancel()
		if ctx.Err() != nil {
			return
		}
		h.answers(err == nil)
		switch {
		case err != nil && !gone:
			log.Warn("the journal isn't answering; this server is on its own until it does", "err", err)
		case err == nil && gone:
			log.Info("the journal is answering again")
		}
		gone = err != nil
	}
}

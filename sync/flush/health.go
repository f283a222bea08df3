package flush

import (
	"context"
	"time"
)

const (
	// aliveEvery is how often a journal elsewhere is asked whether it is there.
	aliveEvery = time.Second
	// aliveWithin is how soon it must answer.
	aliveWithin = 3 * time.Second
)

// watch asks the journal again and again until ctx ends, so that people learn that
// this server is cut off also when nobody clicks. A journal that answers may still
// take no events, as the last try to write one tells.
func (r *recorder) watch(ctx context.Context) {
	gone := false
	for sleep(ctx, aliveEvery) {
		asking, cancel := context.WithTimeout(ctx, aliveWithin)
		err := r.journal.Alive(asking)
		cancel()
		if ctx.Err() != nil {
			return
		}
		r.ledger.SetJournalDown(err != nil || r.failing.Load())
		switch {
		case err != nil && !gone:
			r.log.Warn("the journal isn't answering; this server is on its own until it does", "err", err)
		case err == nil && gone:
			r.log.Info("the journal is answering again")
		}
		gone = err != nil
	}
}

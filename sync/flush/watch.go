package flush

import (
	"context"
	"time"
)

const (
	// aliveInterval is how often a remote journal is checked.
	aliveInterval = time.Second
	// aliveTimeout is how soon it must answer.
	aliveTimeout = 3 * time.Second
)

// watchJournal checks the journal until ctx ends, so that players learn that this server is cut off
// even if nobody clicks. A journal that answers may still reject events: then failing is set.
func (a *appender) watchJournal(ctx context.Context) {
	down := false
	for sleep(ctx, aliveInterval) {
		asking, cancel := context.WithTimeout(ctx, aliveTimeout)
		err := a.journal.Alive(asking)
		cancel()
		if ctx.Err() != nil {
			return
		}
		a.ledger.SetJournalDown(err != nil || a.failing.Load())
		switch {
		case err != nil && !down:
			a.log.Warn("the journal isn't answering; this server is on its own until it does", "err", err)
		case err == nil && down:
			a.log.Info("the journal is answering again")
		}
		down = err != nil
	}
}

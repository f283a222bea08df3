package flush

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

const (
	// keepFor is how long events stay at least in a shared journal: for that long a server may be
	// frozen or cut off, and still continue by itself.
	keepFor = 24 * time.Hour
	// purgeInterval is the minimum time between two purges of a shared journal.
	purgeInterval = 10 * time.Minute
	// staleEndTimeout is how long a part of a cluster that was cut off may report an outdated end
	// of the journal.
	staleEndTimeout = 20 * time.Second
	// A server that learns of another one's save waits for this percentage of the interval: more
	// than all of it, so that the other server saves next, and at random, so that not all servers
	// take over at once.
	minDelayPercent, maxDelayPercent = 110, 130
)

// ErrAway is in the chain of the error of Run if the journal has purged events that this server
// hasn't read, or without which it can't know whether its own last event was appended. The server
// no longer writes to the database.
var ErrAway = errors.New("this server was away for longer than the journal keeps events; restart it to rejoin the game")

// errSavedByOther means that another server has saved since this one last read the position.
var errSavedByOther = errors.New("another server saved first")

// Sharing is for a game on several servers with one journal and one database. Its functions may be
// nil and must not block.
type Sharing struct {
	// Alone reports at the end whether no other server is running. Only then the lease is released;
	// if Alone is nil, it never is, and runs out.
	Alone func() bool
	// PeerClicks gets the clicks of each event from another server, once the game is open and after
	// the ledger has them, in the order of the journal and on one goroutine. The names are as of
	// the event; the empty name is for deleted players. It must not modify the map.
	PeerClicks func(clicks map[string]uint64)
}

// Share announces that other servers use the journal and the database, too. Call it before Run.
//
// All servers have the same interval. One that learns of another's save postpones its own for a
// little more than an interval. So usually one server saves for all, and if it stops, another one
// does.
func (f *Flusher) Share(s Sharing) { f.sharing = &s }

// OthersSaved notes that another server claims to have saved up to a position. It never blocks and
// is safe for concurrent use. The claim is believed until the database says otherwise.
func (f *Flusher) OthersSaved(position uint64) {
	for {
		select {
		case f.savedByOther <- position:
			return
		default:
		}
		select { // the larger position counts
		case older := <-f.savedByOther:
			position = max(position, older)
		default:
		}
	}
}

// handleSavedByOther handles a position from OthersSaved, and reports whether this server can
// postpone its save.
func (f *Flusher) handleSavedByOther(position uint64) bool {
	if f.lost || f.flushFailed || f.positionUnknown || position <= f.position {
		return false
	}
	f.setPosition(position)
	return true
}

// nextFlushDelay is the delay after another server's save.
func (f *Flusher) nextFlushDelay() time.Duration {
	percent := minDelayPercent + rand.Int64N(maxDelayPercent-minDelayPercent)
	return f.every * time.Duration(percent) / 100
}

// purgeLimit returns up to which event a shared journal can be purged now, but not beyond limit; 0 means not
// now.
func (f *Flusher) purgeLimit(ctx context.Context, limit uint64) (uint64, error) {
	if now := time.Now(); !f.lastPurge.IsZero() && now.Sub(f.lastPurge) < purgeInterval {
		return 0, nil
	}
	f.lastPurge = time.Now()
	old, err := f.journal.LastOlderThan(ctx, keepFor)
	if err != nil {
		return 0, fmt.Errorf("find old events: %w", err)
	}
	return min(old, limit), nil
}

func (s *Sharing) isAlone() bool { return s == nil || s.Alone != nil && s.Alone() }

func (s *Sharing) reportPeerClicks(clicks map[string]uint64) {
	if s != nil && s.PeerClicks != nil {
		s.PeerClicks(clicks)
	}
}

func (s *Sharing) staleEndTimeout() time.Duration {
	if s == nil {
		return 0
	}
	return staleEndTimeout
}

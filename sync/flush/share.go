package flush

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

const (
	// keep is how long events stay in a journal that servers share, at least:
	// so long may one of them be frozen or cut off and still go on by itself.
	keep = 24 * time.Hour
	// cutEvery is the least time between two looks at what can be cut there.
	cutEvery = 10 * time.Minute
	// oldNews is for how long a part of a cluster that was cut off may believe that
	// the journal ends where it ended then.
	oldNews = 20 * time.Second
	// Who learns that another server has saved waits this many percent of the
	// interval from then: more than a whole one, so that it is the other's turn
	// again, and differing, so that not all take over at once when it is gone.
	leastLater, mostLater = 110, 130
)

// ErrAway is in the chain of the error of Run when the journal has dropped events that
// this server has not read, or that would tell whether its own last event is there.
// Nothing of it is written to the database any more.
var ErrAway = errors.New("this server was away for longer than the journal keeps events; restart it to rejoin the game")

// errOvertaken means that another server has saved since this one last looked.
var errOvertaken = errors.New("another server saved first")

// Sharing is for a game that other servers play too, with the same journal and the
// same database. Its functions may be nil, and must not block.
type Sharing struct {
	// Alone tells at the end whether no other server is alive. Only then the lease
	// is given back; without it, never: it runs out by itself.
	Alone func() bool
	// Foreign gets the clicks of each event of another server after the ledger has
	// them, once the game is open, in the order of the journal and on one goroutine.
	// The names are those of the event's moment; the empty one is nobody's. It must
	// not change the map.
	Foreign func(clicks map[string]uint64)
}

// Share tells that other servers use the journal and the database as well. It is to
// be called before Run.
//
// Each server would save every so often; who learns that another has, leaves it at
// that for an interval and a little more. So one of them saves for all as a rule, and
// when it is gone, another does.
func (f *Flusher) Share(s Sharing) { f.sharing = &s }

// OthersSaved tells that another server says it has saved up to a position. It never
// blocks, and may be called at any time by anybody. What it says is believed for as
// long as the database does not say otherwise.
func (f *Flusher) OthersSaved(position uint64) {
	for {
		select {
		case f.saved <- position:
			return
		default:
		}
		select { // the newer one is worth more
		case older := <-f.saved:
			position = max(position, older)
		default:
		}
	}
}

// hear takes in what OthersSaved was told, and tells whether this server need not save
// now.
func (f *Flusher) hear(position uint64) bool {
	if f.lost || f.unflushed || f.doubtful || position <= f.stored {
		return false
	}
	f.storeAt(position)
	return true
}

// later is how long to wait when another server has just saved.
func (f *Flusher) later() time.Duration {
	percent := leastLater + rand.Int64N(mostLater-leastLater)
	return f.every * time.Duration(percent) / 100
}

// cutShared returns up to where a shared journal can be cut now, and no farther than
// given; 0 means that there is nothing to do.
func (f *Flusher) cutShared(ctx context.Context, most uint64) (uint64, error) {
	if now := time.Now(); !f.cutAt.IsZero() && now.Sub(f.cutAt) < cutEvery {
		return 0, nil
	}
	f.cutAt = time.Now()
	old, err := f.journal.Old(ctx, keep)
	if err != nil {
		return 0, fmt.Errorf("find old events: %w", err)
	}
	return min(old, most), nil
}

func (s *Sharing) alone() bool { return s == nil || s.Alone != nil && s.Alone() }

func (s *Sharing) foreign(clicks map[string]uint64) {
	if s != nil && s.Foreign != nil {
		s.Foreign(clicks)
	}
}

func (s *Sharing) oldNews() time.Duration {
	if s == nil {
		return 0
	}
	return oldNews
}

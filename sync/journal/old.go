package journal

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Old returns the sequence number of the newest event that was appended longer ago
// than that, by the clock of the NATS server; if the log takes more than half of the
// bytes that it may have, also of one that is younger, so that about half would be
// left. It is less than First when there is none. Beyond that it decides nothing: what
// nobody needs is up to the caller of Cut.
func (j *Journal) Old(ctx context.Context, age time.Duration) (uint64, error) {
	ctx, leave, err := j.enter(ctx)
	if err != nil {
		return 0, err
	}
	defer leave()
	ctx, cancel := context.WithTimeout(ctx, j.answer)
	defer cancel()
	seq, err := j.old(ctx, time.Now().Add(-age))
	if err != nil {
		return 0, fmt.Errorf("find old events in the journal: %w", withCause(ctx, explained(err)))
	}
	return seq, nil
}

func (j *Journal) old(ctx context.Context, limit time.Time) (uint64, error) {
	st, err := find(ctx, j.backend.link().js, j.id)
	if err != nil {
		return 0, err
	}
	info := st.CachedInfo()
	first, last := boundsOf(info)
	// There are no gaps, and times only grow: the first that is not old is found by
	// halving. The very first is asked for first, as there is often nothing to do.
	low, high, look := first, last+1, first
	for low < high {
		m, err := st.GetMsg(ctx, look)
		switch {
		case errors.Is(err, jetstream.ErrMsgNotFound): // somebody cuts
			low = look + 1
		case err != nil:
			return 0, err
		case m.Time.Before(limit):
			low = look + 1
		default:
			high = look
		}
		look = low + (high-low)/2
	}
	return max(low-1, beyondHalf(info, last)), nil
}

// beyondHalf is up to where the log must be cut to have half of its room, if all
// events are as large as they are on average; 0 when it has no more than that.
func beyondHalf(info *jetstream.StreamInfo, last uint64) uint64 {
	if info.Config.MaxBytes <= 0 || info.State.Bytes == 0 {
		return 0
	}
	half := float64(info.Config.MaxBytes) / 2 // a half
	if float64(info.State.Bytes) <= half {
		return 0
	}
	return last - uint64(float64(info.State.Msgs)*half/float64(info.State.Bytes))
}

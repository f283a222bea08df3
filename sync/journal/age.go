package journal

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// LastOlderThan returns the sequence number of the newest event older than age, by the clock of the
// NATS server. If the log takes more than half of its maximum size, it returns a larger number,
// such that about half would be left. If there is no such event, the result is less than the first
// event. Whether anybody still needs those events is up to the caller of Purge.
func (j *Journal) LastOlderThan(ctx context.Context, age time.Duration) (uint64, error) {
	ctx, endCall, err := j.beginCall(ctx)
	if err != nil {
		return 0, err
	}
	defer endCall()
	ctx, cancel := context.WithTimeout(ctx, j.requestTimeout)
	defer cancel()
	seq, err := j.lastBefore(ctx, time.Now().Add(-age))
	if err != nil {
		return 0, fmt.Errorf("find old events in the journal: %w", withCause(ctx, translateError(err)))
	}
	return seq, nil
}

func (j *Journal) lastBefore(ctx context.Context, limit time.Time) (uint64, error) {
	st, err := find(ctx, j.backend.connection().js, j.id)
	if err != nil {
		return 0, err
	}
	info := st.CachedInfo()
	first, last := boundsOf(info)
	// There are no gaps, and times only grow, so a binary search finds the first event that isn't
	// old. It starts with the very first event, because often none is old.
	low, high, probe := first, last+1, first
	for low < high {
		m, err := st.GetMsg(ctx, probe)
		switch {
		case errors.Is(err, jetstream.ErrMsgNotFound): // purged meanwhile
			low = probe + 1
		case err != nil:
			return 0, err
		case m.Time.Before(limit):
			low = probe + 1
		default:
			high = probe
		}
		probe = low + (high-low)/2
	}
	return max(low-1, lastBeyondHalf(info, last)), nil
}

// lastBeyondHalf returns the last event to delete to bring the log down to half of its maximum
// size, assuming events of equal size; 0 if it isn't larger than that.
func lastBeyondHalf(info *jetstream.StreamInfo, last uint64) uint64 {
	if info.Config.MaxBytes <= 0 || info.State.Bytes == 0 {
		return 0
	}
	half := float64(info.Config.MaxBytes) / 2 // a half
	if float64(info.State.Bytes) <= half {
		return 0
	}
	return last - uint64(float64(info.State.Msgs)*half/float64(info.State.Bytes))
}

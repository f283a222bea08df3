package journal

import (
	"errors"
	"fmt"
	"time"
)

var (
	// ErrClosed is returned by every method once Close was called.
	ErrClosed = errors.New("the journal is closed")

	// ErrPurged is in the chain of the error of Follow if events after the position were already
	// purged: a reader that late needs a newer snapshot.
	ErrPurged = errors.New("the journal no longer has these events")

	// ErrVersion is in the chain of the error of Follow if a newer version of Clickky wrote an
	// event.
	ErrVersion = errors.New("the journal has events from a newer version of Clickky; upgrade this server")

	// ErrNoSpace is in the chain of an error of Open, Append or Purge if the disk, or the space
	// allowed for the log, is full.
	ErrNoSpace = errors.New("no space left for the journal")

	// ErrTooLarge is in the chain of the error of Append if the event must be split. It is
	// certainly not in the log.
	ErrTooLarge = errors.New("the event is too large for the journal")

	// ErrUnsettled is returned by Append, which has then done nothing, if it is called with another
	// event than the one whose outcome is unknown.
	ErrUnsettled = errors.New("the previous event may or may not be in the journal")

	// ErrDamaged is in the chain of an error if the log lost something it had acknowledged, or
	// can't be read. Broken disks, restored copies and deleted directories lead there; this package
	// doesn't.
	ErrDamaged = errors.New("the journal is damaged")
)

// replacedError means that the log isn't the one that was opened. It is an ErrDamaged that no
// cluster reports by mistake.
type replacedError struct{ found, id string }

// Error implements error.
func (e *replacedError) Error() string {
	return fmt.Sprintf("%v: it was replaced: found %q instead of %q", ErrDamaged, e.found, e.id)
}

// Unwrap returns ErrDamaged.
func (e *replacedError) Unwrap() error { return ErrDamaged }

// damageTimer measures how long the log has seemed damaged. Only one goroutine at a time may use
// it.
type damageTimer struct{ since time.Time }

// clear resets the timer: the log works.
func (s *damageTimer) clear() { s.since = time.Time{} }

// confirmed reports whether to believe an error: damage only once it has lasted, all others at
// once.
func (s *damageTimer) confirmed(err error, patience time.Duration) bool {
	var replaced *replacedError
	if !errors.Is(err, ErrDamaged) || errors.As(err, &replaced) {
		return true
	}
	if s.since.IsZero() {
		s.since = time.Now()
	}
	return time.Since(s.since) >= patience
}

// MissingError is returned by Follow, with ErrPurged or ErrDamaged in its chain, if the log lacks
// the events to deliver next.
type MissingError struct {
	// First and Last are the sequence numbers of the first and the last missing event.
	First, Last uint64

	reason error
}

// Error implements error.
func (e *MissingError) Error() string {
	return fmt.Sprintf("%v: events %d to %d are missing", e.reason, e.First, e.Last)
}

// Unwrap returns ErrPurged or ErrDamaged.
func (e *MissingError) Unwrap() error { return e.reason }

package journal

import (
	"errors"
	"fmt"
	"time"
)

var (
	// ErrClosed is returned by every method once Close was called.
	ErrClosed = errors.New("the journal is closed")

	// ErrCut is in the chain of the error of Follow when events after the
	// position were cut already: a reader that late needs a newer snapshot.
	ErrCut = errors.New("the journal no longer has these events")

	// ErrVersion is in the chain of the error of Follow when an event was
	// written by a later version of Clickky.
	ErrVersion = errors.New("the journal has events from a newer version of Clickky; upgrade this server")

	// ErrNoSpace is in the chain of an error of Open, Append or Cut when the
	// disk, or the room that the log may take, is full.
	ErrNoSpace = errors.New("no space left for the journal")

	// ErrTooLarge is in the chain of the error of Append when the event must
	// be split: it certainly is not in the log.
	ErrTooLarge = errors.New("the event is too large for the journal")

	// ErrUnsettled is returned by Append, which has then done nothing, when it
	// is called with another event than the one whose outcome is unknown.
	ErrUnsettled = errors.New("the previous event may or may not be in the journal")

	// ErrDamaged is in the chain of an error when the log has lost something
	// that it had acknowledged, or cannot be read. Nothing that this package
	// does leads there; broken disks, restored old copies and deleted
	// directories do.
	ErrDamaged = errors.New("the journal is damaged")
)

// replacedError is the error of a log that is not the one that was opened. It is
// ErrDamaged, of a kind that no cluster tells by mistake.
type replacedError struct{ now, id string }

// Error implements error.
func (e *replacedError) Error() string {
	return fmt.Sprintf("%v: it was replaced: found %q instead of %q", ErrDamaged, e.now, e.id)
}

// Unwrap returns ErrDamaged.
func (e *replacedError) Unwrap() error { return ErrDamaged }

// suspicion is since when the log seems to be damaged; zero: it does not. Only one
// goroutine at a time may use it.
type suspicion struct{ since time.Time }

// clear tells that all is well.
func (s *suspicion) clear() { s.since = time.Time{} }

// confirmed tells whether to believe an error: all but damage at once, and damage when
// it has lasted.
func (s *suspicion) confirmed(err error, patience time.Duration) bool {
	var replaced *replacedError
	if !errors.Is(err, ErrDamaged) || errors.As(err, &replaced) {
		return true
	}
	if s.since.IsZero() {
		s.since = time.Now()
	}
	return time.Since(s.since) >= patience
}

// MissingError is the error of Follow, under ErrCut or ErrDamaged, when the
// log does not have events that should be delivered next.
type MissingError struct {
	// First and Last are the sequence numbers of the first and the last event
	// that is missing.
	First, Last uint64

	reason error
}

// Error implements error.
func (e *MissingError) Error() string {
	return fmt.Sprintf("%v: events %d to %d are missing", e.reason, e.First, e.Last)
}

// Unwrap returns ErrCut or ErrDamaged.
func (e *MissingError) Unwrap() error { return e.reason }

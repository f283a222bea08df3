package journal

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Facts are what is to be seen of a log that NATS servers keep.
type Facts struct {
	// MaxPayload is how many bytes the servers take as one message, LeastPayload how
	// many they must, and BestPayload from how many on more would be of no use.
	MaxPayload, LeastPayload, BestPayload int64
	// Took is how long JetStream took to answer.
	Took time.Duration
	// Used and Limit are the bytes that this account has on disk, or has reserved, and
	// may have; Limit is negative where there is none but the disks. Flat tells that
	// each copy counts.
	Used, Limit int64
	Flat        bool
	// Streams are those of this account, and MaxStreams how many it may have; negative:
	// any number.
	Streams, MaxStreams int
	// Clustered tells that the server to which the connection is belongs to a cluster.
	Clustered bool
	// Made tells that there is a log. What follows is zero without one, but for
	// WantedCopies and MaxBytes, which are those that it would get.
	Made bool
	// ID is its identity; empty: it is none of Clickky's.
	ID string
	// First and Last are its bounds, as Bounds returns them.
	First, Last uint64
	// Bytes it has, and MaxBytes it may have; 0: any number.
	Bytes, MaxBytes int64
	// Copies are on how many servers it is kept, and WantedCopies on how many it
	// should be.
	Copies, WantedCopies int
	// Leader is the server that leads, and Others are those with the other copies.
	Leader string
	Others []Copy
	// Untrusted is why what is said here may be old; nil: it is not.
	Untrusted error
	// Altered is what of its settings is not as Open makes them, that Clickky relies
	// on; empty: nothing.
	Altered string
}

// Copy is a copy of the log beside the leader's.
type Copy struct {
	// Server is the name of the server that has it.
	Server string
	// Current tells that it has all that the leader has, Offline that the server is
	// away, and Lag how many operations it is behind.
	Current, Offline bool
	Lag              uint64
}

var (
	// ErrNotEnabled is in the chain of the error of Examine when there is no JetStream,
	// or this account may not use it.
	ErrNotEnabled = errors.New("JetStream isn't enabled for this account")
	// ErrNoMajority is in the chain of the error of Examine when the servers that are
	// left cannot decide anything.
	ErrNoMajority = errors.New("the NATS servers have no majority")
	// ErrNotAllowed is in the chain of the error of Examine when the user may not ask.
	ErrNotAllowed = errors.New("this user isn't allowed to use JetStream")
)

// Examine looks at the log on a connection, and changes nothing: where there is none
// it makes none. What it knows by the time that it fails is in the facts.
func Examine(ctx context.Context, nc *nats.Conn) (f Facts, err error) {
	f = Facts{
		MaxPayload: nc.MaxPayload(), LeastPayload: minPayload, BestPayload: maxMessage,
		Clustered: nc.ConnectedClusterName() != "", WantedCopies: 1, MaxBytes: DefaultMaxBytes,
	}
	if f.Clustered {
		f.WantedCopies = maxReplicas
	}
	js, err := jetstream.New(nc)
	if err != nil {
		return f, fmt.Errorf("query JetStream: %w", err)
	}
	begun := time.Now()
	account, err := js.AccountInfo(ctx)
	f.Took = time.Since(begun)
	if err != nil {
		return f, fmt.Errorf("query JetStream: %w", examined(nc, err))
	}
	f.account(account)
	st, err := js.Stream(ctx, streamName)
	switch {
	case errors.Is(err, jetstream.ErrStreamNotFound):
		return f, nil
	case err != nil:
		return f, fmt.Errorf("read the stream %s: %w", streamName, examined(nc, err))
	}
	f.stream(st.CachedInfo())
	return f, nil
}

// examined puts this file's errors into the chain of err. A question that is not
// allowed is not answered.
func examined(nc *nats.Conn, err error) error {
	switch {
	case isNotEnabled(err) || errors.Is(err, nats.ErrNoResponders):
		return fmt.Errorf("%w: %w", ErrNotEnabled, err)
	case errorCode(err) == codeNotNow:
		return fmt.Errorf("%w: %w", ErrNoMajority, err)
	case errors.Is(nc.LastError(), nats.ErrPermissionViolation):
		return fmt.Errorf("%w: %w", ErrNotAllowed, err)
	}
	return err
}

func (f *Facts) account(a *jetstream.AccountInfo) {
	tier, flat := a.Tier, true
	if t, tiered := a.Tiers[fmt.Sprintf("R%d", f.WantedCopies)]; tiered {
		tier, flat = t, false
	}
	f.Used, f.Limit, f.Flat = int64(max(tier.Store, tier.ReservedStore)), tier.Limits.MaxStore, flat
	f.Streams, f.MaxStreams = tier.Streams, tier.Limits.MaxStreams
}

func (f *Facts) stream(info *jetstream.StreamInfo) {
	f.Made, f.ID = true, info.Config.Metadata[identity]
	f.First, f.Last = boundsOf(info)
	f.Bytes, f.MaxBytes = int64(info.State.Bytes), max(info.Config.MaxBytes, 0)
	f.Copies = max(info.Config.Replicas, 1)
	f.Untrusted = checkLeader(info)
	f.Altered = altered(info.Config)
	if info.Cluster == nil {
		return
	}
	f.Leader = info.Cluster.Leader
	for _, r := range info.Cluster.Replicas {
		f.Others = append(f.Others, Copy{Server: r.Name, Current: r.Current, Offline: r.Offline, Lag: r.Lag})
	}
}

// altered is what of a stream's settings would lose events, or has lost some.
func altered(c jetstream.StreamConfig) string {
	switch {
	case c.Storage != jetstream.FileStorage:
		return "it's stored in memory"
	case c.Discard != jetstream.DiscardNew:
		return "old events are deleted when it's full"
	case c.Retention != jetstream.LimitsPolicy:
		return "events are deleted once read"
	case c.MaxAge > 0:
		return "events are deleted after " + c.MaxAge.String()
	case c.MaxMsgs > 0 || c.MaxMsgsPerSubject > 0:
		return "the number of events is limited"
	case c.PersistMode == jetstream.AsyncPersistMode:
		return "events are acknowledged before they are written"
	case len(c.Subjects) != 1 || c.Subjects[0] != subjectPrefix+"*":
		return fmt.Sprintf("its subjects are %q", c.Subjects)
	}
	return ""
}

package journal

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// backend is what keeps the stream: a server in this process, or one elsewhere.
type backend interface {
	// link is the connection to use now.
	link() *link
	// mend puts right whatever keeps the stream from being written, if there is
	// anything. It fails when it cannot; nothing needs to be tried then. Only
	// who holds the turn calls it. size is how many bytes are to be written; 0
	// if the aim is to have fewer.
	mend(ctx context.Context, size int) error
	// close ends the connection, and what was started for it. It waits.
	close() error
}

// link is a connection to the stream.
type link struct {
	nc   *nats.Conn
	js   jetstream.JetStream
	gone context.Context // ends when there is another link
	end  context.CancelFunc
	beat time.Duration // a reader that hears nothing for two of them starts anew
}

func newLink(nc *nats.Conn, beat time.Duration) (*link, error) {
	js, err := jetstream.New(nc)
	if err != nil {
		return nil, fmt.Errorf("connect to JetStream: %w", err)
	}
	gone, end := context.WithCancel(context.Background())
	return &link{nc: nc, js: js, gone: gone, end: end, beat: beat}, nil
}

// wire is what the journal asks of the stream, one request each. Any error may
// mean that the request was done all the same, unless refused says otherwise.
type wire interface {
	// publish appends data to the subject if its last message is the one with
	// that sequence number, or if it has none and after is 0.
	publish(ctx context.Context, subject string, data []byte, after uint64) (seq uint64, err error)
	// lastOf reads the last message of a subject; found is false if it has
	// none.
	lastOf(ctx context.Context, subject string) (seq uint64, data []byte, found bool, err error)
	// bounds returns the sequence numbers of the oldest and the newest
	// message. If there are no messages, first is last + 1.
	bounds(ctx context.Context) (first, last uint64, err error)
	// purge deletes the messages before first. If that is more than the last
	// message, the next one gets that sequence number.
	purge(ctx context.Context, first uint64) error
}

// stream is the wire to a JetStream stream.
type stream struct {
	backend backend
	id      string
}

// find looks the log with that identity up, as its leader has it.
func find(ctx context.Context, js jetstream.JetStream, id string) (jetstream.Stream, error) {
	st, err := js.Stream(ctx, streamName)
	if err != nil {
		return nil, err
	}
	info := st.CachedInfo()
	if now := info.Config.Metadata[identity]; now != id {
		return nil, &replacedError{now: now, id: id}
	}
	return st, led(info)
}

// recently is when a leader must have heard of the others.
const recently = 5 * time.Second

var (
	errNoLeader   = errors.New("the NATS cluster has no leader for the journal")
	errNoMajority = errors.New("the NATS server that leads the journal can't reach a majority")
)

// led returns an error unless the stream has a leader that is in touch with a majority.
// A server without a leader answers too, and one that was cut off believes for some
// twenty seconds to be the leader; neither knows the newest events.
func led(info *jetstream.StreamInfo) error {
	c := info.Cluster
	if c == nil || info.Config.Replicas <= 1 {
		return nil
	}
	if c.Leader == "" {
		return errNoLeader
	}
	here := 1
	for _, r := range c.Replicas {
		if !r.Offline && r.Active < recently {
			here++
		}
	}
	if 2*here <= info.Config.Replicas {
		return errNoMajority
	}
	return nil
}

func (s *stream) find(ctx context.Context) (jetstream.Stream, error) {
	return find(ctx, s.backend.link().js, s.id)
}

func (s *stream) publish(ctx context.Context, subject string, data []byte, after uint64) (uint64, error) {
	// The client would try again by itself where nobody listens; the journal
	// has its own way to try again.
	ack, err := s.backend.link().js.Publish(ctx, subject, data,
		jetstream.WithExpectLastSequencePerSubject(after),
		jetstream.WithRetryAttempts(0))
	if err != nil {
		return 0, err
	}
	return ack.Sequence, nil
}

func (s *stream) lastOf(ctx context.Context, subject string) (uint64, []byte, bool, error) {
	st, err := s.find(ctx)
	if err != nil {
		return 0, nil, false, err
	}
	// The stream does not allow direct reads, so it is its leader who answers,
	// who has everything that was acknowledged.
	m, err := st.GetLastMsgForSubject(ctx, subject)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return 0, nil, false, nil
	}
	if err != nil {
		return 0, nil, false, err
	}
	return m.Sequence, m.Data, true, nil
}

func (s *stream) bounds(ctx context.Context) (first, last uint64, err error) {
	st, err := s.find(ctx)
	if err != nil {
		return 0, 0, err
	}
	first, last = boundsOf(st.CachedInfo())
	return first, last, nil
}

// boundsOf are those of the messages. An empty stream has first and last 0
// when nothing was ever in it, and otherwise what wire.bounds says.
func boundsOf(info *jetstream.StreamInfo) (first, last uint64) {
	if info.State.Msgs == 0 {
		return info.State.LastSeq + 1, info.State.LastSeq
	}
	return info.State.FirstSeq, info.State.LastSeq
}

func (s *stream) purge(ctx context.Context, first uint64) error {
	st, err := s.find(ctx)
	if err != nil {
		return err
	}
	return st.Purge(ctx, jetstream.WithPurgeSequence(first))
}

// ensure makes the stream if there is none and absent agrees, and returns what there
// is by then.
func ensure(ctx context.Context, js jetstream.JetStream, c jetstream.StreamConfig, absent func() error) (*jetstream.StreamInfo, error) {
	st, err := js.Stream(ctx, streamName)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		if err := absent(); err != nil {
			return nil, err
		}
		st, err = create(ctx, js, c)
	}
	if err != nil {
		return nil, explained(err)
	}
	info := st.CachedInfo()
	if info.Config.Metadata[identity] == "" {
		return nil, fmt.Errorf("%w: the stream %s has no Clickky ID", ErrDamaged, streamName)
	}
	return info, nil
}

// streamConfig is that of a new log.
func streamConfig(maxBytes int64, replicas int) jetstream.StreamConfig {
	return jetstream.StreamConfig{
		Name:        streamName,
		Description: "Clickky's events since the last snapshot",
		Subjects:    []string{subjectPrefix + "*"},
		Storage:     jetstream.FileStorage,
		Retention:   jetstream.LimitsPolicy,
		// When it is full, new events are refused; old ones are never dropped.
		Discard:  jetstream.DiscardNew,
		MaxBytes: maxBytes,
		Replicas: replicas,
		// Only cutting takes messages away, always from the front, so a gap in
		// the numbers means damage.
		DenyDelete: true,
		Metadata:   map[string]string{identity: strings.ToLower(rand.Text())},
	}
}

func create(ctx context.Context, js jetstream.JetStream, c jetstream.StreamConfig) (jetstream.Stream, error) {
	st, err := js.CreateStream(ctx, c)
	if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) { // somebody else was quicker
		return js.Stream(ctx, streamName)
	}
	return st, err
}

// Codes of the JetStream API's errors that its client has no names for, from the server's errors.json.
const (
	codeNotNow      = 10008 // JetStream system temporarily unavailable
	codeNoMemory    = 10023 // insufficient resources
	codeNoStorage   = 10047 // insufficient storage resources available
	codeStoreFailed = 10077 // the reason in words
	codeNoPeers     = 10005 // no suitable peers for placement, and why
	codeNoCluster   = 10074 // replicas > 1 not supported in non-clustered mode
)

// code is that of an error which the JetStream API answered with, or 0 if it
// is not an answer.
func code(err error) jetstream.ErrorCode {
	var api *jetstream.APIError
	if errors.As(err, &api) {
		return api.ErrorCode
	}
	return 0
}

// wrongLast tells that an append expected something else of its subject than there is.
func wrongLast(err error) bool {
	c := code(err)
	return c == jetstream.JSErrCodeStreamWrongLastSequence || c == jetstream.JSErrCodeStreamWrongLastSequenceConstant
}

// refused tells that the request certainly was not done, and never will be. On a cluster
// no answer of a server tells that: while the leader changes, the old one may say that it
// could not store what a majority stores all the same, and old and new may both get the
// message, of which one stores it, and the other answers that it is there already.
func refused(err error, replicated bool) bool {
	if replicated {
		return errors.Is(err, nats.ErrMaxPayload) || errors.Is(err, nats.ErrReconnectBufExceeded)
	}
	return code(err) != 0 || errors.Is(err, nats.ErrMaxPayload) || errors.Is(err, nats.ErrReconnectBufExceeded) ||
		errors.Is(err, jetstream.ErrNoStreamResponse) || errors.Is(err, nats.ErrNoResponders)
}

// silent tells that the error is not the stream's answer, so that something may
// be wrong with what keeps it.
func silent(err error) bool {
	return code(err) == 0 || notEnabled(err) || errors.Is(err, jetstream.ErrStreamNotFound)
}

func notEnabled(err error) bool {
	return errors.Is(err, jetstream.ErrJetStreamNotEnabled) || errors.Is(err, jetstream.ErrJetStreamNotEnabledForAccount)
}

// explained puts this package's errors into the chain of err.
func explained(err error) error {
	switch c := code(err); {
	case errors.Is(err, nats.ErrMaxPayload):
		return fmt.Errorf("%w: %w", ErrTooLarge, err)
	case c == codeNoMemory || c == codeNoStorage ||
		c == codeStoreFailed && strings.Contains(err.Error(), "maximum bytes"):
		return fmt.Errorf("%w: %w", ErrNoSpace, err)
	case errors.Is(err, jetstream.ErrStreamNotFound):
		return fmt.Errorf("%w: the stream is gone: %w", ErrDamaged, err)
	}
	return err
}

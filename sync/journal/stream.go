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

// backend stores the stream: a server in this process, or a remote one.
type backend interface {
	// connection returns the current connection.
	connection() *connection
	// repair fixes whatever keeps the stream from being written. If it fails, there is no point in
	// writing. The caller holds the turn. size is how many bytes are to be written; 0 to delete
	// events.
	repair(ctx context.Context, size int) error
	// close closes the connection and waits for what was started for it.
	close() error
}

// connection is a connection to the stream.
type connection struct {
	nc        *nats.Conn
	js        jetstream.JetStream
	closed    context.Context // ends when another connection replaces this one
	close     context.CancelFunc
	heartbeat time.Duration // a reader without a message for two heartbeats restarts
}

func newConnection(nc *nats.Conn, beat time.Duration) (*connection, error) {
	js, err := jetstream.New(nc)
	if err != nil {
		return nil, fmt.Errorf("connect to JetStream: %w", err)
	}
	gone, end := context.WithCancel(context.Background())
	return &connection{nc: nc, js: js, closed: gone, close: end, heartbeat: beat}, nil
}

// streamAPI is what the journal needs of the stream, one request each. After any error the request
// may have been carried out, unless isCertainlyRejected reports otherwise.
type streamAPI interface {
	// publish appends data to the subject if its last message has sequence number after, or if it
	// has no message and after is 0.
	publish(ctx context.Context, subject string, data []byte, after uint64) (seq uint64, err error)
	// lastOf reads the last message of a subject; found is false if there is none.
	lastOf(ctx context.Context, subject string) (seq uint64, data []byte, found bool, err error)
	// bounds returns the sequence numbers of the oldest and the newest message. Without messages,
	// first is last + 1.
	bounds(ctx context.Context) (first, last uint64, err error)
	// purge deletes the messages before first. If first is beyond the last message, the next one
	// gets that sequence number.
	purge(ctx context.Context, first uint64) error
}

// stream implements streamAPI with JetStream.
type stream struct {
	backend backend
	id      string
}

// find finds the stream and checks that it is the log with that ID, as its leader sees it.
func find(ctx context.Context, js jetstream.JetStream, id string) (jetstream.Stream, error) {
	st, err := js.Stream(ctx, streamName)
	if err != nil {
		return nil, err
	}
	info := st.CachedInfo()
	if found := info.Config.Metadata[identity]; found != id {
		return nil, &replacedError{found: found, id: id}
	}
	return st, checkLeader(info)
}

// leaderTimeout is how recently a leader must have heard from the others.
const leaderTimeout = 5 * time.Second

var (
	errNoLeader   = errors.New("the NATS cluster has no leader for the journal")
	errNoMajority = errors.New("the NATS server that leads the journal can't reach a majority")
)

// checkLeader returns an error unless the stream has a leader in contact with a majority. A server
// without a leader also answers, and one that was cut off believes for some twenty seconds that it
// is the leader; neither knows the newest events.
func checkLeader(info *jetstream.StreamInfo) error {
	c := info.Cluster
	if c == nil || info.Config.Replicas <= 1 {
		return nil
	}
	if c.Leader == "" {
		return errNoLeader
	}
	reachable := 1
	for _, r := range c.Replicas {
		if !r.Offline && r.Active < leaderTimeout {
			reachable++
		}
	}
	if 2*reachable <= info.Config.Replicas {
		return errNoMajority
	}
	return nil
}

func (s *stream) find(ctx context.Context) (jetstream.Stream, error) {
	return find(ctx, s.backend.connection().js, s.id)
}

func (s *stream) publish(ctx context.Context, subject string, data []byte, after uint64) (uint64, error) {
	// The client would retry by itself if nobody listens; the journal has its own retries.
	ack, err := s.backend.connection().js.Publish(ctx, subject, data,
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
	// The stream doesn't allow direct reads, so the leader answers, which has all acknowledged
	// messages.
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

// boundsOf converts the stream's state to bounds as streamAPI.bounds returns them.
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

// findOrCreate returns the stream. If there is none and absent returns nil, it creates it.
func findOrCreate(ctx context.Context, js jetstream.JetStream, c jetstream.StreamConfig, absent func() error) (*jetstream.StreamInfo, error) {
	st, err := js.Stream(ctx, streamName)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		if err := absent(); err != nil {
			return nil, err
		}
		st, err = create(ctx, js, c)
	}
	if err != nil {
		return nil, translateError(err)
	}
	info := st.CachedInfo()
	if info.Config.Metadata[identity] == "" {
		return nil, fmt.Errorf("%w: the stream %s has no Clickky ID", ErrDamaged, streamName)
	}
	return info, nil
}

// streamConfig is the configuration of a new log.
func streamConfig(maxBytes int64, replicas int) jetstream.StreamConfig {
	return jetstream.StreamConfig{
		Name:        streamName,
		Description: "Clickky's events since the last snapshot",
		Subjects:    []string{subjectPrefix + "*"},
		Storage:     jetstream.FileStorage,
		Retention:   jetstream.LimitsPolicy,
		// A full log rejects new events; old ones are never dropped.
		Discard:  jetstream.DiscardNew,
		MaxBytes: maxBytes,
		Replicas: replicas,
		// Only Purge deletes messages, always from the front, so a gap in the numbers means damage.
		DenyDelete: true,
		Metadata:   map[string]string{identity: strings.ToLower(rand.Text())},
	}
}

func create(ctx context.Context, js jetstream.JetStream, c jetstream.StreamConfig) (jetstream.Stream, error) {
	st, err := js.CreateStream(ctx, c)
	if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) { // another server was faster
		return js.Stream(ctx, streamName)
	}
	return st, err
}

// Error codes of the JetStream API without a name in the client, from the server's errors.json.
const (
	codeNotNow      = 10008 // JetStream system temporarily unavailable
	codeNoMemory    = 10023 // insufficient resources
	codeNoStorage   = 10047 // insufficient storage resources available
	codeStoreFailed = 10077 // the reason in words
	codeNoPeers     = 10005 // no suitable peers for placement, and why
	codeNoCluster   = 10074 // replicas > 1 not supported in non-clustered mode
)

// errorCode returns the code of an error that the JetStream API answered with; 0 if it is no
// answer.
func errorCode(err error) jetstream.ErrorCode {
	var api *jetstream.APIError
	if errors.As(err, &api) {
		return api.ErrorCode
	}
	return 0
}

// isWrongLast reports whether an append expected another last sequence number than the subject has.
func isWrongLast(err error) bool {
	c := errorCode(err)
	return c == jetstream.JSErrCodeStreamWrongLastSequence || c == jetstream.JSErrCodeStreamWrongLastSequenceConstant
}

// isCertainlyRejected reports whether the request was certainly not carried out and never will be.
// On a cluster no answer says that: during a change of leaders, the old one may report a failure
// for what a majority stores, and both may get the message; one stores it, the other answers that
// it is there.
func isCertainlyRejected(err error, replicated bool) bool {
	if replicated {
		return errors.Is(err, nats.ErrMaxPayload) || errors.Is(err, nats.ErrReconnectBufExceeded)
	}
	return errorCode(err) != 0 || errors.Is(err, nats.ErrMaxPayload) || errors.Is(err, nats.ErrReconnectBufExceeded) ||
		errors.Is(err, jetstream.ErrNoStreamResponse) || errors.Is(err, nats.ErrNoResponders)
}

// isNoAnswer reports whether the error isn't the stream's answer, so that its backend may be
// broken.
func isNoAnswer(err error) bool {
	return errorCode(err) == 0 || isNotEnabled(err) || errors.Is(err, jetstream.ErrStreamNotFound)
}

func isNotEnabled(err error) bool {
	return errors.Is(err, jetstream.ErrJetStreamNotEnabled) || errors.Is(err, jetstream.ErrJetStreamNotEnabledForAccount)
}

// translateError adds this package's errors to the chain of err.
func translateError(err error) error {
	switch c := errorCode(err); {
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

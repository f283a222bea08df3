package cluster

import (
	"cmp"
	"context"
	"fmt"

	"github.com/nats-io/nats.go"
)

const (
	// Limits of the messages that wait for a subscriber. More are dropped, as may happen on the
	// way, and are sent again later.
	maxPending      = 4096
	maxPendingBytes = 8 << 20
)

// conn is what Presence needs of a NATS connection.
type conn interface {
	Publish(subject string, data []byte) error
	RequestWithContext(ctx context.Context, subject string, data []byte) (*nats.Msg, error)
	// FlushWithContext returns when the server has everything that was published.
	FlushWithContext(ctx context.Context) error
	// MaxPayload returns the maximum size of a message in bytes.
	MaxPayload() int64
	// subscribe calls handle for one message after the other, until stop has returned.
	subscribe(subject string, handle func(*nats.Msg)) (stop func(), err error)
	// connection returns the number of the connection, which changes with each reconnect; false
	// while there is none.
	connection() (number uint64, up bool)
}

type natsConn struct{ *nats.Conn }

func (w natsConn) subscribe(subject string, handle func(*nats.Msg)) (stop func(), err error) {
	sub, err := w.Subscribe(subject, handle)
	if err != nil {
		return nil, fmt.Errorf("subscribe to %s: %w", subject, err)
	}
	ended := make(chan struct{})
	sub.SetClosedHandler(func(string) { close(ended) })
	if err := sub.SetPendingLimits(maxPending, maxPendingBytes); err != nil || !sub.IsValid() {
		return nil, fmt.Errorf("subscribe to %s: %w", subject, cmp.Or(err, nats.ErrConnectionClosed))
	}
	return func() {
		_ = sub.Unsubscribe() // fails if the connection is closed, which has ended it
		<-ended
	}, nil
}

func (w natsConn) connection() (uint64, bool) { return w.Stats().Reconnects, w.IsConnected() }

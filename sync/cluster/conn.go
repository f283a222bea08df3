package cluster

import (
	"cmp"
	"context"
	"fmt"

	"github.com/nats-io/nats.go"
)

const (
	// What waits to be heard, in messages and bytes. What is more is lost, as it may
	// be on the way, and told again.
	maxWaiting      = 4096
	maxWaitingBytes = 8 << 20
)

// wire is what Presence needs of NATS.
type wire interface {
	Publish(subject string, data []byte) error
	RequestWithContext(ctx context.Context, subject string, data []byte) (*nats.Msg, error)
	// FlushWithContext returns when the server has all that was published.
	FlushWithContext(ctx context.Context) error
	// MaxPayload is how many bytes a message may have.
	MaxPayload() int64
	// subscribe has take called, one message after the other, until stop has
	// returned.
	subscribe(subject string, take func(*nats.Msg)) (stop func(), err error)
	// link is the number of the connection, which is another one after each
	// reconnect; false while there is none.
	link() (number uint64, up bool)
}

// natsWire is a connection to NATS.
type natsWire struct{ *nats.Conn }

func (w natsWire) subscribe(subject string, take func(*nats.Msg)) (stop func(), err error) {
	sub, err := w.Subscribe(subject, take)
	if err != nil {
		return nil, fmt.Errorf("subscribe to %s: %w", subject, err)
	}
	ended := make(chan struct{})
	sub.SetClosedHandler(func(string) { close(ended) })
	if err := sub.SetPendingLimits(maxWaiting, maxWaitingBytes); err != nil || !sub.IsValid() {
		return nil, fmt.Errorf("subscribe to %s: %w", subject, cmp.Or(err, nats.ErrConnectionClosed))
	}
	return func() {
		_ = sub.Unsubscribe() // fails when the connection is closed, which has ended it
		<-ended
	}, nil
}

func (w natsWire) link() (uint64, bool) { return w.Stats().Reconnects, w.IsConnected() }

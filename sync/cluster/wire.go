package cluster

import (
	"context"
	"fmt"

	"github.com/nats-io/nats.go"
)

// maxWaiting is how many messages wait to be heard. What is more is lost, as it may be on
// the way, and told again.
const maxWaiting = 1024

// wire is what Presence needs of NATS.
type wire interface {
	Publish(subject string, data []byte) error
	RequestWithContext(ctx context.Context, subject string, data []byte) (*nats.Msg, error)
	// FlushWithContext returns when the server has all that was published.
	FlushWithContext(ctx context.Context) error
	// MaxPayload is how many bytes a message may have.
	MaxPayload() int64
	// subscribe sends messages to a channel, as long as it has room, until stop is called.
	subscribe(subject string, into chan *nats.Msg) (stop func(), err error)
	// link is the number of the connection, which is another one after each
	// reconnect; false while there is none.
	link() (number uint64, up bool)
}

// natsWire is a connection to NATS.
type natsWire struct{ *nats.Conn }

func (w natsWire) subscribe(subject string, into chan *nats.Msg) (stop func(), err error) {
	sub, err := w.ChanSubscribe(subject, into)
	if err != nil {
		return nil, fmt.Errorf("subscribe to %s: %w", subject, err)
	}
	return func() { _ = sub.Unsubscribe() }, nil // fails when the connection is closed, which has ended it
}

func (w natsWire) link() (uint64, bool) { return w.Stats().Reconnects, w.IsConnected() }

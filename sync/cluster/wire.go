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

// packet is a message as it arrives.
type packet struct {
	subject, reply string
	data           []byte
}

// wire is what Presence needs of NATS.
type wire interface {
	publish(subject string, data []byte) error
	// subscribe has take called, one packet after the other, until stop has
	// returned.
	subscribe(subject string, take func(packet)) (stop func(), err error)
	request(ctx context.Context, subject string, data []byte) ([]byte, error)
	// flush returns when the server has all that was published.
	flush(ctx context.Context) error
	// link is the number of the connection, which is another one after each
	// reconnect; false while there is none.
	link() (number uint64, up bool)
	// room is how many bytes a message may have.
	room() int
}

// natsWire is a connection to NATS.
type natsWire struct{ nc *nats.Conn }

func (w natsWire) publish(subject string, data []byte) error { return w.nc.Publish(subject, data) }

func (w natsWire) subscribe(subject string, take func(packet)) (stop func(), err error) {
	sub, err := w.nc.Subscribe(subject, func(m *nats.Msg) { take(packet{m.Subject, m.Reply, m.Data}) })
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

func (w natsWire) request(ctx context.Context, subject string, data []byte) ([]byte, error) {
	m, err := w.nc.RequestWithContext(ctx, subject, data)
	if err != nil {
		return nil, err
	}
	return m.Data, nil
}

func (w natsWire) flush(ctx context.Context) error { return w.nc.FlushWithContext(ctx) }

func (w natsWire) link() (uint64, bool) { return w.nc.Stats().Reconnects, w.nc.IsConnected() }

func (w natsWire) room() int { return int(w.nc.MaxPayload()) }

package cluster

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
)

// ListenFor is for how long Listen listens: each server is heard twice then, which
// tells how far it is behind and how its clock goes better than once.
const ListenFor = 2*beatEvery + beatEvery/2

// Listen hears for a moment, ListenFor or until ctx ends, which servers play the game.
// It says nothing, so that nobody knows of it. Lag is how many events each was behind
// the newest position that any server had told by then. A server that is cut off from
// NATS, or that has just left, is not heard; it is an error if this user may not
// listen. The caller keeps the connection open.
func Listen(ctx context.Context, nc *nats.Conn) ([]Member, error) {
	members, err := listen(ctx, natsWire{nc})
	if err == nil && errors.Is(nc.LastError(), nats.ErrPermissionViolation) { // which comes when it likes
		err = fmt.Errorf("listen to the other servers: %w", nc.LastError())
	}
	return members, err
}

func listen(ctx context.Context, w wire) ([]Member, error) {
	all := peers{}
	in := make(chan *nats.Msg)
	over, end := context.WithTimeout(ctx, ListenFor)
	defer end()
	stop, err := w.subscribe(presencePrefix+"*", func(m *nats.Msg) {
		select {
		case in <- m:
		case <-over.Done():
		}
	})
	if err != nil {
		return nil, fmt.Errorf("listen to the other servers: %w", err)
	}
	for over.Err() == nil {
		select {
		case m := <-in:
			listenTo(all, m, time.Now())
		case <-over.Done():
		}
	}
	stop()
	return sorted(all.members()), nil
}

// listenTo takes in what a server says. What makes no sense is left out.
func listenTo(all peers, m *nats.Msg, now time.Time) {
	run, said, err := open(m)
	switch {
	case err != nil:
	case said.Bye:
		delete(all, run)
	case said.Beat != nil:
		if known := all.of(run); known != nil {
			all.hear(known, said.Beat, 0, now)
		}
	}
}

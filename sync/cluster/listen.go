package cluster

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
)

// ListenFor is the duration of Listen. Two heartbeats of each server tell its lag and its clock
// better than one.
const ListenFor = 2*heartbeatInterval + heartbeatInterval/2

// Listen returns the servers that are heard for ListenFor, or until ctx ends. It sends nothing, so
// no server knows of it. Lag is how many events each one was behind the newest known position. A
// server that is cut off from NATS, or has just left, is missing. Listen fails if this user may not
// subscribe. The caller keeps the connection open.
func Listen(ctx context.Context, nc *nats.Conn) ([]Member, error) {
	members, err := listen(ctx, natsConn{nc})
	if err == nil && errors.Is(nc.LastError(), nats.ErrPermissionViolation) { // arrives asynchronously
		err = fmt.Errorf("listen to the other servers: %w", nc.LastError())
	}
	return members, err
}

func listen(ctx context.Context, w conn) ([]Member, error) {
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
			record(all, m, time.Now())
		case <-over.Done():
		}
	}
	stop()
	return sortMembers(all.members()), nil
}

// record handles a message. It ignores invalid ones.
func record(all peers, m *nats.Msg, now time.Time) {
	run, msg, err := parse(m)
	switch {
	case err != nil:
	case msg.Goodbye:
		delete(all, run)
	case msg.Heartbeat != nil:
		if known := all.getOrAdd(run); known != nil {
			all.update(known, msg.Heartbeat, 0, now)
		}
	}
}

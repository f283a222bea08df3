package cluster

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"

	"clickky/sync/game"
)

// ListenFor is the duration of Listen. Two heartbeats of each server tell its lag and its clock
// better than one.
const ListenFor = 2*heartbeatInterval + heartbeatInterval/2

// Listen returns the servers that are heard for ListenFor, or until ctx ends. It sends nothing, so
// no server knows of it. Lag is how many events each one was behind the newest known position. A
// server that is cut off from NATS, or has just left, is missing. Listen fails if this user may not
// subscribe. The caller keeps the connection open.
func Listen(ctx context.Context, nc *nats.Conn) ([]game.Server, error) {
	members, err := listen(ctx, natsConn{nc})
	if err == nil && errors.Is(nc.LastError(), nats.ErrPermissionViolation) { // arrives asynchronously
		err = fmt.Errorf("listen to the other servers: %w", nc.LastError())
	}
	return members, err
}

func listen(ctx context.Context, w conn) ([]game.Server, error) {
	all := peers{}
	over, end := context.WithTimeout(ctx, ListenFor)
	defer end()
	stop, err := w.subscribe(presencePrefix+"*", func(m *nats.Msg) { record(all, m, time.Now()) })
	if err != nil {
		return nil, fmt.Errorf("listen to the other servers: %w", err)
	}
	<-over.Done()
	stop() // nothing is recorded after this
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

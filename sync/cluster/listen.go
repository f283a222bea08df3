package cluster

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
)

// ListenFor is for how long Listen listens: each server is heard twice then, which
// tells how far it is behind and how its clock goes better than once.
const ListenFor = 2*beatEvery + beatEvery/2

// listener hears servers and is none itself.
type listener struct {
	peers map[string]*peer
}

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
	l := &listener{peers: map[string]*peer{}}
	in := make(chan packet)
	over, end := context.WithTimeout(ctx, ListenFor)
	defer end()
	stop, err := w.subscribe(presencePrefix+"*", func(m packet) {
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
			l.hear(m, time.Now())
		case <-over.Done():
		}
	}
	stop()
	return l.members(), nil
}

// hear takes in what a server says. What makes no sense is left out.
func (l *listener) hear(m packet, now time.Time) {
	run := strings.TrimPrefix(m.subject, presencePrefix)
	said, err := decode(m.data)
	switch {
	case err != nil || !isRun(run):
	case said.Bye:
		delete(l.peers, run)
	case said.Beat != nil:
		known := l.peers[run]
		if known == nil {
			if len(l.peers) >= maxPeers {
				return
			}
			known = &peer{}
			l.peers[run] = known
		}
		known.beat, known.heard = *said.Beat, now
		known.skew.add(said.Beat.At.Sub(now))
		known.lag = l.newest() - known.Folded
	}
}

func (l *listener) newest() (newest uint64) {
	for _, known := range l.peers {
		newest = max(newest, known.Folded)
	}
	return newest
}

func (l *listener) members() []Member {
	members := make([]Member, 0, len(l.peers))
	for run, known := range l.peers {
		m := memberOf(run, &known.beat, known.lag)
		m.Skew = known.skew.best()
		members = append(members, m)
	}
	return sorted(members)
}

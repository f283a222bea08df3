package cluster

import (
	"strings"
	"time"

	"github.com/nats-io/nats.go"

	"clickky/sync/game"
)

const maxPeers = 64

type peer struct {
	heartbeat
	lastHeartbeat time.Time // zero: never
	silent        bool
	skew          skew
	lag           uint64
	names         peerNames
}

// peers are the other servers that were heard, by run.
type peers map[string]*peer

// getOrAdd returns a peer, adding it if necessary; nil if there are too many.
func (p peers) getOrAdd(run string) *peer {
	if p[run] == nil && len(p) < maxPeers {
		p[run] = &peer{}
	}
	return p[run]
}

// update stores a heartbeat. newest is the newest known position apart from those of peers.
func (p peers) update(known *peer, b *heartbeat, newest uint64, now time.Time) {
	known.heartbeat, known.lastHeartbeat, known.silent = *b, now, false
	known.skew.add(b.At.Sub(now))
	known.lag = p.newest(newest) - b.Applied
}

// newest returns the newest known position in the journal: the given one or a peer's.
func (p peers) newest(position uint64) uint64 {
	for _, known := range p {
		if !known.silent {
			position = max(position, known.Applied)
		}
	}
	return position
}

// members returns the peers, in any order.
func (p peers) members() []game.Server {
	members := make([]game.Server, 0, len(p)+1)
	for run, known := range p {
		m := newMember(run, &known.heartbeat, known.lag)
		m.Skew = known.skew.best()
		if known.silent {
			m.State, m.Players, m.Sessions = game.ServerSilent, 0, 0
		}
		members = append(members, m)
	}
	return members
}

// parse returns which server sent a message, and its contents. If it is invalid, errMessage is in
// the chain of the error.
func parse(m *nats.Msg) (run string, msg message, err error) {
	run = strings.TrimPrefix(m.Subject, presencePrefix)
	if !isValidRun(run) {
		return run, msg, errMessage
	}
	msg, err = decode(m.Data)
	return run, msg, err
}

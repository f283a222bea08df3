package cluster

import (
	"strings"
	"time"

	"github.com/nats-io/nats.go"
)

// maxPeers is how many other servers there may be.
const maxPeers = 64

// peer is another server.
type peer struct {
	beat
	heard  time.Time // the zero time: never
	silent bool
	skew   skew
	lag    uint64
	names  heardNames
}

// peers are the other servers that were heard, by their runs.
type peers map[string]*peer

// of returns a peer, made if there is none; nil if there are too many.
func (p peers) of(run string) *peer {
	if p[run] == nil && len(p) < maxPeers {
		p[run] = &peer{}
	}
	return p[run]
}

// hear takes in a heartbeat. Newest is the newest position that is known besides those of peers.
func (p peers) hear(known *peer, b *beat, newest uint64, now time.Time) {
	known.beat, known.heard, known.silent = *b, now, false
	known.skew.add(b.At.Sub(now))
	known.lag = p.newest(newest) - b.Folded
}

// newest returns the newest position in the journal that is known: the given one or a peer's.
func (p peers) newest(position uint64) uint64 {
	for _, known := range p {
		if !known.silent {
			position = max(position, known.Folded)
		}
	}
	return position
}

// members returns the peers, in any order.
func (p peers) members() []Member {
	members := make([]Member, 0, len(p)+1)
	for run, known := range p {
		m := memberOf(run, &known.beat, known.lag)
		m.Skew = known.skew.best()
		if known.silent {
			m.State, m.Players, m.Sessions = Silent, 0, 0
		}
		members = append(members, m)
	}
	return members
}

// open returns which server a message is from and what it says; errMessage is in the chain of the
// error if it makes no sense.
func open(m *nats.Msg) (run string, said message, err error) {
	run = strings.TrimPrefix(m.Subject, presencePrefix)
	if !isRun(run) {
		return run, said, errMessage
	}
	said, err = decode(m.Data)
	return run, said, err
}

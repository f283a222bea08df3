package gate

import (
	"errors"
	"net"
	"slices"
	"sync"
)

// ErrFull and ErrTooMany are the reasons for turning somebody away. There may
// be no time to say so: ErrCrowd means that many are being told already.
var (
	ErrFull    = errors.New("the game is full")
	ErrTooMany = errors.New("too many players from one address")
	ErrCrowd   = errors.New("too many connections are being rejected")
)

// maxRefused is how many may be there at once to be told that they cannot come
// in.
const maxRefused = 100

// Limits caps how many sessions there are, in all and for one address: an IPv4
// address or an IPv6 network of 64 bits. IPv6 networks of 56 and 48 bits have
// two and four times the cap of an address.
type Limits struct {
	players    int
	perAddress int

	mu        sync.Mutex
	all       int
	refused   int
	byNetwork population
}

// NewLimits returns limits of at most so many sessions.
func NewLimits(players, perAddress int) *Limits {
	return &Limits{players: players, perAddress: perAddress, byNetwork: make(population)}
}

// Enter counts a session from the address, until leave is called once. Loopback
// has no cap for itself, unless it is only a proxy that says so: whoever comes
// from there directly is somebody who may use this machine. An admin has a place
// whatever the caps say: nobody else could make room in a game that is full. It
// fails with ErrFull or ErrTooMany, and leave is then to be called when that was
// said; or with ErrCrowd, and there is no leave.
func (l *Limits) Enter(from net.Addr, throughProxy, isAdmin bool) (leave func(), err error) {
	networks := networksOf(Origin(from))
	direct := !throughProxy && networks[0].prefix.Addr().IsLoopback()
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case isAdmin:
	case l.all >= l.players:
		err = ErrFull
	case !direct && slices.ContainsFunc(networks, l.full):
		err = ErrTooMany
	}
	switch {
	case err == nil:
	case l.refused >= maxRefused:
		return nil, ErrCrowd
	default:
		l.refused++
		return l.forget, err
	}
	l.all++
	l.byNetwork.add(networks)
	return func() { l.leave(networks) }, nil
}

// full reports whether a network has as many sessions as it may have.
func (l *Limits) full(n network) bool { return l.byNetwork[n.prefix] >= n.times*l.perAddress }

func (l *Limits) leave(networks []network) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all--
	l.byNetwork.remove(networks)
}

func (l *Limits) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.refused--
}

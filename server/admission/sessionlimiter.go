package admission

import (
	"errors"
	"net"
	"slices"
	"sync"
)

// Reasons for rejecting a session. ErrTooManyRejected means that so many are being rejected
// that this client can't be told why.
var (
	ErrFull            = errors.New("the game is full")
	ErrAddressFull     = errors.New("too many players from one address")
	ErrTooManyRejected = errors.New("too many connections are being rejected")
)

// maxRejected is how many rejected sessions there may be while they read why.
const maxRejected = 100

// SessionLimiter caps how many sessions there are, in all and for one address: an IPv4
// address or an IPv6 network of 64 bits. IPv6 networks of 56 and 48 bits have
// two and four times the cap of an address.
type SessionLimiter struct {
	players    int
	perAddress int

	mu        sync.Mutex
	all       int
	refused   int
	byNetwork netCounts
}

// NewSessionLimiter returns a limit of at most so many sessions.
func NewSessionLimiter(players, perAddress int) *SessionLimiter {
	return &SessionLimiter{players: players, perAddress: perAddress, byNetwork: make(netCounts)}
}

// Acquire counts a session from an address until release is called. Loopback has no cap of
// its own, unless a proxy told the address: its clients are users of this machine. Admins
// have no caps. If Acquire fails with ErrFull or ErrAddressFull, call release once the
// client knows; if it fails with ErrTooManyRejected, there is no release.
func (l *SessionLimiter) Acquire(from net.Addr, throughProxy, isAdmin bool) (release func(), err error) {
	networks := networksOf(Source(from))
	direct := !throughProxy && networks[0].prefix.Addr().IsLoopback()
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case isAdmin:
	case l.all >= l.players:
		err = ErrFull
	case !direct && slices.ContainsFunc(networks, l.full):
		err = ErrAddressFull
	}
	switch {
	case err == nil:
	case l.refused >= maxRejected:
		return nil, ErrTooManyRejected
	default:
		l.refused++
		return l.forget, err
	}
	l.all++
	l.byNetwork.add(networks)
	return func() { l.leave(networks) }, nil
}

// full reports whether a network has as many sessions as it may have.
func (l *SessionLimiter) full(n network) bool { return l.byNetwork[n.prefix] >= n.times*l.perAddress }

func (l *SessionLimiter) leave(networks []network) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all--
	l.byNetwork.remove(networks)
}

func (l *SessionLimiter) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.refused--
}

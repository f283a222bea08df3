package admission

import (
	"errors"
	"net"
	"slices"
	"sync"
)

// Reasons for rejecting a session. ErrTooManyRejected means that too many sessions are being
// rejected to tell this client why.
var (
	ErrFull            = errors.New("the game is full")
	ErrAddressFull     = errors.New("too many players from one address")
	ErrTooManyRejected = errors.New("too many connections are being rejected")
)

// maxRejected is how many rejected sessions may be open, so that their players read why.
const maxRejected = 100

// SessionLimiter caps the number of sessions, in all and for one address: an IPv4 address or
// an IPv6 /64. An IPv6 /56 may have twice as many, and a /48 four times as many.
type SessionLimiter struct {
	players    int
	perAddress int

	mu        sync.Mutex
	total     int
	rejected  int
	byNetwork netCounts
}

// NewSessionLimiter returns a limiter with caps for all players and for one address.
func NewSessionLimiter(players, perAddress int) *SessionLimiter {
	return &SessionLimiter{players: players, perAddress: perAddress, byNetwork: make(netCounts)}
}

// Acquire counts a session from an address until release is called. Loopback has no cap for
// one address, unless a proxy sent the address: its clients are users of this machine. Admins
// have no caps. If Acquire fails with ErrFull or ErrAddressFull, call release once the client
// knows why; if it fails with ErrTooManyRejected, release does nothing.
func (l *SessionLimiter) Acquire(from net.Addr, throughProxy, isAdmin bool) (release func(), err error) {
	networks := networksOf(Source(from))
	direct := !throughProxy && networks[0].prefix.Addr().IsLoopback()
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case isAdmin:
	case l.total >= l.players:
		err = ErrFull
	case !direct && slices.ContainsFunc(networks, l.isFull):
		err = ErrAddressFull
	}
	switch {
	case err == nil:
		l.total++
		l.byNetwork.add(networks)
		return func() { l.releaseAdmitted(networks) }, nil
	case l.rejected >= maxRejected:
		return func() {}, ErrTooManyRejected
	default:
		l.rejected++
		return l.releaseRejected, err
	}
}

func (l *SessionLimiter) isFull(n network) bool {
	return l.byNetwork[n.prefix] >= n.factor*l.perAddress
}

func (l *SessionLimiter) releaseAdmitted(networks []network) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.total--
	l.byNetwork.remove(networks)
}

func (l *SessionLimiter) releaseRejected() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rejected--
}

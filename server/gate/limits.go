package gate

import (
	"errors"
	"net"
	"net/netip"
	"sync"
)

// ErrFull and ErrTooMany are the reasons for turning somebody away. There may
// be no time to say so: ErrCrowd means that many are being told already.
var (
	ErrFull    = errors.New("the game is full")
	ErrTooMany = errors.New("too many players from one address")
	ErrCrowd   = errors.New("too many are being turned away")
)

// maxRefused is how many may be there at once to be told that they cannot come
// in.
const maxRefused = 100

// Limits caps how many sessions there are, in all and for one address.
type Limits struct {
	players    int
	perAddress int

	mu        sync.Mutex
	all       int
	refused   int
	byAddress map[netip.Prefix]int
}

// NewLimits returns limits of at most so many sessions.
func NewLimits(players, perAddress int) *Limits {
	return &Limits{players: players, perAddress: perAddress, byAddress: make(map[netip.Prefix]int)}
}

// Enter counts a session from the address, until leave is called once. Loopback
// has no cap for itself, unless it is only a proxy that says so: whoever comes
// from there directly is somebody who may use this machine. It
// fails with ErrFull or ErrTooMany, and leave is then to be called when that was
// said; or with ErrCrowd, and there is no leave.
func (l *Limits) Enter(from net.Addr, throughProxy bool) (leave func(), err error) {
	origin := Origin(from)
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.all >= l.players:
		err = ErrFull
	case (throughProxy || !origin.Addr().IsLoopback()) && l.byAddress[origin] >= l.perAddress:
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
	return l.count(origin), nil
}

// EnterOverCaps counts a session of an admin, who has a place whatever the caps say:
// nobody else could make room in a game that is full.
func (l *Limits) EnterOverCaps(from net.Addr) (leave func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.count(Origin(from))
}

// count counts a session. The mutex is held.
func (l *Limits) count(origin netip.Prefix) (leave func()) {
	l.all++
	l.byAddress[origin]++
	return func() { l.leave(origin) }
}

func (l *Limits) leave(origin netip.Prefix) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all--
	l.byAddress[origin]--
	if l.byAddress[origin] == 0 {
		delete(l.byAddress, origin)
	}
}

func (l *Limits) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.refused--
}

// Origin is what one person is likely to have: an IPv4 address, or an IPv6
// network of 64 bits. Addresses that are not IP all have the same origin.
func Origin(a net.Addr) netip.Prefix {
	tcp, ok := a.(*net.TCPAddr)
	if !ok {
		return netip.Prefix{}
	}
	ip, _ := netip.AddrFromSlice(tcp.IP)
	ip = ip.Unmap()
	bits := ip.BitLen()
	if ip.Is6() && !ip.IsLoopback() {
		bits = 64
	}
	origin, err := ip.Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return origin
}

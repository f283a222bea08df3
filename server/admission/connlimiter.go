package admission

import (
	"errors"
	"math/rand/v2"
	"net"
	"slices"
	"sync"
	"time"

	gossh "golang.org/x/crypto/ssh"
	"golang.org/x/time/rate"
)

// ErrMaxStartups is the reason for rejecting a connection.
var ErrMaxStartups = errors.New("too many connections are waiting to log in")

// ConnConfig has the limits of a ConnLimiter. A field that is zero has its default.
type ConnConfig struct {
	// MaxStartups (500) and PerSourceMaxStartups (50) cap the connections that have
	// no session, in all and for one source: an IPv4 address or an
	// IPv6 network of 64 bits, loopback included. IPv6 networks of 56 and 48
	// bits may have two and four times as many as a source.
	MaxStartups, PerSourceMaxStartups int
	// PhaseTimeout (3 s) is how long a waiting connection may take for each phase of its
	// login before it may have to make room for a new one: for its greeting and
	// the first packet together, then for its new keys, and at last for its
	// session. After the keys it has PassphraseTimeout (10 s): there may be somebody who
	// types a passphrase. One that has never sent anything may have to at once, and
	// so may one whose sessions are over.
	PhaseTimeout, PassphraseTimeout time.Duration
	// LoginGraceTime (20 s) is from the start of the handshake to the end
	// of authentication.
	LoginGraceTime time.Duration
	// SessionTimeout (20 s) is from there, and from the end of the last session
	// on, to the begin of a session: its channel, and the request for a shell or
	// a command on it.
	SessionTimeout time.Duration
	// KeepaliveInterval (26 s) is how long a client may be quiet before it is
	// asked whether it is there; KeepaliveTimeout (30 s), how long it may take to
	// answer.
	KeepaliveInterval, KeepaliveTimeout time.Duration
	// SlowRTT (1 s) is how long it takes at least to a client and back on a
	// link that is slow; when it takes less than half of that, it is fine
	// again. RTTInterval (5 s) is the least time between two measurements.
	SlowRTT, RTTInterval time.Duration
	// WriteTimeout (20 s) is how long a write may wait for a client that does
	// not read before its connection is closed.
	WriteTimeout time.Duration
	// CloseTimeout (5 s) is how long a client has to close the channel after the
	// last session is over before its connection is closed.
	CloseTimeout time.Duration
	// FailureBurst (20) is how many failed logins one source has for free;
	// FailureInterval (2 s) brings one back. The more are owed, the longer the
	// next connection waits for its handshake, at most MaxFailureDelay (5 s). IPv6
	// networks of 56 and 48 bits have two and four times as many.
	FailureBurst                     int
	FailureInterval, MaxFailureDelay time.Duration
	// LoginBurst (50), LoginInterval (200 ms) and MaxLoginDelay (8 s) are the same
	// for logins that succeed. Loopback is not slowed for these.
	LoginBurst                   int
	LoginInterval, MaxLoginDelay time.Duration
	// RekeyBytes (16 MiB) is after how much traffic a client may have new keys.
	// RekeyBurst (3) is how many times it may have them besides, once it has
	// logged in; RekeyInterval (20 s) brings one back.
	RekeyBytes    uint64
	RekeyBurst    int
	RekeyInterval time.Duration
}

func (c ConnConfig) withDefaults() ConnConfig {
	orDefault(&c.MaxStartups, 500)
	orDefault(&c.PerSourceMaxStartups, 50)
	orDefault(&c.PhaseTimeout, 3*time.Second)
	orDefault(&c.PassphraseTimeout, 10*time.Second)
	orDefault(&c.LoginGraceTime, 20*time.Second)
	orDefault(&c.SessionTimeout, 20*time.Second)
	orDefault(&c.KeepaliveInterval, 26*time.Second)
	orDefault(&c.KeepaliveTimeout, 30*time.Second)
	orDefault(&c.SlowRTT, time.Second)
	orDefault(&c.RTTInterval, 5*time.Second)
	orDefault(&c.WriteTimeout, 20*time.Second)
	orDefault(&c.CloseTimeout, 5*time.Second)
	orDefault(&c.FailureBurst, 20)
	orDefault(&c.FailureInterval, 2*time.Second)
	orDefault(&c.MaxFailureDelay, 5*time.Second)
	orDefault(&c.LoginBurst, 50)
	orDefault(&c.LoginInterval, 200*time.Millisecond)
	orDefault(&c.MaxLoginDelay, 8*time.Second)
	orDefault(&c.RekeyBytes, 16<<20)
	orDefault(&c.RekeyBurst, 3)
	orDefault(&c.RekeyInterval, 20*time.Second)
	return c
}

func orDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// ConnLimiter decides about every accepted connection: whether it is admitted, how long it
// may take to log in and to begin a session, and whether its client is still there. Run
// Keepalive while there are connections.
//
// A connection keeps its place by progress. One whose login stands still counts only until
// another connection needs its place, however many bytes it sends. If all make progress,
// new ones are rejected at random, with a probability that rises from 0 at half a cap to 1
// at the cap, as with OpenSSH's MaxStartups: an honest client that tries again gets in
// beside a crowd. Under the cap for all, the network with the most waiting connections
// makes room for the others.
type ConnLimiter struct {
	config   ConnConfig
	failures *penalties
	logins   *penalties
	epoch    time.Time // times of connections count from here

	mu      sync.Mutex
	waiting map[*Conn]struct{} // connections without a session
	crowd   netCounts          // of waiting
	playing map[*Conn]struct{} // connections with one
	count   ConnStats          // without Waiting and Playing

	pings sync.WaitGroup
}

// NewConnLimiter returns one with no connections.
func NewConnLimiter(c ConnConfig) *ConnLimiter {
	c = c.withDefaults()
	return &ConnLimiter{
		config:   c,
		failures: newPenalties(c.FailureBurst, c.FailureInterval, c.MaxFailureDelay),
		logins:   newPenalties(c.LoginBurst, c.LoginInterval, c.MaxLoginDelay),
		epoch:    time.Now(),
		waiting:  make(map[*Conn]struct{}),
		crowd:    make(netCounts),
		playing:  make(map[*Conn]struct{}),
	}
}

// LoginGraceTime is how long a handshake may take, with the authentication.
func (l *ConnLimiter) LoginGraceTime() time.Duration { return l.config.LoginGraceTime }

func (l *ConnLimiter) now() time.Duration { return time.Since(l.epoch) }

// Admit admits a connection, or fails with ErrMaxStartups. It does not wait for any
// client. Release is to be called at the end of an admitted connection.
func (l *ConnLimiter) Admit(conn net.Conn) (*Conn, error) {
	c := &Conn{Conn: conn, limiter: l, networks: networksOf(Source(conn.RemoteAddr())), readAhead: newReadAhead(), closed: make(chan struct{})}
	c.sessions = rate.NewLimiter(rate.Every(sessionEvery), sessionBurst)
	_, c.proxied = conn.(*proxied)
	// Clients that came at the same moment are not all pinged at the same moment.
	c.patience = l.config.KeepaliveInterval - rand.N(l.config.KeepaliveInterval/4+1)
	c.heard.Store(int64(l.now()))
	c.since.Store(c.heard.Load())
	c.rtt.slowTrip, c.rtt.every, c.rtt.notify = l.config.SlowRTT, l.config.RTTInterval, c.wake
	slowest, err := l.admit(c)
	if slowest != nil {
		_ = slowest.Close()
	}
	return c, err
}

// admit returns the connection that has to make room for the new one, if any.
func (l *ConnLimiter) admit(c *Conn) (slowest *Conn, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, n := range c.networks {
		s := l.survey(l.crowd[n.prefix], l.config.PerSourceMaxStartups*n.times, func(other *Conn) bool {
			return i < len(other.networks) && other.networks[i] == n
		})
		if s.crowded() {
			l.count.Refused++
			return nil, ErrMaxStartups
		}
		if slowest == nil {
			slowest = s.slowest
		}
	}
	all := l.survey(len(l.waiting), l.config.MaxStartups, func(*Conn) bool { return true })
	if all.crowded() && l.share(c)+1 >= all.largest {
		l.count.Refused++
		return nil, ErrMaxStartups
	}
	if slowest == nil {
		slowest = all.slowest
	}
	if slowest != nil {
		slowest.evicted = true
		l.count.Evicted++
		l.remove(slowest)
	}
	l.waiting[c] = struct{}{}
	l.crowd.add(c.networks)
	l.count.Accepted++
	return slowest, nil
}

// remove removes a waiting connection, and reports whether it was one.
func (l *ConnLimiter) remove(c *Conn) bool {
	if _, ok := l.waiting[c]; !ok {
		return false
	}
	delete(l.waiting, c)
	l.crowd.remove(c.networks)
	return true
}

// share is how many connections wait from the widest of a connection's networks.
func (l *ConnLimiter) share(c *Conn) int { return l.crowd[c.networks[len(c.networks)-1].prefix] }

// survey describes the waiting connections.
type survey struct {
	limit   int
	busy    int   // how many make progress
	largest int   // the largest share of a network
	slowest *Conn // the one that has to make room; nil: there is room
}

// survey looks at the waiting connections that count for a limit, if they are more than
// half of it. That costs little beside the handshake: there are at most MaxStartups.
func (l *ConnLimiter) survey(size, limit int, counts func(*Conn) bool) survey {
	s := survey{limit: limit}
	if size <= limit/2 {
		return s
	}
	now := l.now()
	var first candidate
	for c := range l.waiting {
		if !counts(c) {
			continue
		}
		one := candidate{c, c.isBusy(now), l.share(c)}
		if one.busy {
			s.busy++
		}
		s.largest = max(s.largest, one.share)
		if first.conn == nil || one.before(first) {
			first = one
		}
	}
	if size >= limit {
		s.slowest = first.conn
	}
	return s
}

// crowded decides at random: never below half of the limit, always at the limit.
func (s survey) crowded() bool {
	free := s.limit / 2
	return rand.Float64()*float64(s.limit-free) < float64(s.busy-free)
}

// candidate is a connection that may have to make room.
type candidate struct {
	conn  *Conn
	busy  bool
	share int
}

// before reports whether the candidate makes room before another: one without progress
// first, then one from the network with the largest share.
func (a candidate) before(b candidate) bool {
	switch {
	case a.busy != b.busy:
		return b.busy
	case a.share != b.share:
		return a.share > b.share
	default:
		return a.conn.slowerThan(b.conn)
	}
}

// authenticated notes a login.
func (l *ConnLimiter) authenticated(c *Conn) {
	c.reach(loggedIn)
	c.readAhead.end()
	if !c.isLocal() {
		l.logins.add(c.networks, time.Now())
	}
}

// openChannel adds a channel, unless the connection has MaxSessions.
func (l *ConnLimiter) openChannel(conn *Conn, c *Channel, client gossh.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(conn.channels) >= MaxSessions {
		return false
	}
	if conn.client == nil {
		conn.client = client
	}
	c.conn, c.openedAt = conn, l.now()
	conn.channels = append(conn.channels, c)
	return true
}

// startSession notes that a channel's session has begun, after which its connection is
// only pinged.
func (l *ConnLimiter) startSession(c *Channel) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if c.begun {
		return
	}
	c.begun = true
	c.conn.live++
	if l.remove(c.conn) { // it may have gone
		l.playing[c.conn] = struct{}{}
	}
}

// finishSession notes that a channel's session is over, and returns how many of the
// connection are left.
func (l *ConnLimiter) finishSession(c *Channel) (others int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if c.begun && !c.over {
		c.over = true
		c.conn.live--
		c.conn.since.Store(int64(l.now()))
	}
	return c.conn.live
}

// closeChannel notes that the client has closed a channel. After the last one, the
// connection waits for a session as after the login.
func (l *ConnLimiter) closeChannel(c *Channel) {
	l.finishSession(c)
	l.mu.Lock()
	defer l.mu.Unlock()
	conn := c.conn
	conn.channels = slices.DeleteFunc(conn.channels, func(other *Channel) bool { return other == c })
	if _, plays := l.playing[conn]; plays && len(conn.channels) == 0 {
		delete(l.playing, conn)
		conn.served, conn.askedAt = true, 0
		l.waiting[conn] = struct{}{}
		l.crowd.add(conn.networks)
	}
}

// forget removes a connection. A failed login adds to the penalty of its networks.
func (l *ConnLimiter) forget(c *Conn) {
	l.mu.Lock()
	l.remove(c)
	delete(l.playing, c)
	failed := phase(c.phase.Load()) < loggedIn && !c.evicted && c.spoken.Load()
	if failed {
		l.count.Failed++
	}
	l.mu.Unlock()
	// A client that hangs up during the handshake has cost one. On loopback it may be the
	// operator's health check.
	if failed && (c.authFailed.Load() || !c.isLocal()) {
		l.failures.add(c.networks, time.Now())
	}
}

// Waiting is how many connections have no session.
func (l *ConnLimiter) Waiting() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.waiting)
}

// delay is how long a connection from the networks waits before its
// handshake.
func (l *ConnLimiter) delay(networks []network) time.Duration {
	now := time.Now()
	return max(l.failures.delay(networks, now), l.logins.delay(networks, now))
}

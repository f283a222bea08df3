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

// ConnConfig is what a ConnLimiter is held to. A field that is zero has its default.
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

// ConnLimiter decides about every connection from the moment it is accepted: whether
// it may come in, how long it may take to log in and to begin its session, and
// whether its client is still there. Make one with NewConnLimiter, and let Keepalive run
// while it has connections.
//
// What keeps a connection's place is progress: one that does not get on with its
// login counts for the caps only until somebody else needs its place, however
// many bytes it sends. Those that do get on are rejected at random, with a
// probability that rises from nothing at half a cap to certainty at the cap, so
// that an honest client that tries again gets in beside a crowd of rude ones.
// The cap for all keeps nobody out who comes from a network with less of the
// waiting connections than another one has: that one makes room.
type ConnLimiter struct {
	config   ConnConfig
	failures *penalties
	logins   *penalties
	epoch    time.Time // what the times of connections count from

	mu      sync.Mutex
	waiting map[*Conn]struct{} // they have no session yet, or none any more
	crowd   netCounts          // of those
	playing map[*Conn]struct{} // they have
	count   ConnStats          // but for who is here

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

// LoginGraceTime is how long a handshake may take with its authentication.
func (l *ConnLimiter) LoginGraceTime() time.Duration { return l.config.LoginGraceTime }

func (l *ConnLimiter) now() time.Duration { return time.Since(l.epoch) }

// Admit admits a connection, or fails with ErrMaxStartups. It does not wait for any
// client. Release is to be called at the end of an admitted connection.
func (l *ConnLimiter) Admit(conn net.Conn) (*Conn, error) {
	c := &Conn{Conn: conn, limiter: l, networks: networksOf(Source(conn.RemoteAddr())), readAhead: newReadAhead(), closed: make(chan struct{})}
	c.sessions = rate.NewLimiter(rate.Every(sessionEvery), sessionBurst)
	_, c.proxied = conn.(*proxied)
	// Those who came at the same moment are not all asked at the same moment.
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

// admit returns the connection whose place the new one has taken, if it had to.
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

// remove takes a connection from those that wait, if it is one.
func (l *ConnLimiter) remove(c *Conn) bool {
	if _, ok := l.waiting[c]; !ok {
		return false
	}
	delete(l.waiting, c)
	l.crowd.remove(c.networks)
	return true
}

// share is how many wait that come from the widest of a connection's networks.
func (l *ConnLimiter) share(c *Conn) int { return l.crowd[c.networks[len(c.networks)-1].prefix] }

// survey is what there is to know of those who wait before one more comes in.
type survey struct {
	limit   int
	busy    int   // how many get on with their login
	largest int   // the largest share that a network has of them
	slowest *Conn // who has to make room; nil: there is room
}

// survey looks at those who wait and count for a limit. It looks at nobody
// unless they are more than half of the limit, and otherwise at each, which is
// nothing beside the handshake that follows: there are at most MaxStartups.
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

// crowded throws a die: never below half of the limit, always at the limit.
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

// before reports whether the candidate makes room before the other: who does
// not get on with the login, and of these who has the most company.
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

// authenticated starts the time in which the session must begin.
func (l *ConnLimiter) authenticated(c *Conn) {
	c.reach(loggedIn)
	c.readAhead.end()
	if !c.isLocal() {
		l.logins.add(c.networks, time.Now())
	}
}

// openChannel counts a channel for a session, unless the connection has as many as it may.
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

// startSession says that the session of a channel has begun: from now on its connection
// is only asked whether it is there.
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

// finishSession says that the session of a channel is over, and returns how many others of
// its connection are not.
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

// closeChannel says that the client has closed a channel. A connection without any waits
// for a session as if it had just logged in.
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

// forget forgets a connection, and remembers for its source when it has failed.
func (l *ConnLimiter) forget(c *Conn) {
	l.mu.Lock()
	l.remove(c)
	delete(l.playing, c)
	failed := phase(c.phase.Load()) < loggedIn && !c.evicted && c.spoken.Load()
	if failed {
		l.count.Failed++
	}
	l.mu.Unlock()
	// Who hangs up during a handshake has cost it. On loopback that may also be
	// the operator who looks whether the server is up.
	if failed && (c.authFailed.Load() || !c.isLocal()) {
		l.failures.add(c.networks, time.Now())
	}
}

// Waiting is how many connections have come in that have no session.
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

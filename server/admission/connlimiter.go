package admission

import (
	"cmp"
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

const (
	// phaseTimeout is how long a waiting connection may take for each phase of its login before it
	// can be evicted: for the version line and the first packet, for the key exchange, and for its
	// session. The user authentication has passphraseTimeout, because somebody may be typing a
	// passphrase. A connection that never sent anything, or whose sessions are over, can be evicted
	// at once.
	phaseTimeout, passphraseTimeout = 3 * time.Second, 10 * time.Second
	// These are FailureBurst, FailureInterval and MaxFailureDelay of ConnConfig for successful
	// logins. Loopback has no penalty for them.
	loginBurst                   = 50
	loginInterval, maxLoginDelay = 200 * time.Millisecond, 8 * time.Second
)

// ConnConfig has the limits of a ConnLimiter. A field that is zero has its default.
type ConnConfig struct {
	// MaxStartups (500) and PerSourceMaxStartups (50) cap the connections without a
	// session, in all and for one source: an IPv4 address or an IPv6 /64, loopback
	// included. An IPv6 /56 may have twice as many, and a /48 four times as many.
	MaxStartups, PerSourceMaxStartups int
	// LoginGraceTime (20 s) bounds the handshake and the authentication together.
	LoginGraceTime time.Duration
	// SessionTimeout (20 s) bounds the time from the login, or from the end of the last
	// session, until a session begins: until its channel has a request for a shell or a
	// command.
	SessionTimeout time.Duration
	// KeepaliveInterval (26 s) is how long a client may be quiet before it is pinged, and
	// KeepaliveTimeout (30 s) how long it may take to answer.
	KeepaliveInterval, KeepaliveTimeout time.Duration
	// SlowRTT (1 s) is the round-trip time from which on a link is slow. It is fine again
	// below half of that. RTTInterval (5 s) is the minimum time between measurements.
	SlowRTT, RTTInterval time.Duration
	// WriteTimeout (20 s) is how long a write may wait for a client that does not read
	// before its connection is closed.
	WriteTimeout time.Duration
	// CloseTimeout (5 s) is how long a client may take to close the channel of the last
	// session before its connection is closed.
	CloseTimeout time.Duration
	// FailureBurst (20) is how many failed logins of one source have no penalty, and
	// FailureInterval (2 s) after how long it has one more. Beyond that, each failed login
	// delays the next handshake further, by at most MaxFailureDelay (5 s). An IPv6 /56 has
	// twice as many, and a /48 four times as many.
	FailureBurst                     int
	FailureInterval, MaxFailureDelay time.Duration
	// RekeyBytes (16 MiB) is the traffic after which a client may rekey. RekeyBurst (3) is
	// how many times it may rekey sooner after the login, and RekeyInterval (20 s) after
	// how long it may do so once more.
	RekeyBytes    uint64
	RekeyBurst    int
	RekeyInterval time.Duration
}

func (c ConnConfig) withDefaults() ConnConfig {
	c.MaxStartups = cmp.Or(c.MaxStartups, 500)
	c.PerSourceMaxStartups = cmp.Or(c.PerSourceMaxStartups, 50)
	c.LoginGraceTime = cmp.Or(c.LoginGraceTime, 20*time.Second)
	c.SessionTimeout = cmp.Or(c.SessionTimeout, 20*time.Second)
	c.KeepaliveInterval = cmp.Or(c.KeepaliveInterval, 26*time.Second)
	c.KeepaliveTimeout = cmp.Or(c.KeepaliveTimeout, 30*time.Second)
	c.SlowRTT = cmp.Or(c.SlowRTT, time.Second)
	c.RTTInterval = cmp.Or(c.RTTInterval, 5*time.Second)
	c.WriteTimeout = cmp.Or(c.WriteTimeout, 20*time.Second)
	c.CloseTimeout = cmp.Or(c.CloseTimeout, 5*time.Second)
	c.FailureBurst = cmp.Or(c.FailureBurst, 20)
	c.FailureInterval = cmp.Or(c.FailureInterval, 2*time.Second)
	c.MaxFailureDelay = cmp.Or(c.MaxFailureDelay, 5*time.Second)
	c.RekeyBytes = cmp.Or(c.RekeyBytes, 16<<20)
	c.RekeyBurst = cmp.Or(c.RekeyBurst, 3)
	c.RekeyInterval = cmp.Or(c.RekeyInterval, 20*time.Second)
	return c
}

// ConnLimiter admits connections, closes those that take too long to log in or to begin a
// session, and pings their clients. Run Keepalive while there are connections.
//
// A connection waits until it has a session. At a cap, a new connection evicts a waiting one
// whose login makes no progress, however many bytes it sends. If all make progress, new ones
// are rejected at random, with a probability that rises from 0 at half of the cap to 1 at the
// cap, as with OpenSSH's MaxStartups: an honest client that tries again gets in during a
// flood. At MaxStartups, the network with the most waiting connections loses one first.
type ConnLimiter struct {
	config   ConnConfig
	failures *penalties
	logins   *penalties
	epoch    time.Time // the connections' times are relative to it

	mu        sync.Mutex
	waiting   map[*Conn]struct{} // connections without a session
	byNetwork netCounts          // how many are waiting
	playing   map[*Conn]struct{} // connections with a session
	stats     ConnStats          // without Waiting and Playing

	pings sync.WaitGroup
}

// NewConnLimiter returns a limiter without connections.
func NewConnLimiter(c ConnConfig) *ConnLimiter {
	c = c.withDefaults()
	return &ConnLimiter{
		config:    c,
		failures:  newPenalties(c.FailureBurst, c.FailureInterval, c.MaxFailureDelay),
		logins:    newPenalties(loginBurst, loginInterval, maxLoginDelay),
		epoch:     time.Now(),
		waiting:   make(map[*Conn]struct{}),
		byNetwork: make(netCounts),
		playing:   make(map[*Conn]struct{}),
	}
}

// LoginGraceTime returns the bound for the handshake and the authentication together.
func (l *ConnLimiter) LoginGraceTime() time.Duration { return l.config.LoginGraceTime }

func (l *ConnLimiter) now() time.Duration { return time.Since(l.epoch) }

// Admit admits a connection, or fails with ErrMaxStartups. It does not wait for clients. The
// caller must Release an admitted connection.
func (l *ConnLimiter) Admit(conn net.Conn) (*Conn, error) {
	c := &Conn{Conn: conn, limiter: l, networks: networksOf(Source(conn.RemoteAddr())), readAhead: newReadAhead(), closed: make(chan struct{})}
	c.sessions = rate.NewLimiter(rate.Every(sessionEvery), sessionBurst)
	_, c.proxied = conn.(*proxied)
	// Clients that connect at the same moment are not all pinged at the same moment.
	c.pingIdle = l.config.KeepaliveInterval - rand.N(l.config.KeepaliveInterval/4+1)
	c.lastRead.Store(int64(l.now()))
	c.since.Store(c.lastRead.Load())
	c.rtt.slowTrip, c.rtt.every, c.rtt.notify = l.config.SlowRTT, l.config.RTTInterval, c.wake
	victim, err := l.admit(c)
	if victim != nil {
		_ = victim.Close()
	}
	return c, err
}

// admit adds a waiting connection, and returns the one that it evicts, if any.
func (l *ConnLimiter) admit(c *Conn) (victim *Conn, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, n := range c.networks {
		o := l.occupancy(l.byNetwork[n.prefix], l.config.PerSourceMaxStartups*n.factor, func(other *Conn) bool {
			return i < len(other.networks) && other.networks[i] == n
		})
		if o.rejectsNext() {
			l.stats.Refused++
			return nil, ErrMaxStartups
		}
		if victim == nil {
			victim = o.victim
		}
	}
	all := l.occupancy(len(l.waiting), l.config.MaxStartups, func(*Conn) bool { return true })
	if all.rejectsNext() && l.neighbors(c)+1 >= all.largest {
		l.stats.Refused++
		return nil, ErrMaxStartups
	}
	if victim == nil {
		victim = all.victim
	}
	if victim != nil {
		victim.evicted = true
		l.stats.Evicted++
		l.removeWaiting(victim)
	}
	l.waiting[c] = struct{}{}
	l.byNetwork.add(c.networks)
	l.stats.Accepted++
	return victim, nil
}

// removeWaiting removes a waiting connection, and reports whether it was waiting.
func (l *ConnLimiter) removeWaiting(c *Conn) bool {
	if _, ok := l.waiting[c]; !ok {
		return false
	}
	delete(l.waiting, c)
	l.byNetwork.remove(c.networks)
	return true
}

// neighbors returns how many connections from the widest network of c are waiting.
func (l *ConnLimiter) neighbors(c *Conn) int {
	return l.byNetwork[c.networks[len(c.networks)-1].prefix]
}

// occupancy describes the waiting connections that count towards a limit.
type occupancy struct {
	limit       int
	progressing int   // how many make progress
	largest     int   // the most connections of one network
	victim      *Conn // the connection to evict; nil if there is room
}

// occupancy inspects the waiting connections that count towards a limit, if they are more
// than half of it. That costs little beside a handshake, since at most MaxStartups wait.
func (l *ConnLimiter) occupancy(size, limit int, counts func(*Conn) bool) occupancy {
	o := occupancy{limit: limit}
	if size <= limit/2 {
		return o
	}
	now := l.now()
	var first candidate
	for c := range l.waiting {
		if !counts(c) {
			continue
		}
		next := candidate{c, c.isProgressing(now), l.neighbors(c)}
		if next.progressing {
			o.progressing++
		}
		o.largest = max(o.largest, next.neighbors)
		if first.conn == nil || next.before(first) {
			first = next
		}
	}
	if size >= limit {
		o.victim = first.conn
	}
	return o
}

// rejectsNext reports at random whether to reject a connection: never below half of the
// limit, always at the limit.
func (o occupancy) rejectsNext() bool {
	free := o.limit / 2
	return rand.Float64()*float64(o.limit-free) < float64(o.progressing-free)
}

// candidate is a connection that may be evicted.
type candidate struct {
	conn        *Conn
	progressing bool
	neighbors   int
}

// before reports whether a is evicted before b. Connections without progress come first, then
// those from the network with the most waiting connections.
func (a candidate) before(b candidate) bool {
	switch {
	case a.progressing != b.progressing:
		return b.progressing
	case a.neighbors != b.neighbors:
		return a.neighbors > b.neighbors
	default:
		return a.conn.slowerThan(b.conn)
	}
}

// authenticated records a successful login.
func (l *ConnLimiter) authenticated(c *Conn) {
	c.advance(loggedIn)
	c.readAhead.finish()
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

// startSession records that a channel's session has begun. The connection stops waiting.
func (l *ConnLimiter) startSession(c *Channel) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if c.begun {
		return
	}
	c.begun = true
	c.conn.live++
	if l.removeWaiting(c.conn) { // it may have been closed
		l.playing[c.conn] = struct{}{}
	}
}

// finishSession records that a channel's session is over, and returns how many other sessions
// the connection has.
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

// closeChannel records that the client has closed a channel. After the last one, the
// connection waits for a session again, as after the login.
func (l *ConnLimiter) closeChannel(c *Channel) {
	l.finishSession(c)
	l.mu.Lock()
	defer l.mu.Unlock()
	conn := c.conn
	conn.channels = slices.DeleteFunc(conn.channels, func(other *Channel) bool { return other == c })
	if _, plays := l.playing[conn]; plays && len(conn.channels) == 0 {
		delete(l.playing, conn)
		conn.hadSession, conn.pingedAt = true, 0
		l.waiting[conn] = struct{}{}
		l.byNetwork.add(conn.networks)
	}
}

// removeConn removes a connection. A failed login adds to the penalty of its networks.
func (l *ConnLimiter) removeConn(c *Conn) {
	l.mu.Lock()
	l.removeWaiting(c)
	delete(l.playing, c)
	failed := phase(c.phase.Load()) < loggedIn && !c.evicted && c.hasSent.Load()
	if failed {
		l.stats.Failed++
	}
	l.mu.Unlock()
	// A client that hangs up during the handshake has made the server compute one. On
	// loopback it may be the operator's health check.
	if failed && (c.authFailed.Load() || !c.isLocal()) {
		l.failures.add(c.networks, time.Now())
	}
}

// delay returns how long a connection from the networks waits before its handshake.
func (l *ConnLimiter) delay(networks []network) time.Duration {
	now := time.Now()
	return max(l.failures.delay(networks, now), l.logins.delay(networks, now))
}

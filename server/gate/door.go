package gate

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

// ErrCrowded is the reason for refusing a connection.
var ErrCrowded = errors.New("too many connections are waiting to log in")

// DoorConfig is what a Door is held to. A field that is zero has its default.
type DoorConfig struct {
	// MaxWaiting (500) and MaxWaitingPerOrigin (50) cap the connections that have
	// no session, in all and for one origin: an IPv4 address or an
	// IPv6 network of 64 bits, loopback included. IPv6 networks of 56 and 48
	// bits may have two and four times as many as an origin.
	MaxWaiting, MaxWaitingPerOrigin int
	// Lull (3 s) is how long a waiting connection may take for each step of its
	// login before it may have to make room for a new one: for its greeting and
	// the first packet together, then for its new keys, and at last for its
	// session. After the keys it has Typing (10 s): there may be somebody who
	// types a passphrase. One that has never sent anything may have to at once, and
	// so may one whose sessions are over.
	Lull, Typing time.Duration
	// HandshakeTimeout (20 s) is from the start of the handshake to the end
	// of authentication.
	HandshakeTimeout time.Duration
	// SessionTimeout (20 s) is from there, and from the end of the last session
	// on, to the begin of a session: its channel, and the request for a shell or
	// a command on it.
	SessionTimeout time.Duration
	// KeepaliveEvery (26 s) is how long a client may be quiet before it is
	// asked whether it is there; AnswerTimeout (30 s), how long it may take to
	// answer.
	KeepaliveEvery, AnswerTimeout time.Duration
	// SlowTrip (1 s) is how long it takes at least to a client and back on a
	// link that is slow; when it takes less than half of that, it is fine
	// again. MeasureEvery (5 s) is the least time between two measurements.
	SlowTrip, MeasureEvery time.Duration
	// StuckAfter (20 s) is how long a write may wait for a client that does
	// not read before its connection is closed.
	StuckAfter time.Duration
	// CloseGrace (5 s) is how long a client has to close the channel after the
	// last session is over before its connection is closed.
	CloseGrace time.Duration
	// FailureBurst (20) is how many failed logins one origin has for free;
	// FailureEvery (2 s) brings one back. The more are owed, the longer the
	// next connection waits for its handshake, at most MaxDelay (5 s). IPv6
	// networks of 56 and 48 bits have two and four times as many.
	FailureBurst           int
	FailureEvery, MaxDelay time.Duration
	// LoginBurst (50), LoginEvery (200 ms) and MaxLoginDelay (8 s) are the same
	// for logins that succeed. Loopback is not slowed for these.
	LoginBurst                int
	LoginEvery, MaxLoginDelay time.Duration
	// KeyVolume (16 MiB) is after how much traffic a client may have new keys.
	// KeyBurst (3) is how many times it may have them besides, once it has
	// logged in; KeyEvery (20 s) brings one back.
	KeyVolume uint64
	KeyBurst  int
	KeyEvery  time.Duration
}

func (c DoorConfig) withDefaults() DoorConfig {
	orDefault(&c.MaxWaiting, 500)
	orDefault(&c.MaxWaitingPerOrigin, 50)
	orDefault(&c.Lull, 3*time.Second)
	orDefault(&c.Typing, 10*time.Second)
	orDefault(&c.HandshakeTimeout, 20*time.Second)
	orDefault(&c.SessionTimeout, 20*time.Second)
	orDefault(&c.KeepaliveEvery, 26*time.Second)
	orDefault(&c.AnswerTimeout, 30*time.Second)
	orDefault(&c.SlowTrip, time.Second)
	orDefault(&c.MeasureEvery, 5*time.Second)
	orDefault(&c.StuckAfter, 20*time.Second)
	orDefault(&c.CloseGrace, 5*time.Second)
	orDefault(&c.FailureBurst, 20)
	orDefault(&c.FailureEvery, 2*time.Second)
	orDefault(&c.MaxDelay, 5*time.Second)
	orDefault(&c.LoginBurst, 50)
	orDefault(&c.LoginEvery, 200*time.Millisecond)
	orDefault(&c.MaxLoginDelay, 8*time.Second)
	orDefault(&c.KeyVolume, 16<<20)
	orDefault(&c.KeyBurst, 3)
	orDefault(&c.KeyEvery, 20*time.Second)
	return c
}

func orDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// Door decides about every connection from the moment it is accepted: whether
// it may come in, how long it may take to log in and to begin its session, and
// whether its client is still there. Make one with NewDoor, and let Watch run
// while it has connections.
//
// What keeps a connection's place is progress: one that does not get on with its
// login counts for the caps only until somebody else needs its place, however
// many bytes it sends. Those that do get on are refused at random, with a
// probability that rises from nothing at half a cap to certainty at the cap, so
// that an honest client that tries again gets in beside a crowd of rude ones.
// The cap for all keeps nobody out who comes from a network with less of the
// waiting connections than another one has: that one makes room.
type Door struct {
	config   DoorConfig
	failures *debts
	logins   *debts
	epoch    time.Time // what the times of connections count from

	mu      sync.Mutex
	waiting map[*Conn]struct{} // they have no session yet, or none any more
	crowd   population         // of those
	playing map[*Conn]struct{} // they have
	count   DoorStats          // but for who is here

	pings sync.WaitGroup
}

// NewDoor makes a door with nobody in it.
func NewDoor(c DoorConfig) *Door {
	c = c.withDefaults()
	return &Door{
		config:   c,
		failures: newDebts(c.FailureBurst, c.FailureEvery, c.MaxDelay),
		logins:   newDebts(c.LoginBurst, c.LoginEvery, c.MaxLoginDelay),
		epoch:    time.Now(),
		waiting:  make(map[*Conn]struct{}),
		crowd:    make(population),
		playing:  make(map[*Conn]struct{}),
	}
}

// HandshakeTimeout is how long a handshake may take with its authentication.
func (d *Door) HandshakeTimeout() time.Duration { return d.config.HandshakeTimeout }

func (d *Door) now() time.Duration { return time.Since(d.epoch) }

// Enter lets a connection in, or fails with ErrCrowded. It does not wait for
// any client. Who was let in must Leave.
func (d *Door) Enter(conn net.Conn) (*Conn, error) {
	c := &Conn{Conn: conn, door: d, networks: networksOf(Origin(conn.RemoteAddr())), pace: newPace(), closed: make(chan struct{})}
	c.sessions = rate.NewLimiter(rate.Every(sessionEvery), sessionBurst)
	_, c.proxied = conn.(*proxied)
	// Those who came at the same moment are not all asked at the same moment.
	c.patience = d.config.KeepaliveEvery - rand.N(d.config.KeepaliveEvery/4+1)
	c.heard.Store(int64(d.now()))
	c.since.Store(c.heard.Load())
	c.link.slowTrip, c.link.every, c.link.notify = d.config.SlowTrip, d.config.MeasureEvery, c.wake
	slowest, err := d.enter(c)
	if slowest != nil {
		_ = slowest.Close()
	}
	return c, err
}

// enter returns the connection whose place the new one has taken, if it had to.
func (d *Door) enter(c *Conn) (slowest *Conn, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i, n := range c.networks {
		s := d.survey(d.crowd[n.prefix], d.config.MaxWaitingPerOrigin*n.times, func(other *Conn) bool {
			return i < len(other.networks) && other.networks[i] == n
		})
		if s.crowded() {
			d.count.Refused++
			return nil, ErrCrowded
		}
		if slowest == nil {
			slowest = s.slowest
		}
	}
	all := d.survey(len(d.waiting), d.config.MaxWaiting, func(*Conn) bool { return true })
	if all.crowded() && d.share(c)+1 >= all.largest {
		d.count.Refused++
		return nil, ErrCrowded
	}
	if slowest == nil {
		slowest = all.slowest
	}
	if slowest != nil {
		slowest.evicted = true
		d.count.Evicted++
		d.remove(slowest)
	}
	d.waiting[c] = struct{}{}
	d.crowd.add(c.networks)
	d.count.Accepted++
	return slowest, nil
}

// remove takes a connection from those that wait, if it is one.
func (d *Door) remove(c *Conn) bool {
	if _, ok := d.waiting[c]; !ok {
		return false
	}
	delete(d.waiting, c)
	d.crowd.remove(c.networks)
	return true
}

// share is how many wait that come from the widest of a connection's networks.
func (d *Door) share(c *Conn) int { return d.crowd[c.networks[len(c.networks)-1].prefix] }

// survey is what there is to know of those who wait before one more comes in.
type survey struct {
	limit   int
	busy    int   // how many get on with their login
	largest int   // the largest share that a network has of them
	slowest *Conn // who has to make room; nil: there is room
}

// survey looks at those who wait and count for a limit. It looks at nobody
// unless they are more than half of the limit, and otherwise at each, which is
// nothing beside the handshake that follows: there are at most MaxWaiting.
func (d *Door) survey(size, limit int, counts func(*Conn) bool) survey {
	s := survey{limit: limit}
	if size <= limit/2 {
		return s
	}
	now := d.now()
	var first candidate
	for c := range d.waiting {
		if !counts(c) {
			continue
		}
		one := candidate{c, c.isBusy(now), d.share(c)}
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
func (d *Door) authenticated(c *Conn) {
	c.reach(loggedIn)
	c.pace.end()
	if !c.isLocal() {
		d.logins.add(c.networks, time.Now())
	}
}

// open counts a channel for a session, unless the connection has as many as it may.
func (d *Door) open(conn *Conn, c *Channel, client gossh.Conn) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(conn.channels) >= MaxSessions {
		return false
	}
	if conn.client == nil {
		conn.client = client
	}
	c.conn, c.openedAt = conn, d.now()
	conn.channels = append(conn.channels, c)
	return true
}

// begin says that the session of a channel has begun: from now on its connection
// is only asked whether it is there.
func (d *Door) begin(c *Channel) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if c.begun {
		return
	}
	c.begun = true
	c.conn.live++
	if d.remove(c.conn) { // it may have gone
		d.playing[c.conn] = struct{}{}
	}
}

// finish says that the session of a channel is over, and returns how many others of
// its connection are not.
func (d *Door) finish(c *Channel) (others int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if c.begun && !c.over {
		c.over = true
		c.conn.live--
		c.conn.since.Store(int64(d.now()))
	}
	return c.conn.live
}

// shut says that the client has closed a channel. A connection without any waits
// for a session as if it had just logged in.
func (d *Door) shut(c *Channel) {
	d.finish(c)
	d.mu.Lock()
	defer d.mu.Unlock()
	conn := c.conn
	conn.channels = slices.DeleteFunc(conn.channels, func(other *Channel) bool { return other == c })
	if _, plays := d.playing[conn]; plays && len(conn.channels) == 0 {
		delete(d.playing, conn)
		conn.served, conn.askedAt = true, 0
		d.waiting[conn] = struct{}{}
		d.crowd.add(conn.networks)
	}
}

// leave forgets a connection, and remembers for its origin when it has failed.
func (d *Door) leave(c *Conn) {
	d.mu.Lock()
	d.remove(c)
	delete(d.playing, c)
	failed := step(c.step.Load()) < loggedIn && !c.evicted && c.spoken.Load()
	if failed {
		d.count.Failed++
	}
	d.mu.Unlock()
	// Who hangs up during a handshake has cost it. On loopback that may also be
	// the operator who looks whether the server is up.
	if failed && (c.refused.Load() || !c.isLocal()) {
		d.failures.add(c.networks, time.Now())
	}
}

// Waiting is how many connections have come in that have no session.
func (d *Door) Waiting() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.waiting)
}

// delay is how long a connection from the networks is held before its
// handshake.
func (d *Door) delay(networks []network) time.Duration {
	now := time.Now()
	return max(d.failures.delay(networks, now), d.logins.delay(networks, now))
}

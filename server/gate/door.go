package gate

import (
	"errors"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"time"

	gossh "golang.org/x/crypto/ssh"
)

// ErrCrowded is the reason for refusing a connection.
var ErrCrowded = errors.New("too many connections are waiting to log in")

// DoorConfig is what a Door is held to. A field that is zero has its default.
type DoorConfig struct {
	// MaxWaiting (500) and MaxWaitingPerOrigin (50) cap the connections whose
	// session has not begun, in all and for one origin: an IPv4 address or an
	// IPv6 network of 64 bits, loopback included.
	MaxWaiting, MaxWaitingPerOrigin int
	// Lull (3 s) is how long a waiting connection may send nothing before it
	// may have to make room for a new one: there may be somebody who types a
	// passphrase. One that has never sent anything may have to at once.
	Lull time.Duration
	// HandshakeTimeout (20 s) is from the start of the handshake to the end
	// of authentication.
	HandshakeTimeout time.Duration
	// SessionTimeout (20 s) is from there to the begin of a session: its
	// channel, and the request for a shell or a command on it.
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
	// session is over before its connection is closed.
	CloseGrace time.Duration
	// FailureBurst (20) is how many failed logins one origin has for free;
	// FailureEvery (2 s) brings one back. The more are owed, the longer the
	// next connection waits for its handshake, at most MaxDelay (5 s).
	FailureBurst           int
	FailureEvery, MaxDelay time.Duration
}

func (c DoorConfig) withDefaults() DoorConfig {
	orDefault(&c.MaxWaiting, 500)
	orDefault(&c.MaxWaitingPerOrigin, 50)
	orDefault(&c.Lull, 3*time.Second)
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
// A connection that sends nothing never keeps another one out: it counts for
// the caps only until somebody else needs its place. Those that do send
// something are refused at random, with a probability that rises from nothing
// at half a cap to certainty at the cap, so that an honest client that tries
// again gets in beside a crowd of rude ones.
type Door struct {
	config   DoorConfig
	failures *failures
	epoch    time.Time // what the times of connections count from

	mu      sync.Mutex
	waiting map[*Conn]struct{} // their session has not begun
	playing map[*Conn]struct{} // their session has
	count   DoorStats          // but for who is here

	pings sync.WaitGroup
}

// NewDoor makes a door with nobody in it.
func NewDoor(c DoorConfig) *Door {
	c = c.withDefaults()
	return &Door{
		config:   c,
		failures: newFailures(c),
		epoch:    time.Now(),
		waiting:  make(map[*Conn]struct{}),
		playing:  make(map[*Conn]struct{}),
	}
}

// HandshakeTimeout is how long a handshake may take with its authentication.
func (d *Door) HandshakeTimeout() time.Duration { return d.config.HandshakeTimeout }

func (d *Door) now() time.Duration { return time.Since(d.epoch) }

// Enter lets a connection in, or fails with ErrCrowded. It does not wait for
// any client. Who was let in must Leave.
func (d *Door) Enter(conn net.Conn) (*Conn, error) {
	c := &Conn{Conn: conn, door: d, origin: Origin(conn.RemoteAddr()), pace: newPace(), closed: make(chan struct{})}
	_, c.proxied = conn.(*proxied)
	// Those who came at the same moment are not all asked at the same moment.
	c.patience = d.config.KeepaliveEvery - rand.N(d.config.KeepaliveEvery/4+1) //nolint:gosec // no secret
	c.heard.Store(int64(d.now()))
	c.link.slowTrip, c.link.every = d.config.SlowTrip, d.config.MeasureEvery
	quiet, err := d.enter(c)
	if quiet != nil {
		_ = quiet.Close()
	}
	return c, err
}

// enter returns the connection whose place the new one has taken, if it had to.
func (d *Door) enter(c *Conn) (quiet *Conn, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	all := d.census(func(*Conn) bool { return true })
	own := d.census(func(other *Conn) bool { return other.origin == c.origin })
	if crowded(own.busy, d.config.MaxWaitingPerOrigin) || crowded(all.busy, d.config.MaxWaiting) {
		d.count.Refused++
		return nil, ErrCrowded
	}
	switch {
	case own.size >= d.config.MaxWaitingPerOrigin:
		quiet = own.quietest
	case all.size >= d.config.MaxWaiting:
		quiet = all.quietest
	}
	if quiet != nil {
		quiet.evicted = true
		d.count.Evicted++
		delete(d.waiting, quiet)
	}
	d.waiting[c] = struct{}{}
	d.count.Accepted++
	return quiet, nil
}

// census is who waits: how many, how many of them are busy logging in, and who
// has been quiet for longest.
type census struct {
	size, busy int
	quietest   *Conn // nil: all are busy
}

// census counts those who wait. It looks at each, which is nothing beside the
// handshake that follows: there are at most MaxWaiting.
func (d *Door) census(counts func(*Conn) bool) census {
	var s census
	now := d.now()
	for c := range d.waiting {
		if !counts(c) {
			continue
		}
		s.size++
		switch {
		case c.spoken.Load() && now-c.lastHeard() < d.config.Lull:
			s.busy++
		case s.quietest == nil || c.quieterThan(s.quietest):
			s.quietest = c
		}
	}
	return s
}

// crowded throws a die: never below half of the limit, always at the limit.
func crowded(busy, limit int) bool {
	free := limit / 2
	return rand.Float64()*float64(limit-free) < float64(busy-free) //nolint:gosec // no secret
}

// authenticated starts the time in which the session must begin.
func (d *Door) authenticated(c *Conn) {
	c.pace.end()
	d.mu.Lock()
	defer d.mu.Unlock()
	c.loggedIn, c.loggedInAt = true, d.now()
}

// begin says that the session of a connection has begun: from now on it is
// only asked whether it is there.
func (d *Door) begin(c *Conn, client gossh.Conn) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, ok := d.waiting[c]; !ok {
		return // it has begun before, or has gone
	}
	delete(d.waiting, c)
	c.client = client
	d.playing[c] = struct{}{}
}

// leave forgets a connection, and remembers for its origin when it has failed.
func (d *Door) leave(c *Conn) {
	d.mu.Lock()
	delete(d.waiting, c)
	delete(d.playing, c)
	failed := !c.loggedIn && !c.evicted && c.spoken.Load()
	if failed {
		d.count.Failed++
	}
	d.mu.Unlock()
	// Who hangs up during a handshake has cost it. On loopback that may be a
	// proxy in front of everybody that does not say who comes, or the operator
	// who looks whether the server is up.
	if failed && (c.refused.Load() || c.proxied || !c.origin.Addr().IsLoopback()) {
		d.failures.add(c.origin, time.Now())
	}
}

// Waiting is how many connections have come in whose session has not begun.
func (d *Door) Waiting() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.waiting)
}

// delay is how long a connection from the origin is held before its handshake.
func (d *Door) delay(origin netip.Prefix) time.Duration {
	return d.failures.delay(origin, time.Now())
}

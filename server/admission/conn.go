package admission

import (
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"charm.land/ssh"
	gossh "golang.org/x/crypto/ssh"
	"golang.org/x/time/rate"
)

// Conn is a connection that a ConnLimiter has admitted.
type Conn struct {
	net.Conn
	limiter  *ConnLimiter
	networks []network     // of its source, the narrowest first
	proxied  bool          // a proxy told the client's address
	patience time.Duration // how long the client may be quiet before a ping

	heard      atomic.Int64 // when something was read last, since the limiter's epoch; at first, when it was admitted
	spoken     atomic.Bool  // something was read
	authFailed atomic.Bool  // an authentication has failed
	pinging    atomic.Bool  // a ping is under way
	held       atomic.Bool  // it waits in AwaitPenalty

	phase    atomic.Int32 // how far the login has come
	since    atomic.Int64 // since when, from the limiter's epoch
	progress progress     // the reader's

	traffic atomic.Uint64 // bytes that were read and written
	rekeys  rekeys        // the SSH library's, for one exchange after the other

	rtt       RTT
	sessions  *rate.Limiter // how many may begin
	readAhead readAhead     // until the client has logged in
	pongs     pongs         // after the login
	coalescer coalescer     // after the login
	ctx       ssh.Context   // of the connection itself; nil before there is one

	closing sync.Once
	closed  chan struct{}

	// Guarded by the limiter's mutex.
	evicted  bool          // to make room
	client   gossh.Conn    // once there is a channel
	channels []*Channel    // of sessions; those that the client has not closed
	live     int           // how many of them have a session that has begun and is not over
	served   bool          // its sessions are over, or were
	askedAt  time.Duration // since when an answer is due; 0: none is
}

// Read implements net.Conn.
func (c *Conn) Read(p []byte) (int, error) {
	if c.readAhead.over.Load() {
		for {
			c.beforeRead()
			if n, err := c.read(p); !c.afterRead(n, err) {
				return n, err
			}
		}
	}
	most, err := c.readAhead.room(len(p), c.closed)
	if err != nil {
		return 0, err
	}
	n, err := c.read(p[:most])
	c.readAhead.read(n)
	return n, err
}

func (c *Conn) read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 {
		c.heard.Store(int64(c.limiter.now()))
		c.traffic.Add(uint64(n))
		if !c.spoken.Load() {
			c.spoken.Store(true)
		}
		if c.progress.phase < keyed {
			c.progress.read(p[:n])
			c.reach(c.progress.phase)
		}
	}
	return n, err
}

// Write implements net.Conn.
func (c *Conn) Write(p []byte) (int, error) {
	c.traffic.Add(uint64(len(p)))
	if c.readAhead.over.Load() {
		return c.pongs.write(c.Conn, p)
	}
	return c.readAhead.write(c.Conn, p)
}

// reach notes that the login has reached a phase.
func (c *Conn) reach(s phase) {
	if phase(c.phase.Load()) < s {
		c.since.Store(int64(c.limiter.now()))
		c.phase.Store(int32(s))
	}
}

// isBusy reports whether the client logs in fast enough to keep its place.
func (c *Conn) isBusy(now time.Duration) bool {
	if c.held.Load() {
		return true
	}
	patience := c.limiter.config.PhaseTimeout
	if phase(c.phase.Load()) == keyed {
		patience = c.limiter.config.PassphraseTimeout
	}
	return !c.served && c.spoken.Load() && now-time.Duration(c.since.Load()) < patience
}

// Close implements net.Conn.
func (c *Conn) Close() error {
	c.closing.Do(func() { close(c.closed) })
	return c.Conn.Close()
}

// AwaitPenalty waits before the handshake for the penalties of the connection's networks,
// or until the connection is closed.
func (c *Conn) AwaitPenalty() {
	delay := c.limiter.delay(c.networks)
	if delay <= 0 {
		return
	}
	c.held.Store(true)
	defer func() {
		c.since.Store(int64(c.limiter.now()))
		c.held.Store(false)
	}()
	t := time.NewTimer(delay)
	defer t.Stop()
	select {
	case <-t.C:
	case <-c.closed:
	}
}

// Release closes the connection and gives up its place. Nobody may use it any more.
func (c *Conn) Release() {
	_ = c.Close()
	c.pongs.close()
	if c.ctx != nil {
		drain(c.ctx)
	}
	c.limiter.forget(c)
}

// wake wakes the connection's sessions.
func (c *Conn) wake() {
	c.limiter.mu.Lock()
	channels := slices.Clone(c.channels)
	c.limiter.mu.Unlock()
	for _, channel := range channels {
		channel.wake()
	}
}

// lingers reports whether the client takes too long to begin a session on a channel, or
// to close the channel of the last session. The limiter's mutex is held.
func (c *Conn) lingers(now time.Duration) bool {
	if len(c.channels) == c.live {
		return false
	}
	config := &c.limiter.config
	return slices.ContainsFunc(c.channels, func(channel *Channel) bool {
		return !channel.begun && now-channel.openedAt >= config.SessionTimeout ||
			channel.over && c.live == 0 && now-time.Duration(c.since.Load()) >= config.CloseTimeout
	})
}

func (c *Conn) lastHeard() time.Duration { return time.Duration(c.heard.Load()) }

// slowerThan compares two logins: slower is one that has never sent anything, then one in
// an earlier phase, then one that has been in its phase for longer.
func (c *Conn) slowerThan(other *Conn) bool {
	if spoken := c.spoken.Load(); spoken != other.spoken.Load() {
		return !spoken
	}
	if own, others := c.phase.Load(), other.phase.Load(); own != others {
		return own < others
	}
	return c.since.Load() < other.since.Load()
}

// isLocal reports whether the client is a user of this machine, or a proxy that doesn't
// tell its clients' addresses.
func (c *Conn) isLocal() bool { return !c.proxied && c.networks[0].prefix.Addr().IsLoopback() }

type connKey struct{}

// Attach is the server's ConnCallback. It puts the connection into its context.
func Attach(ctx ssh.Context, conn net.Conn) net.Conn {
	if c, ok := conn.(*Conn); ok {
		ctx.SetValue(connKey{}, c)
		c.ctx = ctx
	}
	return conn
}

// connOf is nil for a connection that no limiter has admitted.
func connOf(ctx ssh.Context) *Conn {
	c, _ := ctx.Value(connKey{}).(*Conn)
	return c
}

// Close closes the context's connection.
func Close(ctx ssh.Context) {
	if c := connOf(ctx); c != nil {
		_ = c.Close()
	}
}

// IsProxied reports whether a proxy told the client's address.
func IsProxied(ctx ssh.Context) bool {
	c := connOf(ctx)
	return c != nil && c.proxied
}

// TrackAuthentication makes a server's configuration for one connection report the
// authentication to the connection's limiter.
func TrackAuthentication(ctx ssh.Context, config *gossh.ServerConfig) {
	c := connOf(ctx)
	if c == nil {
		return
	}
	config.AuthLogCallback = func(_ gossh.ConnMetadata, method string, err error) {
		switch {
		case err == nil:
			c.limiter.authenticated(c)
		case method != "none": // which asks what there is
			c.authFailed.Store(true)
		}
	}
}

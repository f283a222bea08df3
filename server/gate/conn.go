package gate

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

// Conn is a connection that a Door has let in.
type Conn struct {
	net.Conn
	door     *Door
	networks []network     // that it comes from, the narrowest first
	proxied  bool          // it came through a proxy that says who the client is
	patience time.Duration // how long the client may be quiet before it is asked

	heard   atomic.Int64 // when something was last read, since the door's epoch; at first, when it came
	spoken  atomic.Bool  // something was read
	refused atomic.Bool  // an authentication has failed
	pinging atomic.Bool  // a ping is under way
	held    atomic.Bool  // it waits before the handshake, because the door has it wait

	step     atomic.Int32 // how far the client has come
	since    atomic.Int64 // when it came so far, since the door's epoch
	progress progress     // the reader's

	traffic   atomic.Uint64 // bytes that were read and written
	exchanges exchanges     // the SSH library's, for one exchange after the other

	link     Link
	sessions *rate.Limiter // how many may begin
	pace     pace          // until the client has logged in
	answers  answers       // since then
	pairs    pairs         // likewise
	ctx      ssh.Context   // of the connection itself; nil before there is one

	closing sync.Once
	closed  chan struct{}

	// Guarded by the door's mutex.
	evicted  bool          // to make room
	client   gossh.Conn    // once there is a channel
	channels []*Channel    // of sessions; those that the client has not closed
	live     int           // how many of them have a session that has begun and is not over
	served   bool          // its sessions are over, or were
	askedAt  time.Duration // since when an answer is due; 0: none is
}

// Read implements net.Conn.
func (c *Conn) Read(p []byte) (int, error) {
	if c.pace.over.Load() {
		for {
			c.beforeRead()
			if n, err := c.read(p); !c.afterRead(n, err) {
				return n, err
			}
		}
	}
	most, err := c.pace.room(len(p), c.closed)
	if err != nil {
		return 0, err
	}
	n, err := c.read(p[:most])
	c.pace.read(n)
	return n, err
}

func (c *Conn) read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 {
		c.heard.Store(int64(c.door.now()))
		c.traffic.Add(uint64(n))
		if !c.spoken.Load() {
			c.spoken.Store(true)
		}
		if c.progress.step < keyed {
			c.progress.read(p[:n])
			c.reach(c.progress.step)
		}
	}
	return n, err
}

// Write implements net.Conn.
func (c *Conn) Write(p []byte) (int, error) {
	c.traffic.Add(uint64(len(p)))
	if c.pace.over.Load() {
		return c.answers.write(c.Conn, p)
	}
	return c.pace.write(c.Conn, p)
}

// reach notes that the client has come so far.
func (c *Conn) reach(s step) {
	if step(c.step.Load()) < s {
		c.since.Store(int64(c.door.now()))
		c.step.Store(int32(s))
	}
}

// isBusy reports whether the client logs in as fast as one may expect, so that
// its connection keeps its place.
func (c *Conn) isBusy(now time.Duration) bool {
	if c.held.Load() {
		return true
	}
	patience := c.door.config.Lull
	if step(c.step.Load()) == keyed {
		patience = c.door.config.Typing
	}
	return !c.served && c.spoken.Load() && now-time.Duration(c.since.Load()) < patience
}

// Close implements net.Conn.
func (c *Conn) Close() error {
	c.closing.Do(func() { close(c.closed) })
	return c.Conn.Close()
}

// Hold waits before the handshake for as long as the failures and logins of the
// connection's networks demand, or until the connection is closed.
func (c *Conn) Hold() {
	delay := c.door.delay(c.networks)
	if delay <= 0 {
		return
	}
	c.held.Store(true)
	defer func() {
		c.since.Store(int64(c.door.now()))
		c.held.Store(false)
	}()
	t := time.NewTimer(delay)
	defer t.Stop()
	select {
	case <-t.C:
	case <-c.closed:
	}
}

// Leave says that the connection has ended: it is closed, and nobody handles
// what comes on it.
func (c *Conn) Leave() {
	_ = c.Close()
	c.answers.close()
	if c.ctx != nil {
		drain(c.ctx)
	}
	c.door.leave(c)
}

// wake wakes whoever waits at a session for what happens to the connection.
func (c *Conn) wake() {
	c.door.mu.Lock()
	channels := slices.Clone(c.channels)
	c.door.mu.Unlock()
	for _, channel := range channels {
		channel.wake()
	}
}

// lingers tells whether the client takes too long to begin a session on a channel,
// or, when no session is left, to close the channel of one. The door's mutex is held.
func (c *Conn) lingers(now time.Duration) bool {
	if len(c.channels) == c.live {
		return false
	}
	config := &c.door.config
	return slices.ContainsFunc(c.channels, func(channel *Channel) bool {
		return !channel.begun && now-channel.openedAt >= config.SessionTimeout ||
			channel.over && c.live == 0 && now-time.Duration(c.since.Load()) >= config.CloseGrace
	})
}

func (c *Conn) lastHeard() time.Duration { return time.Duration(c.heard.Load()) }

// slowerThan puts those first that have come less far, before all those that
// have never said a word, and then those that came so far longest ago.
func (c *Conn) slowerThan(other *Conn) bool {
	if spoken := c.spoken.Load(); spoken != other.spoken.Load() {
		return !spoken
	}
	if own, others := c.step.Load(), other.step.Load(); own != others {
		return own < others
	}
	return c.since.Load() < other.since.Load()
}

// isLocal reports whether the client is somebody who may use this machine, or a
// proxy in front of everybody that does not say who comes.
func (c *Conn) isLocal() bool { return !c.proxied && c.networks[0].prefix.Addr().IsLoopback() }

type connKey struct{}

// Attach is the server's ConnCallback: it ties the connection to the context
// of what happens on it.
func Attach(ctx ssh.Context, conn net.Conn) net.Conn {
	if c, ok := conn.(*Conn); ok {
		ctx.SetValue(connKey{}, c)
		c.ctx = ctx
	}
	return conn
}

// connOf is nil for a connection that came through no door.
func connOf(ctx ssh.Context) *Conn {
	c, _ := ctx.Value(connKey{}).(*Conn)
	return c
}

// Close closes the connection that the context is of.
func Close(ctx ssh.Context) {
	if c := connOf(ctx); c != nil {
		_ = c.Close()
	}
}

// CameThroughProxy tells whether a client's address is what a proxy says.
func CameThroughProxy(ctx ssh.Context) bool {
	c := connOf(ctx)
	return c != nil && c.proxied
}

// WatchAuthentication makes a server's configuration for one connection tell
// its door how the authentication goes.
func WatchAuthentication(ctx ssh.Context, config *gossh.ServerConfig) {
	c := connOf(ctx)
	if c == nil {
		return
	}
	config.AuthLogCallback = func(_ gossh.ConnMetadata, method string, err error) {
		switch {
		case err == nil:
			c.door.authenticated(c)
		case method != "none": // which asks what there is
			c.refused.Store(true)
		}
	}
}

package gate

import (
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"charm.land/ssh"
	gossh "golang.org/x/crypto/ssh"
)

// Conn is a connection that a Door has let in.
type Conn struct {
	net.Conn
	door     *Door
	origin   netip.Prefix
	proxied  bool          // it came through a proxy that says who the client is
	patience time.Duration // how long the client may be quiet before it is asked

	heard   atomic.Int64 // when something was last read, since the door's epoch; at first, when it came
	spoken  atomic.Bool  // something was read
	refused atomic.Bool  // an authentication has failed
	pinging atomic.Bool  // a ping is under way

	link Link
	pace pace        // until the client has logged in
	ctx  ssh.Context //nolint:containedctx // of the connection itself; nil before there is one

	closing sync.Once
	closed  chan struct{}

	// Guarded by the door's mutex.
	evicted    bool // to make room
	loggedIn   bool
	loggedInAt time.Duration
	client     gossh.Conn    // once the session has begun
	askedAt    time.Duration // since when an answer is due; 0: none is
}

// Read implements net.Conn.
func (c *Conn) Read(p []byte) (int, error) {
	if c.pace.over.Load() {
		return c.read(p)
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
		if !c.spoken.Load() {
			c.spoken.Store(true)
		}
	}
	return n, err
}

// Write implements net.Conn.
func (c *Conn) Write(p []byte) (int, error) {
	if c.pace.over.Load() {
		return c.Conn.Write(p)
	}
	return c.pace.write(c.Conn, p)
}

// Close implements net.Conn.
func (c *Conn) Close() error {
	c.closing.Do(func() { close(c.closed) })
	return c.Conn.Close()
}

// Hold waits before the handshake for as long as the failures of the
// connection's origin demand, or until the connection is closed.
func (c *Conn) Hold() {
	delay := c.door.delay(c.origin)
	if delay <= 0 {
		return
	}
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
	if c.ctx != nil {
		drain(c.ctx)
	}
	c.door.leave(c)
}

func (c *Conn) lastHeard() time.Duration { return time.Duration(c.heard.Load()) }

// quieterThan puts those first that have never said a word, and then those
// that were heard longest ago.
func (c *Conn) quieterThan(other *Conn) bool {
	if spoken := c.spoken.Load(); spoken != other.spoken.Load() {
		return !spoken
	}
	return c.heard.Load() < other.heard.Load()
}

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

// CameThroughProxy tells whether a client's address is what a proxy says.
func CameThroughProxy(ctx ssh.Context) bool {
	c := connOf(ctx)
	return c != nil && c.proxied
}

// linkOf is the link of a connection; one that is never measured if it came
// through no door.
func linkOf(ctx ssh.Context) *Link {
	if c := connOf(ctx); c != nil {
		return &c.link
	}
	return &Link{}
}

// configOf is what the door of a connection is held to.
func configOf(ctx ssh.Context) DoorConfig {
	if c := connOf(ctx); c != nil {
		return c.door.config
	}
	return DoorConfig{}.withDefaults()
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

// begun says that the session of a connection has begun.
func begun(ctx ssh.Context, client gossh.Conn) {
	if c := connOf(ctx); c != nil {
		c.door.begin(c, client)
	}
}

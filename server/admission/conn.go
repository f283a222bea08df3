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
	proxied  bool          // a proxy sent the client's address
	pingIdle time.Duration // how long the client may be quiet before a ping

	lastRead   atomic.Int64 // time of the last read, or of the admission, since the limiter's epoch
	hasSent    atomic.Bool  // the client has sent something
	authFailed atomic.Bool  // an authentication has failed
	pinging    atomic.Bool  // a ping is pending
	penalized  atomic.Bool  // AwaitPenalty is waiting

	phase     atomic.Int32 // how far the login has come
	since     atomic.Int64 // when that phase began, since the limiter's epoch
	handshake handshake    // used only by the goroutine that reads

	traffic atomic.Uint64 // bytes read and written
	rekeys  rekeys        // used only by the SSH library's key exchange

	rtt       RTT
	sessions  *rate.Limiter // limits how many begin
	readAhead readAhead     // until the client has logged in
	pongs     pongs         // after the login
	coalescer coalescer     // after the login
	ctx       ssh.Context   // of the connection itself; nil until Attach

	rejected atomic.Int32 // channels

	closing sync.Once
	closed  chan struct{}

	// Guarded by the limiter's mutex.
	evicted    bool          // closed for another connection
	client     gossh.Conn    // nil until there is a channel
	channels   []*Channel    // of sessions, open
	live       int           // how many sessions have begun and are not over
	hadSession bool          // all its sessions have been over once
	pingedAt   time.Duration // when the pending ping was sent; 0 if none is
}

// Read implements net.Conn.
func (c *Conn) Read(p []byte) (int, error) {
	if c.readAhead.finished.Load() {
		for {
			c.beforeRead()
			if n, err := c.read(p); !c.afterRead(n, err) {
				return n, err
			}
		}
	}
	limit, err := c.readAhead.awaitRoom(len(p), c.closed)
	if err != nil {
		return 0, err
	}
	n, err := c.read(p[:limit])
	c.readAhead.read(n)
	return n, err
}

func (c *Conn) read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 {
		c.lastRead.Store(int64(c.limiter.now()))
		c.traffic.Add(uint64(n))
		if !c.hasSent.Load() {
			c.hasSent.Store(true)
		}
		if c.handshake.phase < encrypted {
			c.handshake.consume(p[:n])
			c.advance(c.handshake.phase)
		}
	}
	return n, err
}

// Write implements net.Conn.
func (c *Conn) Write(p []byte) (int, error) {
	c.traffic.Add(uint64(len(p)))
	if c.readAhead.finished.Load() {
		return c.pongs.write(c.Conn, p)
	}
	return c.readAhead.write(c.Conn, p)
}

// advance records that the login has reached a phase.
func (c *Conn) advance(s phase) {
	if phase(c.phase.Load()) < s {
		c.since.Store(int64(c.limiter.now()))
		c.phase.Store(int32(s))
	}
}

// isProgressing reports whether the client logs in fast enough not to be evicted first.
func (c *Conn) isProgressing(now time.Duration) bool {
	if c.penalized.Load() {
		return true
	}
	timeout := phaseTimeout
	if phase(c.phase.Load()) == encrypted {
		timeout = passphraseTimeout
	}
	return !c.hadSession && c.hasSent.Load() && now-time.Duration(c.since.Load()) < timeout
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
	c.penalized.Store(true)
	defer func() {
		c.since.Store(int64(c.limiter.now()))
		c.penalized.Store(false)
	}()
	t := time.NewTimer(delay)
	defer t.Stop()
	select {
	case <-t.C:
	case <-c.closed:
	}
}

// Release closes the connection and removes it from its limiter. Call it last.
func (c *Conn) Release() {
	_ = c.Close()
	c.pongs.close()
	if c.ctx != nil {
		drain(c.ctx)
	}
	c.limiter.removeConn(c)
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

// isOverdue reports whether the client takes too long to begin a session on a channel, or to
// close the channel of the last session. The caller holds the limiter's mutex.
func (c *Conn) isOverdue(now time.Duration) bool {
	if len(c.channels) == c.live {
		return false
	}
	config := &c.limiter.config
	return slices.ContainsFunc(c.channels, func(channel *Channel) bool {
		return !channel.begun && now-channel.openedAt >= config.SessionTimeout ||
			channel.over && c.live == 0 && now-time.Duration(c.since.Load()) >= config.CloseTimeout
	})
}

func (c *Conn) lastReadAt() time.Duration { return time.Duration(c.lastRead.Load()) }

// slowerThan reports whether c's login is slower than another's. The slowest are clients that
// never sent anything, then those in an earlier phase, then those longer in their phase.
func (c *Conn) slowerThan(other *Conn) bool {
	if hasSent := c.hasSent.Load(); hasSent != other.hasSent.Load() {
		return !hasSent
	}
	if a, b := c.phase.Load(), other.phase.Load(); a != b {
		return a < b
	}
	return c.since.Load() < other.since.Load()
}

// isLocal reports whether the client is on this machine, or is a proxy there that doesn't
// send its clients' addresses.
func (c *Conn) isLocal() bool { return !c.proxied && c.networks[0].prefix.Addr().IsLoopback() }

type connKey struct{}

// Attach is the server's ConnCallback. It stores the connection in its context.
func Attach(ctx ssh.Context, conn net.Conn) net.Conn {
	if c, ok := conn.(*Conn); ok {
		ctx.SetValue(connKey{}, c)
		c.ctx = ctx
	}
	return conn
}

// ConnOf returns the context's connection. A limiter must have admitted it.
func ConnOf(ctx ssh.Context) *Conn {
	c, _ := ctx.Value(connKey{}).(*Conn)
	return c
}

// Configure configures a server for this connection: it sets safe and cheap algorithms and the host
// keys, and makes the server report the authentication to the limiter. The connection ends if its
// client rekeys too often; rekeying is called then.
func (c *Conn) Configure(config *gossh.ServerConfig, hostKeys []ssh.Signer, rekeying func(from net.Addr)) {
	config.KeyExchanges = []string{gossh.KeyExchangeMLKEM768X25519, gossh.KeyExchangeCurve25519, gossh.KeyExchangeECDHP256}
	config.MACs = []string{gossh.HMACSHA256ETM, gossh.HMACSHA512ETM}
	config.PublicKeyAuthAlgorithms = gossh.SupportedAlgorithms().PublicKeyAuths
	for _, key := range hostKeys {
		// All signers of the SSH library are of this type.
		if multi, ok := key.(gossh.MultiAlgorithmSigner); ok {
			key = &countingSigner{multi, c, rekeying}
		}
		config.AddHostKey(key)
	}
	config.AuthLogCallback = func(_ gossh.ConnMetadata, method string, err error) {
		switch {
		case err == nil:
			c.limiter.authenticated(c)
		case method != "none": // clients use it to ask for the methods
			c.authFailed.Store(true)
		}
	}
}

// reject rejects a channel. After maxOffers rejections it closes the connection, because each
// offer has a goroutine that waits while the client does not read.
func (c *Conn) reject(offer gossh.NewChannel, why gossh.RejectionReason, sentence string) {
	if c.rejected.Add(1) > maxOffers {
		_ = c.Close()
		return
	}
	_ = offer.Reject(why, sentence)
}

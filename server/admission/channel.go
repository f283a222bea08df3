// Package admission decides which connections and sessions there may be, and what they
// may do. Its parts have the names of OpenSSH's settings where there is one:
//
//   - ConnLimiter admits connections (MaxStartups, PerSourceMaxStartups), slows down
//     networks whose logins fail (PerSourcePenalties), and closes connections that do
//     not log in (LoginGraceTime) or whose clients are gone (ClientAliveInterval).
//   - HandleSession admits sessions (MaxSessions) and filters their requests.
//   - SessionLimiter, ClickLimiter and NameLimiter limit sessions, clicks and new names
//     of one player or address.
//   - LimitRekeying limits key exchanges, RTT tells a slow link, and Proxies learn the
//     client's address from the PROXY protocol.
//
// It guarantees that the connections without a session are bounded in number
// and in time, and that those who send nothing keep nobody out; that the
// connection of a client that has vanished is closed within a minute; that
// nobody waits for a client but that client's own goroutines; that a session
// sees only sizes from 1×1 to 500×200, a bounded environment and a bounded
// command; that a connection has at most MaxSessions of them, of which one whose
// client does not read holds up no other; that no request a client sends
// can block the connection's request loop; and that a session learns when its
// channel has closed even while its connection stays open.
package admission

import (
	"context"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"charm.land/ssh"
	gossh "golang.org/x/crypto/ssh"
)

// Sizes of terminals are clamped to these many cells.
const (
	MaxWidth  = 500
	MaxHeight = 200
)

const (
	maxEnv     = 32   // variables
	maxEnvSize = 4096 // bytes of all names and values
	maxCommand = 4096 // bytes
	maxTerm    = 64   // bytes
	maxOffers  = 100  // rejected channels on one connection

	// MaxSessions is how many sessions one connection may have at a time, as in OpenSSH.
	MaxSessions = 10
	// A connection may begin sessionBurst sessions at once, and then one each sessionEvery.
	// More have to wait: a command costs the server 2 ms and the client nothing.
	sessionBurst = 20
	sessionEvery = 500 * time.Millisecond
)

// Size is the size of a terminal in cells.
type Size struct{ Width, Height int }

// Channel is the channel of one session. Its embedded channel has no timeout, for writers
// with their own.
type Channel struct {
	gossh.Channel
	conn    *Conn
	resizes chan Size
	done    chan struct{}          // closed by Done
	notify  atomic.Pointer[func()] // called after a resize, and when RTT has changed

	// Guarded by the limiter's mutex.
	openedAt time.Duration
	begun    bool // there was a request for a shell or a command
	over     bool // the session is; the client has to close the channel
}

// WriteTimeout is how long a write may wait for a client that does not read.
func (c *Channel) WriteTimeout() time.Duration { return c.conn.limiter.config.WriteTimeout }

// Write implements io.Writer. It aborts the session of a client that does not read for
// WriteTimeout.
func (c *Channel) Write(p []byte) (int, error) { return c.timed(c.Channel, p) }

// Stderr implements gossh.Channel. Its writes have the same timeout.
func (c *Channel) Stderr() io.ReadWriter { return timedStderr{c.Channel.Stderr(), c} }

func (c *Channel) timed(w io.Writer, p []byte) (int, error) {
	t := time.AfterFunc(c.WriteTimeout(), c.Abort)
	defer t.Stop()
	return w.Write(p)
}

type timedStderr struct {
	io.ReadWriter
	channel *Channel
}

func (s timedStderr) Write(p []byte) (int, error) { return s.channel.timed(s.ReadWriter, p) }

// Resizes returns a channel with the newest size of the terminal, which is never closed.
// Notify is called after a resize, and when RTT has become slow or fine; it must not block.
func (c *Channel) Resizes(notify func()) <-chan Size {
	c.notify.Store(&notify)
	return c.resizes
}

// RoundTrip pings the client and returns when it has answered or is gone. An answer means
// that it has received all earlier writes.
func (c *Channel) RoundTrip() error {
	_, _, err := c.conn.client.SendRequest(keepaliveRequest, true, nil)
	return err
}

// RTT is that of the connection, which all its sessions share.
func (c *Channel) RTT() *RTT { return &c.conn.rtt }

func (c *Channel) wake() {
	if notify := c.notify.Load(); notify != nil {
		(*notify)()
	}
}

// Abort ends a session whose client does not read. If it is the only session of its
// connection, Abort closes the connection, which ends all stuck reads and writes.
// Otherwise it closes the channel, and the connection only if the client doesn't take that
// in time.
func (c *Channel) Abort() {
	if c.conn.limiter.finishSession(c) == 0 {
		_ = c.conn.Close()
		return
	}
	late := time.AfterFunc(c.conn.limiter.config.CloseTimeout, func() { _ = c.conn.Close() })
	defer late.Stop()
	_ = c.Close()
}

// Done says that nothing of the session runs any more. A session's handler calls it once.
func (c *Channel) Done() { close(c.done) }

// DelayPongs delays the SSH library's answers to pings until the next write, by at most
// 100 ms, until release is called. It is for sessions with a screen.
func (c *Channel) DelayPongs() (release func()) {
	c.conn.pongs.hold(1)
	return func() { c.conn.pongs.hold(-1) }
}

// Finish says that the session is over. The client has to close its channel within
// CloseTimeout, or loses its connection, unless there are other sessions on it.
func (c *Channel) Finish() { c.conn.limiter.finishSession(c) }

// contextKey is the context key for a session's channel.
type contextKey struct{}

// ChannelFrom returns the channel of a session that HandleSession began; nil otherwise.
func ChannelFrom(ctx ssh.Context) *Channel {
	c, _ := ctx.Value(contextKey{}).(*Channel)
	return c
}

// sessionContext is the connection's context, but it ends with the session's channel.
type sessionContext struct {
	ssh.Context
	own     context.Context // what ends
	channel *Channel
}

// Done implements context.Context.
func (c *sessionContext) Done() <-chan struct{} { return c.own.Done() }

// Err implements context.Context.
func (c *sessionContext) Err() error { return c.own.Err() }

// Value implements context.Context.
func (c *sessionContext) Value(key any) any {
	if key == (contextKey{}) {
		return c.channel
	}
	return c.own.Value(key)
}

// HandleSession is the handler for channels of the type "session". It filters requests as
// the package comment says. The session's context ends with its channel.
func HandleSession(srv *ssh.Server, conn *gossh.ServerConn, offer gossh.NewChannel, ctx ssh.Context) {
	through, c := connOf(ctx), &Channel{resizes: make(chan Size, 1), done: make(chan struct{})}
	if through == nil || !through.limiter.openChannel(through, c, conn) {
		reject(conn, offer, ctx, gossh.ResourceShortage, fmt.Sprintf("this connection already has %d sessions", MaxSessions))
		return
	}
	defer through.limiter.closeChannel(c)
	if through.sessions.Wait(ctx) != nil {
		return
	}
	ch, in, err := offer.Accept()
	if err != nil {
		return // the connection is gone
	}
	c.Channel = ch
	gone := make(chan struct{})
	defer close(gone)
	own, end := context.WithCancel(ctx)
	defer end()
	f := &filtered{NewChannel: offer, channel: c, in: in, gone: gone}
	ssh.DefaultSessionHandler(srv, conn, f, &sessionContext{ctx, own, c})
	end()
	if f.started {
		<-c.done // otherwise a client could pile up sessions that it has closed
	}
}

// RejectChannel is the handler for channels of all other types, such as forwarding.
func RejectChannel(_ *ssh.Server, conn *gossh.ServerConn, offer gossh.NewChannel, ctx ssh.Context) {
	reject(conn, offer, ctx, gossh.UnknownChannelType, "this server only offers sessions")
}

type rejectedKey struct{}

// reject rejects a channel. It closes a connection that asks too often: each offer has a
// goroutine, which waits for a client that does not read.
func reject(conn gossh.Conn, offer gossh.NewChannel, ctx ssh.Context, why gossh.RejectionReason, sentence string) {
	ctx.Lock()
	n, _ := ctx.Value(rejectedKey{}).(int)
	ctx.SetValue(rejectedKey{}, n+1)
	ctx.Unlock()
	if n >= maxOffers {
		_ = conn.Close()
		return
	}
	_ = offer.Reject(why, sentence)
}

// filtered is a channel that was accepted, and whose requests are to be filtered.
type filtered struct {
	gossh.NewChannel
	channel *Channel
	in      <-chan *gossh.Request
	gone    <-chan struct{} // closed when nobody reads the requests any more
	started bool            // the session was told to begin; it is known when the requests have ended
}

// Accept implements gossh.NewChannel.
func (f *filtered) Accept() (gossh.Channel, <-chan *gossh.Request, error) {
	c := f.channel
	out := make(chan *gossh.Request)
	go func() {
		defer close(out)
		filter := requestFilter{resized: c.resized}
		for req := range f.in {
			if !filter.pass(req) {
				continue
			}
			if filter.started {
				c.conn.limiter.startSession(c)
			}
			select {
			case out <- req:
				f.started = filter.started
			case <-f.gone:
			}
		}
	}()
	return c, out, nil
}

// resized replaces the size that nobody has taken yet. Only the filter's
// goroutine calls it, so that the send always finds room.
func (c *Channel) resized(s Size) {
	select {
	case <-c.resizes:
	default:
	}
	c.resizes <- s
	c.wake()
}

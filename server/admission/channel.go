// Package admission decides which connections and sessions the server accepts, and limits what
// they may do. ConnLimiter is for connections, HandleSession and SessionLimiter for sessions,
// ClickLimiter for clicks, NameLimiter for new names.
//
// It guarantees that connections without a session are bounded in number and time, and idle ones
// keep nobody out; that a vanished client's connection is closed within a minute; that only a
// client's own goroutines wait for it; that a session sees only sizes from 1×1 to 500×200, and a
// bounded environment and command; that no session or request of a client holds up its other
// sessions; and that a session learns when its channel closes, even if its connection stays open.
package admission

import (
	"context"
	"fmt"
	"io"
	"slices"
	"sync/atomic"
	"time"

	"charm.land/ssh"
	gossh "golang.org/x/crypto/ssh"
)

// Terminal sizes are clamped to these maximums, in cells.
const (
	MaxWidth  = 500
	MaxHeight = 200
)

const (
	maxEnv     = 32   // variables
	maxEnvSize = 4096 // bytes of all names and values
	maxCommand = 4096 // bytes
	maxTerm    = 64   // bytes
	maxWrite   = 1024 // bytes
	maxOffers  = 100  // rejected channels on one connection

	// MaxSessions is the maximum number of sessions on one connection, as in OpenSSH.
	MaxSessions = 10
	// A connection may begin sessionBurst sessions at once, and then one every sessionEvery.
	// Others wait: a command costs the server 2 ms and the client nothing.
	sessionBurst = 20
	sessionEvery = 500 * time.Millisecond
)

// Size is the size of a terminal in cells.
type Size struct{ Width, Height int }

// Channel is the channel of one session. Writers with their own timeout use the embedded
// channel, which has none.
type Channel struct {
	gossh.Channel
	conn    *Conn
	resizes chan Size
	done    chan struct{}          // closed by Done
	notify  atomic.Pointer[func()] // called after a resize, and when RTT has changed

	// Guarded by the limiter's mutex.
	openedAt time.Duration
	begun    bool // there was a request for a shell or a command
	over     bool // the session has ended, and the client has to close the channel
}

// WriteTimeout is how long a write may wait for a client that does not read.
func (c *Channel) WriteTimeout() time.Duration { return c.conn.limiter.config.WriteTimeout }

// Write implements io.Writer. If the client does not read for WriteTimeout, it aborts the
// session.
func (c *Channel) Write(p []byte) (int, error) { return c.timed(c.Channel, p) }

// Stderr implements gossh.Channel. Its writes have the timeout of Write.
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

// piecewiseChannel is a channel that writes at most maxWrite bytes at once. The SSH library keeps
// two buffers of the size of the longest write for each channel, which for a whole screen would
// be 5 KB.
type piecewiseChannel struct{ gossh.Channel }

// Write implements io.Writer. The pieces have about the same size, because pongs would delay a
// last piece of a few bytes.
func (c piecewiseChannel) Write(p []byte) (n int, err error) {
	pieces := max(1, (len(p)+maxWrite-1)/maxWrite)
	for piece := range slices.Chunk(p, max(1, (len(p)+pieces-1)/pieces)) {
		written, err := c.Channel.Write(piece)
		if n += written; err != nil {
			return n, err
		}
	}
	return n, nil
}

// Resizes returns a channel with the newest size of the terminal. It is never closed. After a
// resize, and when RTT becomes slow or fine, notify is called; it must not block.
func (c *Channel) Resizes(notify func()) <-chan Size {
	c.notify.Store(&notify)
	return c.resizes
}

// RoundTrip pings the client and returns when it has answered or disconnected. An answer means
// that it has received all earlier writes.
func (c *Channel) RoundTrip() error {
	_, _, err := c.conn.client.SendRequest(keepaliveRequest, true, nil)
	return err
}

// IsProxied reports whether a proxy sent the client's address.
func (c *Channel) IsProxied() bool { return c.conn.proxied }

// RTT returns the connection's RTT, which all its sessions share.
func (c *Channel) RTT() *RTT { return &c.conn.rtt }

func (c *Channel) wake() {
	if notify := c.notify.Load(); notify != nil {
		(*notify)()
	}
}

// Abort ends a session whose client does not read. If the connection has no other session,
// Abort closes it, which ends all stuck reads and writes. Otherwise it closes the channel,
// and the connection if closing the channel takes longer than CloseTimeout.
func (c *Channel) Abort() {
	if c.conn.limiter.finishSession(c) == 0 {
		_ = c.conn.Close()
		return
	}
	late := time.AfterFunc(c.conn.limiter.config.CloseTimeout, func() { _ = c.conn.Close() })
	defer late.Stop()
	_ = c.Close()
}

// Done ends the wait of HandleSession. The session's handler calls it once, at its end.
func (c *Channel) Done() { close(c.done) }

// DelayPongs delays the SSH library's answers to pings until the next write, for at most
// 100 ms, until release is called. It is for sessions with a screen.
func (c *Channel) DelayPongs() (release func()) {
	c.conn.pongs.addScreens(1)
	return func() { c.conn.pongs.addScreens(-1) }
}

// Finish records that the session is over. If it was the connection's last, the client has to
// close the channel within CloseTimeout, or its connection is closed.
func (c *Channel) Finish() { c.conn.limiter.finishSession(c) }

// contextKey is the context key for a session's channel.
type contextKey struct{}

// ChannelFrom returns the channel of the context's session; nil without HandleSession.
func ChannelFrom(ctx ssh.Context) *Channel {
	c, _ := ctx.Value(contextKey{}).(*Channel)
	return c
}

// sessionContext is the connection's context, but ends with the session's channel.
type sessionContext struct {
	ssh.Context
	own     context.Context // ends with the channel
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
func HandleSession(srv *ssh.Server, client *gossh.ServerConn, offer gossh.NewChannel, ctx ssh.Context) {
	conn, c := ConnOf(ctx), &Channel{resizes: make(chan Size, 1), done: make(chan struct{})}
	if !conn.limiter.openChannel(conn, c, client) {
		conn.reject(offer, gossh.ResourceShortage, fmt.Sprintf("this connection already has %d sessions", MaxSessions))
		return
	}
	defer conn.limiter.closeChannel(c)
	if conn.sessions.Wait(ctx) != nil {
		return
	}
	ch, in, err := offer.Accept()
	if err != nil {
		return // the connection is closed
	}
	c.Channel = piecewiseChannel{ch}
	ended := make(chan struct{})
	defer close(ended)
	own, end := context.WithCancel(ctx)
	defer end()
	f := &filteredChannel{NewChannel: offer, channel: c, in: in, ended: ended}
	ssh.DefaultSessionHandler(srv, client, f, &sessionContext{ctx, own, c})
	for req := range in {
		f.filter.allow(req) // answers all that come after the start
	}
	end()
	if f.filter.started {
		<-c.done // otherwise a client could accumulate sessions whose channels it has closed
	}
}

// RejectChannel is the handler for channels of all other types, such as forwarding.
func RejectChannel(_ *ssh.Server, _ *gossh.ServerConn, offer gossh.NewChannel, ctx ssh.Context) {
	ConnOf(ctx).reject(offer, gossh.UnknownChannelType, "this server only offers sessions")
}

// filteredChannel is an accepted channel with a filter for its requests.
type filteredChannel struct {
	gossh.NewChannel
	channel *Channel
	in      <-chan *gossh.Request
	ended   <-chan struct{} // closed when the session handler has returned
	filter  requestFilter
}

// Accept implements gossh.NewChannel. The requests end with the one that starts the session, after
// which HandleSession answers them: a goroutine that passed them on would stay as long as the
// player.
func (f *filteredChannel) Accept() (gossh.Channel, <-chan *gossh.Request, error) {
	out := make(chan *gossh.Request)
	f.filter.resized = f.channel.resized
	go func() {
		defer close(out)
		for !f.filter.started {
			req, ok := <-f.in
			if !ok {
				return
			}
			if !f.filter.allow(req) {
				continue
			}
			if f.filter.started {
				f.channel.conn.limiter.startSession(f.channel)
			}
			select {
			case out <- req:
			case <-f.ended:
			}
		}
	}()
	return f.channel, out, nil
}

// resized stores a size for Resizes. Only one goroutine calls it at a time, so the send never
// blocks.
func (c *Channel) resized(s Size) {
	select {
	case <-c.resizes:
	default:
	}
	c.resizes <- s
	c.wake()
}

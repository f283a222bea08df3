// Package gate decides what a connection may do: how many there may be, whose
// address counts behind a load balancer, how
// long they may take to log in, whether their clients are still there, whether
// the link to them is slow, how fast a player may click, and which requests of a client reach the session.
//
// It guarantees that the connections without a session are bounded in number
// and in time, and that those who send nothing keep nobody out; that the
// connection of a client that has vanished is closed within a minute; that
// nobody waits for a client but that client's own goroutines; that a session
// sees only sizes from 1×1 to 500×200, at most one channel for each connection,
// a bounded environment and a bounded command; that no request a client sends
// can block the connection's request loop; and that a session learns when its
// channel has closed even while its connection stays open.
package gate

import (
	"io"
	"sync"
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
	maxOffers  = 100  // refused channels on one connection
)

// Size is the size of a terminal in cells.
type Size struct{ Width, Height int }

// Channel is the one session channel of a connection. The channel inside it is
// the bare one, for a writer that watches for itself whether it is stuck.
type Channel struct {
	gossh.Channel
	conn    gossh.Conn
	config  DoorConfig
	link    *Link
	resizes chan Size
	notify  atomic.Pointer[func()] // of whoever waits for resizes
	finish  sync.Once
}

// StuckAfter is how long a write may wait for a client that does not read.
func (c *Channel) StuckAfter() time.Duration { return c.config.StuckAfter }

// Write implements io.Writer. A client that does not read for StuckAfter loses
// its connection.
func (c *Channel) Write(p []byte) (int, error) { return c.timed(c.Channel, p) }

// Stderr implements gossh.Channel; its writes are timed like those of Write.
func (c *Channel) Stderr() io.ReadWriter { return timedStderr{c.Channel.Stderr(), c} }

func (c *Channel) timed(w io.Writer, p []byte) (int, error) {
	t := time.AfterFunc(c.config.StuckAfter, c.Abort)
	defer t.Stop()
	return w.Write(p)
}

type timedStderr struct {
	io.ReadWriter
	channel *Channel
}

func (s timedStderr) Write(p []byte) (int, error) { return s.channel.timed(s.ReadWriter, p) }

// Resizes returns a channel that delivers the newest size of the terminal after
// each change. Sizes that the reader was too slow for are skipped. It is never
// closed. Notify is called when there is one; it must not block.
func (c *Channel) Resizes(notify func()) <-chan Size {
	c.notify.Store(&notify)
	return c.resizes
}

// RoundTrip asks the client whether it is there, and returns when it has answered, or
// is gone. What was written before has reached it then.
func (c *Channel) RoundTrip() error {
	_, _, err := c.conn.SendRequest(keepalive, true, nil)
	return err
}

// Abort closes the whole connection, which ends every read and write that is
// stuck in it.
func (c *Channel) Abort() { _ = c.conn.Close() }

// Finish says that the session is over: a client that does not close the
// channel soon loses its connection.
func (c *Channel) Finish() {
	// A connection that has closed by then is none the worse for it.
	c.finish.Do(func() { time.AfterFunc(c.config.CloseGrace, c.Abort) })
}

// contextKey is the type of this package's keys, which no other can make.
type contextKey struct{}

// ChannelOf is the channel of a session that came through HandleSession; nil
// for any other.
func ChannelOf(ctx ssh.Context) *Channel {
	c, _ := ctx.Value(contextKey{}).(*Channel)
	return c
}

// HandleSession is the handler for channels of the type "session". It lets
// through what is listed in the package comment and closes the connection when
// the channel is closed.
func HandleSession(srv *ssh.Server, conn *gossh.ServerConn, offer gossh.NewChannel, ctx ssh.Context) {
	if !first(ctx) {
		refuse(conn, offer, ctx, gossh.ResourceShortage, "one session for each connection")
		return
	}
	gone := make(chan struct{})
	defer close(gone)
	defer func() { _ = conn.Close() }()
	ssh.DefaultSessionHandler(srv, conn, &filtered{NewChannel: offer, conn: conn, ctx: ctx, gone: gone}, ctx)
}

// RefuseChannel is the handler for channels of all other types: forwarding and
// the like.
func RefuseChannel(_ *ssh.Server, conn *gossh.ServerConn, offer gossh.NewChannel, ctx ssh.Context) {
	refuse(conn, offer, ctx, gossh.UnknownChannelType, "only sessions are served here")
}

type refusedKey struct{}

// refuse refuses a channel, and ends a connection that asks too often: each
// offer has a goroutine, which waits for a client that does not read.
func refuse(conn gossh.Conn, offer gossh.NewChannel, ctx ssh.Context, why gossh.RejectionReason, sentence string) {
	ctx.Lock()
	n, _ := ctx.Value(refusedKey{}).(int)
	ctx.SetValue(refusedKey{}, n+1)
	ctx.Unlock()
	if n >= maxOffers {
		_ = conn.Close()
		return
	}
	_ = offer.Reject(why, sentence)
}

type openedKey struct{}

// first tells whether this is the connection's first session channel.
func first(ctx ssh.Context) bool {
	ctx.Lock()
	defer ctx.Unlock()
	if ctx.Value(openedKey{}) != nil {
		return false
	}
	ctx.SetValue(openedKey{}, true)
	return true
}

// filtered is an offered channel whose requests are filtered once accepted.
type filtered struct {
	gossh.NewChannel
	conn gossh.Conn
	ctx  ssh.Context
	gone <-chan struct{} // closed when nobody reads the requests any more
}

// Accept implements gossh.NewChannel.
func (f *filtered) Accept() (gossh.Channel, <-chan *gossh.Request, error) {
	ch, in, err := f.NewChannel.Accept()
	if err != nil {
		return nil, nil, err
	}
	c := &Channel{Channel: ch, conn: f.conn, config: configOf(f.ctx), link: linkOf(f.ctx), resizes: make(chan Size, 1)}
	f.ctx.SetValue(contextKey{}, c)
	out := make(chan *gossh.Request)
	go func() {
		defer close(out)
		filter := requestFilter{resized: c.resized}
		for req := range in {
			if !filter.pass(req) {
				continue
			}
			if filter.started {
				begun(f.ctx, f.conn)
			}
			select {
			case out <- req:
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
	if notify := c.notify.Load(); notify != nil {
		(*notify)()
	}
}

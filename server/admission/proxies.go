package admission

import (
	"bufio"
	"container/list"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/pires/go-proxyproto"
)

// ErrHungUp means that a proxy closed a connection without sending anything, as health checks
// do.
var ErrHungUp = errors.New("closed before sending anything")

const (
	// headerTimeout is how long a proxy may take to send its header.
	headerTimeout = 5 * time.Second
	// maxAwaitingHeader is how many connections may be waiting for a header.
	maxAwaitingHeader = 500
)

// Proxies are the load balancers in front of the server. Their connections begin with a
// header of the PROXY protocol, version 1 or 2, that has the client's address for all limits,
// bans and logs. Headers from other addresses are ignored. A nil *Proxies has no proxies.
//
// A client that can connect from a proxy's address can claim any address.
type Proxies struct {
	from []netip.Prefix

	mu      sync.Mutex
	waiting list.List // of net.Conn without a header; the oldest first
}

// ParseProxies parses addresses and prefixes, such as 192.0.2.7 and 10.0.0.0/8. It returns
// nil if there are none.
func ParseProxies(from []string) (*Proxies, error) {
	if len(from) == 0 {
		return nil, nil
	}
	p := &Proxies{}
	for _, text := range from {
		prefix, err := parsePrefix(strings.TrimSpace(text))
		if err != nil {
			return nil, fmt.Errorf("%q is neither an address (192.0.2.7) nor a network (10.0.0.0/8)", text)
		}
		p.from = append(p.from, prefix)
	}
	return p, nil
}

func parsePrefix(text string) (netip.Prefix, error) {
	if strings.Contains(text, "/") {
		prefix, err := netip.ParsePrefix(text)
		return prefix.Masked(), err
	}
	addr, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Prefix{}, err
	}
	addr = addr.Unmap()
	return addr.Prefix(addr.BitLen())
}

// Contains reports whether an address belongs to a proxy.
func (p *Proxies) Contains(from net.Addr) bool {
	addr := AddrOf(from)
	return p != nil && slices.ContainsFunc(p.from, func(prefix netip.Prefix) bool { return prefix.Contains(addr) })
}

// ReadHeader reads the header of a proxy's connection and returns the client's connection.
// It waits for at most five seconds. If too many connections wait, it closes the oldest.
//
// If the header names no client, as in health checks, the connection counts as the proxy's
// own, but without the privileges of a direct one.
func (p *Proxies) ReadHeader(conn net.Conn) (net.Conn, error) {
	defer p.trackWaiting(conn)()
	if err := conn.SetReadDeadline(time.Now().Add(headerTimeout)); err != nil {
		return nil, ErrHungUp
	}
	in := bufio.NewReader(conn)
	_, err := in.Peek(1)
	var timeout net.Error
	if err != nil && (!errors.As(err, &timeout) || !timeout.Timeout()) {
		return nil, ErrHungUp
	}
	header, err := proxyproto.Read(in)
	if err != nil {
		return nil, fmt.Errorf("read the PROXY header: %w", err)
	}
	if err := conn.SetReadDeadline(time.Time{}); err != nil {
		return nil, fmt.Errorf("read after the PROXY header: %w", err)
	}
	c := &proxied{Conn: conn, client: conn.RemoteAddr(), server: conn.LocalAddr()}
	if header.Command.IsProxy() && !header.TransportProtocol.IsUnix() {
		from, to, ok := header.TCPAddrs()
		if !ok || from.IP.IsUnspecified() || from.IP.IsMulticast() {
			return nil, errors.New("read the PROXY header: invalid client address")
		}
		c.client, c.server = from, to
	}
	// The rest of the buffer is the client's. Nothing more is read ahead.
	c.buffered, _ = in.Peek(in.Buffered())
	return c, nil
}

// trackWaiting records that a connection waits for its header until done is called.
func (p *Proxies) trackWaiting(conn net.Conn) (done func()) {
	p.mu.Lock()
	element := p.waiting.PushBack(conn)
	var oldest net.Conn
	if p.waiting.Len() > maxAwaitingHeader {
		oldest, _ = p.waiting.Remove(p.waiting.Front()).(net.Conn)
	}
	p.mu.Unlock()
	if oldest != nil {
		_ = oldest.Close()
	}
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.waiting.Remove(element) // does nothing if it was the oldest and is gone
	}
}

// proxied is a client's connection through a proxy.
type proxied struct {
	net.Conn
	client, server net.Addr
	buffered       []byte // what Read returns first
}

// RemoteAddr returns the client's address.
func (c *proxied) RemoteAddr() net.Addr { return c.client }

// LocalAddr returns the address that the client has connected to.
func (c *proxied) LocalAddr() net.Addr { return c.server }

// Read implements net.Conn.
func (c *proxied) Read(p []byte) (int, error) {
	if len(c.buffered) == 0 {
		return c.Conn.Read(p)
	}
	n := copy(p, c.buffered)
	if c.buffered = c.buffered[n:]; len(c.buffered) == 0 {
		c.buffered = nil // frees the buffer
	}
	return n, nil
}

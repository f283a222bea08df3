// Package tcpproxy simulates a failing network between a client and a server in tests: it closes
// connections, refuses them, or stops all traffic. Package dbproxy shows how to forward in another
// way. Nothing is left running when the test ends.
package tcpproxy

import (
	"context"
	"io"
	"net"
	"slices"
	"sync"
	"testing"
	"time"
)

// Proxy forwards connections to one server. It is safe for concurrent use.
type Proxy struct {
	backend  string
	forward  func(*Link)
	listener net.Listener
	running  sync.WaitGroup

	mu    sync.Mutex
	links map[*Link]bool
	flow  chan struct{} // closed while traffic may pass
	down  bool
	ended bool
}

// Start starts a proxy to the server at an address. It ends with the test. forward is called for
// each connection, on a goroutine of its own, and must return when either side is closed and none
// of its goroutines is running; nil means Forward.
func Start(t testing.TB, backend string, forward func(*Link)) *Proxy {
	t.Helper()
	if forward == nil {
		forward = Forward
	}
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("proxy to %s: %v", backend, err)
	}
	p := &Proxy{backend: backend, forward: forward, listener: listener, links: map[*Link]bool{}, flow: make(chan struct{})}
	close(p.flow)
	p.running.Go(p.accept)
	t.Cleanup(func() {
		_ = listener.Close()
		p.mu.Lock()
		p.ended = true
		p.mu.Unlock()
		p.Cut()
		p.running.Wait()
	})
	return p
}

// Addr returns the address for clients.
func (p *Proxy) Addr() string { return p.listener.Addr().String() }

// Pause stops all traffic in both directions, like a frozen server: clients can connect, but get no
// answer. What they send arrives after Resume.
func (p *Proxy) Pause() {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.flow:
		p.flow = make(chan struct{})
	default: // already paused
	}
}

// Resume undoes Pause.
func (p *Proxy) Resume() {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.flow:
	default:
		close(p.flow)
	}
}

// Cut closes all connections.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for l := range p.links {
		l.Cut()
	}
}

// Down closes all connections and every new one, as if there were no server.
func (p *Proxy) Down() {
	p.mu.Lock()
	p.down = true
	p.mu.Unlock()
	p.Cut()
}

// Up undoes Down.
func (p *Proxy) Up() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down = false
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return // closed at the end of the test
		}
		p.running.Go(func() { p.serve(client) })
	}
}

func (p *Proxy) serve(client net.Conn) {
	server, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", p.backend)
	if err != nil {
		_ = client.Close() // as if the server were gone
		return
	}
	l := &Link{Client: client, Server: server, proxy: p, gone: make(chan struct{})}
	p.mu.Lock()
	refused := p.down || p.ended
	if !refused {
		p.links[l] = true
	}
	p.mu.Unlock()
	if refused {
		l.Cut()
		return
	}
	p.forward(l)
	p.mu.Lock()
	delete(p.links, l)
	p.mu.Unlock()
}

func (p *Proxy) gate() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.flow
}

// Link is a client's connection and the matching one to the server.
type Link struct {
	Client, Server net.Conn

	proxy *Proxy
	gone  chan struct{} // closed with the connections
	once  sync.Once
}

// Cut closes both connections.
func (l *Link) Cut() {
	l.once.Do(func() {
		close(l.gone)
		_ = l.Client.Close()
		_ = l.Server.Close()
	})
}

// Await waits for the event, and reports whether it came before the end of the connection.
func (l *Link) Await(event <-chan struct{}) bool {
	select {
	case <-event:
		return true
	case <-l.gone:
		return false
	}
}

// Pass waits while the proxy is paused, and reports whether traffic may pass.
func (l *Link) Pass() bool { return l.Await(l.proxy.gate()) }

// Forward forwards all traffic until either side is closed.
func Forward(l *Link) {
	var both sync.WaitGroup
	both.Go(func() { l.copy(l.Server, l.Client) })
	both.Go(func() { l.copy(l.Client, l.Server) })
	both.Wait()
}

func (l *Link) copy(to io.Writer, from io.Reader) {
	defer l.Cut()
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		if err != nil || !l.Pass() {
			return
		}
		if _, err := to.Write(buffer[:n]); err != nil {
			return
		}
	}
}

// Delayed returns a forward function that delays traffic in both directions, like a connection
// around the world.
func Delayed(by time.Duration) func(*Link) {
	return func(l *Link) {
		var both sync.WaitGroup
		for _, way := range [][2]net.Conn{{l.Server, l.Client}, {l.Client, l.Server}} {
			late := make(chan delayed, 1024)
			both.Go(func() { l.receive(way[1], late, by) })
			both.Go(func() { l.deliver(way[0], late) })
		}
		both.Wait()
	}
}

// delayed is received data with the time of its delivery.
type delayed struct {
	bytes []byte
	at    time.Time
}

func (l *Link) receive(from io.Reader, late chan<- delayed, by time.Duration) {
	defer close(late)
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		if err != nil {
			return
		}
		select {
		case late <- delayed{slices.Clone(buffer[:n]), time.Now().Add(by)}:
		case <-l.gone:
			return
		}
	}
}

// deliver closes the connection after delivering everything that came before its end.
func (l *Link) deliver(to io.Writer, late <-chan delayed) {
	defer l.Cut()
	for part := range late {
		due := time.NewTimer(time.Until(part.at))
		select {
		case <-due.C:
		case <-l.gone:
			due.Stop()
			return
		}
		if _, err := to.Write(part.bytes); err != nil || !l.Pass() {
			return
		}
	}
}

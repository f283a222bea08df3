// Package dbproxy is a proxy between a client and a MySQL server in tests that fails at a chosen
// statement.
//
// It understands enough of the protocol to know which statement the client sends and when the
// server has answered. So a test can lose the answer of a COMMIT that was executed, or a COMMIT
// itself, without sleeping. A Fault happens once, at the first matching statement on any
// connection. Nothing is left running when the test ends.
//
// Connections must be neither encrypted nor compressed, and statements shorter than 16 MB.
package dbproxy

import (
	"encoding/binary"
	"regexp"
	"slices"
	"sync"
	"testing"

	"clickky/sync/tcpproxy"
)

// Action is what happens at a statement.
type Action int

const (
	// CutBefore closes the connection without forwarding the statement: it isn't executed.
	CutBefore Action = iota
	// CutAnswer forwards the statement, awaits the answer and closes the connection: the statement
	// is executed, but the client doesn't know.
	CutAnswer
	// SwallowAnswer forwards the statement and awaits the answer, but neither this nor later data
	// reaches the client. Its connection stays open.
	SwallowAnswer
	// HoldBefore holds the statement until Release.
	HoldBefore
	// HoldAnswer forwards the statement and holds the answer until Release.
	HoldAnswer
)

// Fault is an Action that waits for its statement.
type Fault struct {
	action  Action
	match   func(statement string) bool
	struck  chan struct{}
	release chan struct{}
	once    sync.Once
}

// Struck returns a channel that is closed when the fault has happened: when the statement has
// arrived, for CutBefore and HoldBefore, and when the server has answered it, for the others.
func (f *Fault) Struck() <-chan struct{} { return f.struck }

// Release ends HoldBefore and HoldAnswer, even before they have struck.
func (f *Fault) Release() { f.once.Do(func() { close(f.release) }) }

// Matching returns a condition for Inject: whether the statement matches a regular expression.
func Matching(pattern string) func(statement string) bool {
	return regexp.MustCompile(pattern).MatchString
}

// Login represents a client's attempt to log in, for Refuse.
const Login = "(login)"

// refusal is an error that a proxy returns instead of the server.
type refusal struct {
	match   func(statement string) bool
	number  uint16
	message string
}

// packet returns the refusal as the packet with a number.
func (r *refusal) packet(number byte) []byte {
	body := binary.LittleEndian.AppendUint16([]byte{0xff}, r.number)
	body = append(body, "#HY000"+r.message...)
	header := binary.LittleEndian.AppendUint32(nil, uint32(len(body)))
	header[3] = number
	return append(header, body...)
}

// Proxy forwards connections to one server. It is safe for concurrent use.
type Proxy struct {
	*tcpproxy.Proxy

	t testing.TB

	mu       sync.Mutex
	faults   []*Fault
	refusals []*refusal
}

// Start starts a proxy to the server at an address. It ends with the test.
func Start(t testing.TB, backend string) *Proxy {
	t.Helper()
	p := &Proxy{t: t}
	p.Proxy = tcpproxy.Start(t, backend, func(l *tcpproxy.Link) { newLink(p, l).run() })
	return p
}

// Inject makes an action happen at the next statement that matches.
func (p *Proxy) Inject(action Action, match func(statement string) bool) *Fault {
	f := &Fault{action: action, match: match, struck: make(chan struct{}), release: make(chan struct{})}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults = append(p.faults, f)
	return f
}

// Refuse answers every matching statement with an error, until end is called. The server doesn't
// see them.
func (p *Proxy) Refuse(number uint16, message string, match func(statement string) bool) (end func()) {
	r := &refusal{match, number, message}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refusals = append(p.refusals, r)
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.refusals = slices.DeleteFunc(p.refusals, func(other *refusal) bool { return other == r })
	}
}

// refusal returns the error for a statement; nil if it isn't refused.
func (p *Proxy) refusal(statement string) *refusal {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, r := range p.refusals {
		if r.match(statement) {
			return r
		}
	}
	return nil
}

// takeFault removes and returns the fault for a statement.
func (p *Proxy) takeFault(statement string) *Fault {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, f := range p.faults {
		if f.match(statement) {
			p.faults = append(p.faults[:i:i], p.faults[i+1:]...)
			return f
		}
	}
	return nil
}

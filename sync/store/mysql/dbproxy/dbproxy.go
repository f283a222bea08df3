// Package dbproxy stands between a client and a MySQL server in tests, and breaks
// at the very statement that a test names.
//
// It understands enough of the protocol to know which statement the client sends
// and when the server has answered it, so a test can have a COMMIT that was
// executed and whose answer is lost, or one that never arrived, without any
// sleeping and hoping. It guarantees that a Fault strikes once, at the first
// statement that matches, on whichever connection; that when Struck is closed
// the server has executed the statement, for the faults that say so; and that
// nothing is left running when the test ends.
//
// Connections must be neither encrypted nor compressed, and statements shorter
// than 16 MB.
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
	// CutBefore cuts the connection and does not forward the statement: it is
	// not executed.
	CutBefore Action = iota
	// CutAnswer forwards the statement, awaits the answer and cuts the
	// connection: it is executed, and the client does not learn of it.
	CutAnswer
	// SwallowAnswer forwards the statement and awaits the answer, but neither
	// this nor anything later reaches the client, whose connection stays open.
	SwallowAnswer
	// HoldBefore keeps the statement back until Release.
	HoldBefore
	// HoldAnswer forwards the statement and keeps the answer back until Release.
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

// Struck is closed when the fault has happened: when the statement has arrived
// for CutBefore and HoldBefore, when the server has answered it for the others.
func (f *Fault) Struck() <-chan struct{} { return f.struck }

// Release ends HoldBefore and HoldAnswer, also before they have struck.
func (f *Fault) Release() { f.once.Do(func() { close(f.release) }) }

// Matching returns a condition for Inject: that the statement matches a regular
// expression.
func Matching(pattern string) func(statement string) bool {
	return regexp.MustCompile(pattern).MatchString
}

// Login is the statement that stands for a client's attempt to log in, in Refuse.
const Login = "(login)"

// refusal is what a proxy answers in the server's place.
type refusal struct {
	match   func(statement string) bool
	number  uint16
	message string
}

// packet is the refusal as the packet with a number.
func (r *refusal) packet(number byte) []byte {
	body := binary.LittleEndian.AppendUint16([]byte{0xff}, r.number)
	body = append(body, "#HY000"+r.message...)
	header := binary.LittleEndian.AppendUint32(nil, uint32(len(body)))
	header[3] = number
	return append(header, body...)
}

// Proxy forwards connections to one server. Its methods are safe for concurrent
// use.
type Proxy struct {
	*tcpproxy.Proxy

	t testing.TB

	mu       sync.Mutex
	faults   []*Fault
	refusals []*refusal
}

// Start starts a proxy in front of the server at an address. It ends with the
// test.
func Start(t testing.TB, backend string) *Proxy {
	t.Helper()
	p := &Proxy{t: t}
	p.Proxy = tcpproxy.Start(t, backend, func(l *tcpproxy.Link) { newLink(p, l).run() })
	return p
}

// Inject has something happen at the next statement that matches.
func (p *Proxy) Inject(action Action, match func(statement string) bool) *Fault {
	f := &Fault{action: action, match: match, struck: make(chan struct{}), release: make(chan struct{})}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults = append(p.faults, f)
	return f
}

// Refuse has the server answer every statement that matches with an error, from now on
// until end is called. It does not see them.
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

// refusal returns what is answered to a statement in the server's place, if anything is.
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

// take returns the fault that strikes at a statement, which then no other will.
func (p *Proxy) take(statement string) *Fault {
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

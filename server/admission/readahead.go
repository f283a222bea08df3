package admission

import (
	"net"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// mostAhead is how many packets may be read that are not answered yet. The
	// SSH library has room for 16, and one packet may have two answers: a banner
	// and a refusal.
	mostAhead = 14
	// shortestPacket is the least of bytes that can be one, whatever the cipher.
	shortestPacket = 22
	// atRest is for how long nothing is answered when everything that can be
	// was: what was read is a part of a longer packet.
	atRest = 5 * time.Millisecond
)

// readAhead bounds how far a client that has not logged in is read ahead of the answers to
// it. If a login fails while more packets wait than the SSH library has room for, its
// reading goroutine stays for ever, with up to 4 MB. The library reads nothing ahead before
// the key exchange; after the login, drain takes care of it.
type readAhead struct {
	over     atomic.Bool   // the client has logged in
	answered chan struct{} // holds one token after an answer

	mu      sync.Mutex
	begun   bool // keys were exchanged
	writing int  // answers under way
	answers int
	ahead   int // how many packets may have been read that are not answered
}

func newReadAhead() readAhead { return readAhead{answered: make(chan struct{}, 1)} }

// room waits until bytes may be read, or the connection is closed, and returns how many.
func (p *readAhead) room(most int, closed <-chan struct{}) (int, error) {
	n := p.free(most)
	if n > 0 {
		return n, nil
	}
	tick := time.NewTicker(atRest)
	defer tick.Stop()
	for answers := p.rest(-1); n <= 0; n = p.free(most) {
		select {
		case <-closed:
			return 0, net.ErrClosed
		case <-p.answered:
		case <-tick.C:
			answers = p.rest(answers)
		}
	}
	return n, nil
}

func (p *readAhead) free(most int) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.begun || p.over.Load() {
		return most
	}
	return min(most, (mostAhead-p.ahead)*shortestPacket)
}

// rest forgets what was read if nothing was answered since there were so many
// answers, and returns how many there are.
func (p *readAhead) rest(answers int) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.writing == 0 && p.answers == answers {
		p.ahead = 0
	}
	return p.answers
}

// read says that so many bytes were read.
func (p *readAhead) read(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.begun {
		p.ahead += (n + shortestPacket - 1) / shortestPacket
	}
}

// write writes an answer.
func (p *readAhead) write(conn net.Conn, b []byte) (int, error) {
	p.mu.Lock()
	p.writing++
	p.mu.Unlock()
	n, err := conn.Write(b)
	p.mu.Lock()
	p.writing--
	p.answers++
	p.ahead = max(p.ahead-1, 0)
	p.begun = p.begun || len(b) > 5 && b[5] == newKeys
	p.mu.Unlock()
	p.poke()
	return n, err
}

// end says that the client has logged in.
func (p *readAhead) end() {
	p.over.Store(true)
	p.poke()
}

func (p *readAhead) poke() {
	select {
	case p.answered <- struct{}{}:
	default:
	}
}

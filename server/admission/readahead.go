package admission

import (
	"net"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// maxAhead is how many packets may be read before they are answered. The SSH library
	// has room for 16, and a packet may have two answers: a banner and a failure.
	maxAhead = 14
	// minPacketSize is the minimum size of a packet in bytes with any cipher.
	minPacketSize = 22
	// idleTime is the time without an answer after which all complete packets count as
	// answered: the rest is part of a longer packet.
	idleTime = 5 * time.Millisecond
)

// readAhead bounds how many unanswered packets the SSH library reads before the login. If a
// login fails while more packets wait than the library has room for, its reading goroutine
// blocks for ever, with up to 4 MB. Before the key exchange, the library reads nothing ahead;
// after the login, drain ends that goroutine.
type readAhead struct {
	finished atomic.Bool   // the client has logged in
	answered chan struct{} // holds one token after an answer

	mu        sync.Mutex
	encrypted bool // keys were exchanged
	writing   int  // pending writes of answers
	answers   int
	ahead     int // upper bound of the packets that were read and not answered
}

func newReadAhead() readAhead { return readAhead{answered: make(chan struct{}, 1)} }

// awaitRoom waits until bytes may be read or the connection is closed, and returns how many
// bytes may be read, at most limit.
func (p *readAhead) awaitRoom(limit int, closed <-chan struct{}) (int, error) {
	n := p.room(limit)
	if n > 0 {
		return n, nil
	}
	tick := time.NewTicker(idleTime)
	defer tick.Stop()
	for answers := p.resetIfIdle(-1); n <= 0; n = p.room(limit) {
		select {
		case <-closed:
			return 0, net.ErrClosed
		case <-p.answered:
		case <-tick.C:
			answers = p.resetIfIdle(answers)
		}
	}
	return n, nil
}

func (p *readAhead) room(limit int) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.encrypted || p.finished.Load() {
		return limit
	}
	return min(limit, (maxAhead-p.ahead)*minPacketSize)
}

// resetIfIdle resets ahead if there was no answer since the given number of answers, and
// returns the number of answers now.
func (p *readAhead) resetIfIdle(answers int) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.writing == 0 && p.answers == answers {
		p.ahead = 0
	}
	return p.answers
}

func (p *readAhead) read(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.encrypted {
		p.ahead += (n + minPacketSize - 1) / minPacketSize
	}
}

func (p *readAhead) write(conn net.Conn, b []byte) (int, error) {
	p.mu.Lock()
	p.writing++
	p.mu.Unlock()
	n, err := conn.Write(b)
	p.mu.Lock()
	p.writing--
	p.answers++
	p.ahead = max(p.ahead-1, 0)
	p.encrypted = p.encrypted || len(b) > 5 && b[5] == newKeys
	p.mu.Unlock()
	p.signal()
	return n, err
}

func (p *readAhead) finish() {
	p.finished.Store(true)
	p.signal()
}

func (p *readAhead) signal() {
	select {
	case p.answered <- struct{}{}:
	default:
	}
}

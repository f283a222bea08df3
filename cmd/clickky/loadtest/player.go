package loadtest

import (
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	gossh "golang.org/x/crypto/ssh"
)

// readSize is the size of a player's read buffer in bytes; larger than a frame.
const readSize = 4096

// player is one player of the swarm.
type player struct {
	number  int
	server  int // the number of the target
	conn    gossh.Conn
	channel gossh.Channel
	running *sync.WaitGroup // the swarm's, for what runs for this player

	stream  stream         // of the goroutine that reads
	sampled *sampledScreen // nil for those who are only counted

	frames, bytes atomic.Uint64
}

// watch counts the received bytes and passes them to the sampled screen, if there is one, until the connection
// ends.
func (p *player) watch(first []byte) {
	p.see(first)
	buf := make([]byte, readSize)
	for {
		n, err := p.channel.Read(buf)
		if n > 0 {
			p.see(buf[:n])
		}
		if err != nil {
			_ = p.conn.Close()
			if p.sampled != nil {
				p.sampled.latencies.lose(p.sampled)
			}
			return
		}
	}
}

// see handles bytes that were just received.
func (p *player) see(text []byte) {
	now := time.Now()
	frames, asked := p.stream.scan(text)
	p.bytes.Add(uint64(len(text)))
	if frames > 0 {
		p.frames.Add(frames)
	}
	if asked {
		_, _ = p.channel.Write([]byte(modeKnown))
	}
	if p.sampled != nil {
		p.sampled.see(text, now, !p.stream.open)
	}
}

// click presses space, when it may, until the context or the connection ends.
func (p *player) click(ctx context.Context, rate float64, e *latencies) {
	mean := time.Duration(float64(time.Second) / rate)
	space := []byte(" ")
	for sleep(ctx, mean/2+rand.N(mean)) {
		if !e.press(p.sampled, p.server) {
			continue
		}
		if _, err := p.channel.Write(space); err != nil {
			return
		}
	}
}

const (
	// modeMark begins all sequences about synchronized updates: h begins one, l ends it, $p asks
	// whether the terminal supports them.
	modeMark = "\x1b[?2026"
	// modeKnown is the answer of a terminal that supports them.
	modeKnown = "\x1b[?2026;2$y"
)

// stream finds synchronized updates in a stream of bytes that arrives in pieces.
type stream struct {
	at   int  // how many bytes of modeMark have come
	open bool // an update has begun and not ended
}

// scan returns how many updates end in text, and whether the server asks if the terminal supports
// them.
func (s *stream) scan(text []byte) (frames uint64, asked bool) {
	for i := 0; i < len(text); i++ {
		switch b := text[i]; {
		case s.at < len(modeMark) && b == modeMark[s.at]:
			s.at++
			continue
		case s.at < len(modeMark):
		case b == 'h':
			s.open = true
		case b == 'l':
			s.open = false
			frames++
		case b == '$':
			asked = true
		}
		s.at = 0
		if text[i] == modeMark[0] {
			s.at = 1
		}
	}
	return frames, asked
}

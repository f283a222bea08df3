package admission

import (
	"bytes"
	"encoding/binary"
)

// phase is how far a login has come, as far as that can be seen without keys. Only complete
// packets count: a client that sends a byte now and then makes no progress.
type phase int32

const (
	connected phase = iota
	offered         // the client has sent SSH_MSG_KEXINIT
	keyed           // the client has sent SSH_MSG_NEWKEYS; all that follows is encrypted
	loggedIn
)

const (
	headerSize = 6 // of a packet: its length, that of the padding, and the type
	kexInit    = 20
	newKeys    = 21
)

// progress follows a client's bytes until they are encrypted: a line that begins with
// "SSH-", maybe after others, and then packets (RFC 4253, sections 4.2 and 6). It leaves
// errors to the SSH library, which ends the connection.
type progress struct {
	phase   phase
	greeted bool
	line    []byte // the first bytes of the current line
	header  []byte // the first bytes of the current packet
	left    uint32 // bytes that are missing after the header
}

// read takes what was read.
func (p *progress) read(b []byte) {
	for len(b) > 0 && p.phase < keyed {
		switch {
		case !p.greeted:
			b = p.readLine(b)
		case len(p.header) < headerSize:
			n := min(headerSize-len(p.header), len(b))
			p.header, b = append(p.header, b[:n]...), b[n:]
			if len(p.header) == headerSize {
				p.left = max(binary.BigEndian.Uint32(p.header), 2) - 2 // padding and type are in the header
				p.packet()
			}
		default:
			n := min(int(p.left), len(b))
			p.left -= uint32(n)
			b = b[n:]
			p.packet()
		}
	}
}

func (p *progress) readLine(b []byte) (rest []byte) {
	const begin = "SSH-"
	line, rest, ended := bytes.Cut(b, []byte("\n"))
	p.line = append(p.line, line[:min(len(line), len(begin)-len(p.line))]...)
	if ended {
		p.greeted = string(p.line) == begin
		p.line = p.line[:0]
	}
	return rest
}

// packet ends a packet that is complete.
func (p *progress) packet() {
	if p.left > 0 {
		return
	}
	switch p.header[headerSize-1] {
	case kexInit:
		p.phase = max(p.phase, offered)
	case newKeys:
		p.phase = keyed
	}
	p.header = p.header[:0]
}

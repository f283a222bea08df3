package admission

import (
	"bytes"
	"encoding/binary"
)

// phase is how far a client has come with its login, as far as the server can
// see that without keys. What counts is what is complete: a client that sends
// a byte now and then gets nowhere.
type phase int32

const (
	connected phase = iota
	offered         // it has said what it can (SSH_MSG_KEXINIT)
	keyed           // it has changed to new keys (SSH_MSG_NEWKEYS); all that follows is encrypted
	loggedIn
)

const (
	headerSize = 6 // of a packet: its length, that of the padding, and the type
	kexInit    = 20
	newKeys    = 21
)

// progress follows what a client says before it is encrypted: a line that
// begins with "SSH-", maybe after others, and then packets (RFC 4253, sections
// 4.2 and 6). It leaves mistakes to the SSH library, which ends the connection.
type progress struct {
	phase   phase
	greeted bool
	line    []byte // the first bytes of the line that is being said
	header  []byte // the first bytes of the packet that is being said
	left    uint32 // how many bytes of it are to come when its header is there
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

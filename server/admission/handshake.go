package admission

import (
	"bytes"
	"encoding/binary"
)

// phase is how far a login has come, as far as the unencrypted bytes show it. Only complete
// packets count, so a client that sends a byte now and then makes no progress.
type phase int32

const (
	connected  phase = iota
	kexStarted       // the client has sent SSH_MSG_KEXINIT
	encrypted        // the client has sent SSH_MSG_NEWKEYS; everything after it is encrypted
	loggedIn
)

const (
	headerSize = 6 // of a packet: packet length, padding length and type
	kexInit    = 20
	newKeys    = 21
)

// handshake parses a client's bytes until they are encrypted: a version line that begins with
// "SSH-", possibly after other lines, and then packets (RFC 4253, sections 4.2 and 6). The SSH
// library handles errors and ends the connection.
type handshake struct {
	phase      phase
	hasVersion bool
	line       []byte // the first bytes of the current line
	header     []byte // the first bytes of the current packet
	left       uint32 // how many bytes of the packet are missing after the header
}

func (h *handshake) consume(b []byte) {
	for len(b) > 0 && h.phase < encrypted {
		switch {
		case !h.hasVersion:
			b = h.consumeLine(b)
		case len(h.header) < headerSize:
			n := min(headerSize-len(h.header), len(b))
			h.header, b = append(h.header, b[:n]...), b[n:]
			if len(h.header) == headerSize {
				h.left = max(binary.BigEndian.Uint32(h.header), 2) - 2 // padding length and type are in the header
				h.endPacket()
			}
		default:
			n := min(int(h.left), len(b))
			h.left -= uint32(n)
			b = b[n:]
			h.endPacket()
		}
	}
}

func (h *handshake) consumeLine(b []byte) (rest []byte) {
	const begin = "SSH-"
	line, rest, complete := bytes.Cut(b, []byte("\n"))
	h.line = append(h.line, line[:min(len(line), len(begin)-len(h.line))]...)
	if complete {
		h.hasVersion = string(h.line) == begin
		h.line = h.line[:0]
	}
	return rest
}

// endPacket moves on to the next packet if the current one is complete.
func (h *handshake) endPacket() {
	if h.left > 0 {
		return
	}
	switch h.header[headerSize-1] {
	case kexInit:
		h.phase = max(h.phase, kexStarted)
	case newKeys:
		h.phase = encrypted
	}
	h.header = h.header[:0]
}

package dbproxy

import (
	"bufio"
	"encoding/binary"
	"io"
	"sync"

	"clickky/sync/tcpproxy"
)

// Commands, the first byte of a packet that begins one.
const (
	comQuery   = 0x03
	comPrepare = 0x16
	comExecute = 0x17
)

// What a client may ask for in its first packet and the proxy cannot read.
const (
	wantsCompression = 0x0020
	wantsTLS         = 0x0800
)

// link is a client's connection and the matching one to the server.
type link struct {
	*tcpproxy.Link

	proxy *Proxy

	mu        sync.Mutex
	answered  *Fault            // strikes at the server's next packet
	preparing string            // the statement that the server's next packet gives an ID
	prepared  map[uint32]string // statements by ID
}

func newLink(p *Proxy, l *tcpproxy.Link) *link {
	return &link{Link: l, proxy: p, prepared: map[uint32]string{}}
}

// run forwards until either side is closed and its goroutines have ended.
func (l *link) run() {
	var both sync.WaitGroup
	both.Go(func() { l.pump(l.Client, l.Server, l.fromClient) })
	both.Go(func() { l.pump(l.Server, l.Client, l.fromServer) })
	both.Wait()
}

// pump forwards the packets for which look returns true. It flushes when no more are buffered.
func (l *link) pump(from io.Reader, to io.Writer, look func(packet []byte) (pass bool)) {
	defer l.Cut()
	in, out := bufio.NewReader(from), bufio.NewWriter(to)
	for {
		packet, err := readPacket(in)
		if err != nil {
			return
		}
		if !look(packet) {
			continue
		}
		if !l.Pass() {
			return
		}
		if _, err := out.Write(packet); err != nil {
			return
		}
		if in.Buffered() > 0 {
			continue
		}
		if err := out.Flush(); err != nil {
			return
		}
	}
}

// headerLength is the size of a header: three bytes of length, and the packet's number within a
// command and its answer.
const headerLength = 4

func readPacket(in *bufio.Reader) ([]byte, error) {
	header, err := in.Peek(headerLength)
	if err != nil {
		return nil, err
	}
	length := int(header[0]) | int(header[1])<<8 | int(header[2])<<16
	packet := make([]byte, headerLength+length)
	_, err = io.ReadFull(in, packet)
	return packet, err
}

// fromClient handles a packet on its way to the server.
func (l *link) fromClient(packet []byte) bool {
	number, payload := packet[3], packet[headerLength:]
	if number != 0 {
		// Before the first command: the client's login and capabilities.
		if number == 1 && len(payload) >= 4 && binary.LittleEndian.Uint16(payload)&(wantsTLS|wantsCompression) != 0 {
			l.proxy.t.Error("the proxy to the database cannot read connections that are encrypted or compressed")
			l.Cut()
			return false
		}
		return number != 1 || !l.refuse(Login, number)
	}
	statement, ok := l.statement(payload)
	if !ok {
		return true
	}
	if l.refuse(statement, number) {
		return false
	}
	fault := l.proxy.takeFault(statement)
	if fault == nil {
		return true
	}
	switch fault.action {
	case CutBefore:
		l.Cut()
		close(fault.struck)
		return false
	case HoldBefore:
		close(fault.struck)
		return l.Await(fault.release)
	default:
		l.mu.Lock()
		l.answered = fault
		l.mu.Unlock()
		return true
	}
}

// refuse answers a statement instead of the server, if it is refused. The server sends nothing
// meanwhile.
func (l *link) refuse(statement string, number byte) bool {
	r := l.proxy.refusal(statement)
	if r == nil {
		return false
	}
	if _, err := l.Client.Write(r.packet(number + 1)); err != nil {
		l.Cut()
	}
	return true
}

// statement returns the statement that a command executes, if any.
func (l *link) statement(command []byte) (string, bool) {
	if len(command) == 0 {
		return "", false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.preparing = ""
	switch body := command[1:]; command[0] {
	case comQuery:
		return string(body), true
	case comPrepare:
		l.preparing = string(body)
	case comExecute:
		if len(body) >= 4 {
			statement, ok := l.prepared[binary.LittleEndian.Uint32(body)]
			return statement, ok
		}
	}
	return "", false
}

// fromServer handles a packet on its way to the client. The protocol takes turns: the server's
// packets answer the last command.
func (l *link) fromServer(packet []byte) bool {
	l.mu.Lock()
	fault := l.answered
	if fault == nil || fault.action != SwallowAnswer {
		l.answered = nil
	}
	if body := packet[headerLength:]; l.preparing != "" && len(body) >= 5 && body[0] == 0 {
		l.prepared[binary.LittleEndian.Uint32(body[1:])] = l.preparing
		l.preparing = ""
	}
	l.mu.Unlock()
	if fault == nil {
		return true
	}
	switch fault.action {
	case CutAnswer:
		l.Cut()
		close(fault.struck)
		return false
	case SwallowAnswer:
		l.strikeOnce(fault)
		return false
	default:
		close(fault.struck)
		return l.Await(fault.release)
	}
}

// strikeOnce closes struck at the first of many packets.
func (l *link) strikeOnce(fault *Fault) {
	select {
	case <-fault.struck:
	default:
		close(fault.struck)
	}
}

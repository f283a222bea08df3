package sshtest

import (
	"bufio"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"slices"
	"strings"

	gossh "golang.org/x/crypto/ssh"
)

// Raw is an SSH client without any automatism: each packet is sent and received explicitly, so that
// a test can stop in the middle of anything, send requests without reading the answers, and send
// what no real client sends. It doesn't verify the server's key.
type Raw struct {
	net.Conn
	// Offers are the key exchange methods in its KEXINIT; nil means the one that it implements.
	Offers []string

	in               *bufio.Reader
	greeting, answer string // the two lines that begin a connection
	offer            []byte // the client's packet that began the key exchange
	id               []byte // of the connection, once keys were exchanged
	read, write      *direction
}

// direction is the cipher of one direction: aes128-gcm@openssh.com.
type direction struct {
	cipher.AEAD
	nonce []byte
}

// next increments the counter of the nonce.
func (d *direction) next() {
	n := d.nonce[4:]
	binary.BigEndian.PutUint64(n, binary.BigEndian.Uint64(n)+1)
}

// NewRaw returns a client that has sent nothing yet.
func NewRaw(conn net.Conn) *Raw { return &Raw{Conn: conn, in: bufio.NewReader(conn)} }

// RawLogin logs in over an existing connection.
func RawLogin(conn net.Conn, user string) (*Raw, error) {
	r := NewRaw(conn)
	for _, step := range []func() error{
		func() error { return r.Greet("SSH-2.0-raw") }, r.BeginKeys, r.FinishKeys,
		func() error { return r.Authenticate(user) },
	} {
		if err := step(); err != nil {
			return nil, fmt.Errorf("log in: %w", err)
		}
	}
	return r, nil
}

// Greet exchanges the identification lines (RFC 4253, section 4.2).
func (r *Raw) Greet(line string) error {
	r.greeting = line
	if _, err := io.WriteString(r, line+"\r\n"); err != nil {
		return err
	}
	answer, err := r.in.ReadString('\n')
	r.answer = strings.TrimRight(answer, "\r\n")
	return err
}

// kexInit is SSH_MSG_KEXINIT.
type kexInit struct {
	Cookie                                       [16]byte `sshtype:"20"`
	Kex, HostKey, CipherTo, CipherFrom           []string
	MACTo, MACFrom, PackTo, PackFrom, LanguageTo []string
	LanguageFrom                                 []string
	Guess                                        bool
	Reserved                                     uint32
}

// BeginKeys begins a key exchange, also later in a connection.
func (r *Raw) BeginKeys() error {
	gcm, none := []string{"aes128-gcm@openssh.com"}, []string{"none"}
	ways := r.Offers
	if ways == nil {
		ways = []string{"curve25519-sha256"}
	}
	r.offer = gossh.Marshal(&kexInit{
		Kex: ways, HostKey: []string{"ssh-ed25519", "ecdsa-sha2-nistp256", "rsa-sha2-256"},
		CipherTo: gcm, CipherFrom: gcm, MACTo: []string{"hmac-sha2-256"}, MACFrom: []string{"hmac-sha2-256"},
		PackTo: none, PackFrom: none,
	})
	return r.Send(r.offer)
}

// FinishKeys completes the key exchange that BeginKeys began.
func (r *Raw) FinishKeys() error {
	own, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	offered, err := r.await(20)
	if err != nil {
		return err
	}
	ask := struct {
		Point []byte `sshtype:"30"`
	}{own.PublicKey().Bytes()}
	if err := r.Send(gossh.Marshal(&ask)); err != nil {
		return err
	}
	packet, err := r.await(31)
	if err != nil {
		return err
	}
	var reply struct {
		HostKey, Point, Signature []byte `sshtype:"31"`
	}
	if err := gossh.Unmarshal(packet, &reply); err != nil {
		return err
	}
	point, err := ecdh.X25519().NewPublicKey(reply.Point)
	if err != nil {
		return err
	}
	shared, err := own.ECDH(point)
	if err != nil {
		return err
	}
	secret := new(big.Int).SetBytes(shared)
	hash := sha256.Sum256(gossh.Marshal(&struct {
		Greeting, Answer                      string
		Offer, Offered, HostKey, Asked, Reply []byte
		Secret                                *big.Int
	}{r.greeting, r.answer, r.offer, offered, reply.HostKey, ask.Point, reply.Point, secret}))
	return r.useKeys(secret, hash[:])
}

// useKeys switches both directions to new keys.
func (r *Raw) useKeys(secret *big.Int, hash []byte) error {
	if r.id == nil {
		r.id = hash
	}
	derive := func(letter byte) []byte {
		key := sha256.Sum256(append(append(append(gossh.Marshal(&struct{ Secret *big.Int }{secret}), hash...), letter), r.id...))
		return key[:]
	}
	newDirection := func(iv, key byte) (*direction, error) {
		block, err := aes.NewCipher(derive(key)[:16])
		if err != nil {
			return nil, err
		}
		aead, err := cipher.NewGCM(block)
		return &direction{aead, derive(iv)[:12]}, err
	}
	if err := r.Send([]byte{21}); err != nil {
		return err
	}
	if _, err := r.await(21); err != nil {
		return err
	}
	var err error
	if r.write, err = newDirection('A', 'C'); err != nil {
		return err
	}
	r.read, err = newDirection('B', 'D')
	return err
}

// Authenticate logs in without a key.
func (r *Raw) Authenticate(user string) error {
	service := gossh.Marshal(&struct {
		Name string `sshtype:"5"`
	}{"ssh-userauth"})
	if err := r.Send(service); err != nil {
		return err
	}
	if _, err := r.await(6); err != nil {
		return err
	}
	if err := r.Send(AuthRequest(user, "keyboard-interactive")); err != nil {
		return err
	}
	_, err := r.await(52)
	return err
}

// AuthRequest returns an authentication request by a method.
func AuthRequest(user, method string) []byte {
	return gossh.Marshal(&struct {
		User                  string `sshtype:"50"`
		Service, Method, A, B string
	}{User: user, Service: "ssh-connection", Method: method})
}

// OpenChannel returns a request to open a channel with a window of that many bytes.
func OpenChannel(kind string, window uint32, extra ...byte) []byte {
	return append(gossh.Marshal(&struct {
		Kind                string `sshtype:"90"`
		ID, Window, Largest uint32
	}{kind, 0, window, 1 << 15}), extra...)
}

// ChannelRequest returns a request on the first channel.
func ChannelRequest(kind string, wantReply bool, payload ...byte) []byte {
	return append(gossh.Marshal(&struct {
		ID        uint32 `sshtype:"98"`
		Kind      string
		WantReply bool
	}{0, kind, wantReply}), payload...)
}

// GlobalRequest returns a global request.
func GlobalRequest(kind string, wantReply bool, payload ...byte) []byte {
	return append(gossh.Marshal(&struct {
		Kind      string `sshtype:"80"`
		WantReply bool
	}{kind, wantReply}), payload...)
}

// CloseChannel returns the packet that closes the first channel.
func CloseChannel() []byte {
	return gossh.Marshal(&struct {
		ID uint32 `sshtype:"97"`
	}{0})
}

// On readdresses a packet for the first channel to another channel. Channels count from 0.
func On(channel uint32, packet []byte) []byte {
	packet = slices.Clone(packet)
	binary.BigEndian.PutUint32(packet[1:], channel)
	return packet
}

// Data returns a packet with data for the first channel.
func Data(s string) []byte {
	return gossh.Marshal(&struct {
		ID   uint32 `sshtype:"94"`
		Data string
	}{0, s})
}

// PTYRequest returns the payload of a pty-req.
func PTYRequest(term string, columns, rows uint32) []byte {
	return gossh.Marshal(&struct {
		Term                string
		Columns, Rows, W, H uint32
		Modes               string
	}{Term: term, Columns: columns, Rows: rows})
}

// WindowChange returns the payload of a window-change.
func WindowChange(columns, rows uint32) []byte {
	return gossh.Marshal(&struct{ Columns, Rows, W, H uint32 }{Columns: columns, Rows: rows})
}

// Open opens the connection's first session channel with a window of that many bytes.
func (r *Raw) Open(window uint32) error {
	if err := r.Send(OpenChannel("session", window)); err != nil {
		return err
	}
	_, err := r.await(91)
	return err
}

// Play starts the game on a terminal and reads nothing of its output.
func (r *Raw) Play(window uint32) error {
	if err := r.Open(window); err != nil {
		return err
	}
	if err := r.Send(ChannelRequest("pty-req", false, PTYRequest("xterm-256color", 80, 24)...)); err != nil {
		return err
	}
	return r.Send(ChannelRequest("shell", false))
}

// Send sends packets, all in one write.
func (r *Raw) Send(payloads ...[]byte) error {
	var all []byte
	for _, p := range payloads {
		all = append(all, r.seal(p)...)
	}
	_, err := r.Write(all)
	return err
}

// seal encrypts a packet.
func (r *Raw) seal(payload []byte) []byte {
	block, open := 16, 0 // what the length must be a multiple of, and whether it counts itself
	if r.write == nil {
		block, open = 8, 4
	}
	padding := block - (open+1+len(payload))%block
	if padding < 4 {
		padding += block
	}
	packet := binary.BigEndian.AppendUint32(nil, uint32(1+len(payload)+padding))
	packet = append(append(append(packet, byte(padding)), payload...), make([]byte, padding)...)
	if r.write != nil {
		packet = r.write.Seal(packet[:4:4], r.write.nonce, packet[4:], packet[:4])
		r.write.next()
	}
	return packet
}

// Receive returns the next packet from the server.
func (r *Raw) Receive() ([]byte, error) {
	head := make([]byte, 4)
	if _, err := io.ReadFull(r.in, head); err != nil {
		return nil, err
	}
	size := int(binary.BigEndian.Uint32(head))
	if r.read != nil {
		size += r.read.Overhead()
	}
	body := make([]byte, size)
	if _, err := io.ReadFull(r.in, body); err != nil {
		return nil, err
	}
	if r.read != nil {
		var err error
		if body, err = r.read.Open(body[:0], r.read.nonce, body, head); err != nil {
			return nil, err
		}
		r.read.next()
	}
	if len(body) < 2 || int(body[0]) > len(body)-2 {
		return nil, errors.New("the packet is empty")
	}
	return body[1 : len(body)-int(body[0])], nil
}

// await returns the next packet of a kind and skips others.
func (r *Raw) await(kind byte) ([]byte, error) {
	for {
		packet, err := r.Receive()
		if err != nil || packet[0] == kind {
			return packet, err
		}
		if packet[0] == 51 { // a method of authentication was refused
			return nil, errors.New("the server refused the login")
		}
	}
}

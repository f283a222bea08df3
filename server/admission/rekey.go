package admission

import (
	"errors"
	"io"
	"net"

	"charm.land/ssh"
	gossh "golang.org/x/crypto/ssh"
	"golang.org/x/time/rate"
)

// ErrRekeying is the reason for ending a connection.
var ErrRekeying = errors.New("the client rekeys too often")

// rekeys counts the key exchanges of a connection, which cost the server much more than the
// client. Only one goroutine may use it.
type rekeys struct {
	any   bool          // there was one
	at    uint64        // the connection's traffic at the last one
	spare *rate.Limiter // those that the traffic does not justify
}

// allow reports whether there may be another exchange, and counts it. There may be one
// before the login. Later, traffic since the last one justifies another, whichever side
// begins it: the SSH library does so after a gigabyte in one direction.
func (e *rekeys) allow(loggedIn bool, traffic uint64, c ConnConfig) bool {
	since := traffic - e.at
	e.at = traffic
	switch {
	case !e.any:
		e.any = true
		return true
	case !loggedIn:
		return false
	case since >= c.RekeyBytes:
		return true
	}
	if e.spare == nil {
		e.spare = rate.NewLimiter(rate.Every(c.RekeyInterval), c.RekeyBurst)
	}
	return e.spare.Allow()
}

// LimitRekeying makes a server's configuration for one connection offer safe and cheap
// algorithms and the host keys, and end the connection if its client rekeys too often.
// Then it calls rekeying.
func LimitRekeying(ctx ssh.Context, config *gossh.ServerConfig, hostKeys []ssh.Signer, rekeying func(from net.Addr)) {
	config.KeyExchanges = []string{gossh.KeyExchangeMLKEM768X25519, gossh.KeyExchangeCurve25519, gossh.KeyExchangeECDHP256}
	config.MACs = []string{gossh.HMACSHA256ETM, gossh.HMACSHA512ETM}
	config.PublicKeyAuthAlgorithms = gossh.SupportedAlgorithms().PublicKeyAuths
	conn := connOf(ctx)
	for _, key := range hostKeys {
		// All keys of the SSH library are of this type.
		if multi, ok := key.(gossh.MultiAlgorithmSigner); ok && conn != nil {
			key = &countedKey{multi, conn, rekeying}
		}
		config.AddHostKey(key)
	}
}

// countedKey is a host key for one connection. The server signs with it once in each key
// exchange (RFC 4253, section 8).
type countedKey struct {
	gossh.MultiAlgorithmSigner
	conn     *Conn
	rekeying func(from net.Addr)
}

// Sign implements gossh.Signer.
func (k *countedKey) Sign(random io.Reader, data []byte) (*gossh.Signature, error) {
	if err := k.count(); err != nil {
		return nil, err
	}
	return k.MultiAlgorithmSigner.Sign(random, data)
}

// SignWithAlgorithm implements gossh.AlgorithmSigner.
func (k *countedKey) SignWithAlgorithm(random io.Reader, data []byte, algorithm string) (*gossh.Signature, error) {
	if err := k.count(); err != nil {
		return nil, err
	}
	return k.MultiAlgorithmSigner.SignWithAlgorithm(random, data, algorithm)
}

func (k *countedKey) count() error {
	if k.conn.allowKeys() {
		return nil
	}
	k.rekeying(k.conn.RemoteAddr())
	return ErrRekeying
}

// allowKeys counts a key exchange, and reports whether it may be.
func (c *Conn) allowKeys() bool {
	if c.rekeys.allow(c.readAhead.over.Load(), c.traffic.Load(), c.limiter.config) {
		return true
	}
	c.limiter.mu.Lock()
	defer c.limiter.mu.Unlock()
	c.limiter.count.Rekeying++
	return false
}

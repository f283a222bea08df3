package admission

import (
	"errors"
	"io"
	"net"

	gossh "golang.org/x/crypto/ssh"
	"golang.org/x/time/rate"
)

// ErrRekeying is the reason for closing a connection whose client rekeys too often.
var ErrRekeying = errors.New("the client rekeys too often")

// rekeys limits the key exchanges of a connection, because they cost the server much more
// than the client. It is not safe for concurrent use.
type rekeys struct {
	exchanged bool          // there was a key exchange
	trafficAt uint64        // the connection's traffic at the last exchange
	early     *rate.Limiter // for exchanges before RekeyBytes
}

// allow reports whether there may be another exchange, and counts it. Before the login there
// may be one. Later, enough traffic since the last one justifies another. Either side may
// begin it; the SSH library does so after a gigabyte in one direction.
func (r *rekeys) allow(loggedIn bool, traffic uint64, c ConnConfig) bool {
	since := traffic - r.trafficAt
	r.trafficAt = traffic
	switch {
	case !r.exchanged:
		r.exchanged = true
		return true
	case !loggedIn:
		return false
	case since >= c.RekeyBytes:
		return true
	}
	if r.early == nil {
		r.early = rate.NewLimiter(rate.Every(c.RekeyInterval), c.RekeyBurst)
	}
	return r.early.Allow()
}

// countingSigner is a host key for one connection that counts key exchanges. The server signs
// once in each exchange (RFC 4253, section 8).
type countingSigner struct {
	gossh.MultiAlgorithmSigner
	conn     *Conn
	rekeying func(from net.Addr)
}

// Sign implements gossh.Signer.
func (k *countingSigner) Sign(random io.Reader, data []byte) (*gossh.Signature, error) {
	if err := k.count(); err != nil {
		return nil, err
	}
	return k.MultiAlgorithmSigner.Sign(random, data)
}

// SignWithAlgorithm implements gossh.AlgorithmSigner.
func (k *countingSigner) SignWithAlgorithm(random io.Reader, data []byte, algorithm string) (*gossh.Signature, error) {
	if err := k.count(); err != nil {
		return nil, err
	}
	return k.MultiAlgorithmSigner.SignWithAlgorithm(random, data, algorithm)
}

func (k *countingSigner) count() error {
	if k.conn.allowRekey() {
		return nil
	}
	k.rekeying(k.conn.RemoteAddr())
	return ErrRekeying
}

// allowRekey counts a key exchange, and reports whether it is allowed.
func (c *Conn) allowRekey() bool {
	if c.rekeys.allow(c.readAhead.finished.Load(), c.traffic.Load(), c.limiter.config) {
		return true
	}
	c.limiter.mu.Lock()
	defer c.limiter.mu.Unlock()
	c.limiter.stats.Rekeying++
	return false
}

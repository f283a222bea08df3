package admission

import (
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"
)

// encryptedConn returns a connection after its key exchange, and the client's end.
func encryptedConn(t *testing.T) (*Conn, net.Conn) {
	t.Helper()
	v := admit(t, NewConnLimiter(ConnConfig{}), "192.0.2.1")
	go func() { _, _ = io.Copy(io.Discard, v.far) }()
	if _, err := v.Write([]byte{0, 0, 0, 12, 10, newKeys}); err != nil {
		t.Fatal(err)
	}
	return v.Conn, v.far
}

// readAll reads for that time, and returns the number of bytes.
func readAll(c *Conn, d time.Duration) int {
	time.AfterFunc(d, func() { _ = c.Close() })
	sum, buf := 0, make([]byte, 4096)
	for {
		n, err := c.Read(buf)
		sum += n
		if err != nil {
			return sum
		}
	}
}

func TestReadAheadIsBoundedByAnswers(t *testing.T) {
	for _, c := range []struct {
		what    string
		prepare func(*testing.T, *Conn)
		low     int
		high    int
	}{
		{"nothing is answered, but something is about to be", func(_ *testing.T, c *Conn) { c.readAhead.writing++ }, 1, maxAhead * minPacketSize},
		{"nothing is to be answered, as in a long packet", func(*testing.T, *Conn) {}, 20_000, 100_000},
		{"logged in", func(_ *testing.T, c *Conn) { c.limiter.authenticated(c) }, 1_000_000, 1_000_000},
	} {
		t.Run(c.what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				conn, far := encryptedConn(t)
				c.prepare(t, conn)
				go func() { _, _ = far.Write(make([]byte, 1_000_000)) }()
				if n := readAll(conn, time.Second); n < c.low || n > c.high {
					t.Errorf("%d bytes are read in a second, want %d to %d", n, c.low, c.high)
				}
				_ = far.Close()
			})
		})
	}
}

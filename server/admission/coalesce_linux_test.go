package admission

import (
	"bytes"
	"net"
	"testing"
	"time"
)

// screenConn returns the connection of a session with a screen, and the client's end.
func screenConn(t *testing.T) (*Conn, net.Conn) {
	t.Helper()
	near, far := overTCP(t)
	conn, err := NewConnLimiter(ConnConfig{}).Admit(near)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = far.Close(); conn.Release() })
	conn.readAhead.finish()
	conn.pongs.addScreens(1)
	return conn, far
}

// sendPackets makes the client send the packet at an interval until stop is called. read
// returns the number of bytes of the next read.
func sendPackets(t *testing.T, conn *Conn, far net.Conn, packet []byte, every time.Duration) (read func() int, stop func()) {
	t.Helper()
	end, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			select {
			case <-end:
				return
			case <-tick.C:
				_, _ = far.Write(packet)
			}
		}
	}()
	buf := make([]byte, 4096)
	return func() int {
		n, err := conn.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}, func() { close(end); <-ended }
}

func TestCoalescerReadsCoverTrafficInPairs(t *testing.T) {
	conn, far := screenConn(t)
	packet := bytes.Repeat([]byte("p"), pongSize)
	read, stop := sendPackets(t, conn, far, packet, coverEvery/4)
	for range 4 * coverPackets {
		if read(); conn.coalescer.on {
			break
		}
	}
	if !conn.coalescer.on {
		t.Fatal("cover traffic is not recognized")
	}
	together := 0
	for range 10 {
		if read() >= 2*pongSize {
			together++
		}
	}
	if together < 5 { // one that is there when it is read is not waited for
		t.Errorf("of ten reads %d were of two packets", together)
	}
	stop()
	_, _ = far.Write(packet[:1])
	begun := time.Now()
	late := time.AfterFunc(3*coalesceTime, func() { _, _ = far.Write(packet[:2]) })
	defer late.Stop()
	for last := 0; last != 1; { // what is alone, be it this or the last packet
		last = read() % pongSize
	}
	if took := time.Since(begun); took > 2*coalesceTime {
		t.Errorf("one byte is read after %v", took)
	}
	if read(); conn.coalescer.on {
		t.Error("it is waited for although no cover traffic comes any more")
	}
}

func TestCoalescerLeavesOtherTrafficAlone(t *testing.T) {
	for name, c := range map[string]struct {
		size    int
		screens int32
	}{"longer packets": {pongSize + 1, 1}, "no screen": {pongSize, 0}} {
		t.Run(name, func(t *testing.T) {
			conn, far := screenConn(t)
			conn.pongs.addScreens(c.screens - 1)
			read, stop := sendPackets(t, conn, far, bytes.Repeat([]byte("p"), c.size), time.Millisecond)
			defer stop()
			for range 2 * coverPackets {
				if read(); conn.coalescer.on {
					t.Fatal("it is waited for")
				}
			}
		})
	}
}

//go:build !race

package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

const (
	// benchReaders is how many readers of the page's events BenchmarkWeb has beside the players, and
	// benchHammers how many clients that ask for the page again and again, without a pause.
	benchReaders, benchHammers = 2000, 50
)

// BenchmarkWeb plays on a server without a crowd at its web page, with readers of the events, and
// with clients that hammer the page.
//
//	go test ./cmd/clickky -run '^$' -bench BenchmarkWeb -benchtime 1x -players 500 -clickers 10 -for 20s
func BenchmarkWeb(b *testing.B) {
	program := buildProgram(b)
	for _, crowd := range []struct {
		name             string
		readers, hammers int
	}{{"nobody", 0, 0}, {"readers", benchReaders, 0}, {"hammers", 0, benchHammers}} {
		b.Run(crowd.name, func(b *testing.B) {
			f := &fleet{program: program}
			f.start(b, "--data", filepath.Join(b.TempDir(), "data"), "--web", "127.0.0.1:0")
			at := showing.FindStringSubmatch(f.servers[0].Log())[1]
			var c webCrowd
			for range crowd.readers {
				c.add(b, at, c.read)
			}
			for range crowd.hammers {
				c.add(b, at, c.hammer)
			}
			r := f.play(b)
			c.leave()
			if r.Seconds > 0 {
				b.ReportMetric(float64(c.events.Load())/float64(max(crowd.readers, 1)), "events/reader")
				b.ReportMetric(float64(c.pages.Load()), "pages")
			}
			f.stop(b)
		})
	}
}

// webCrowd is the clients of a page.
type webCrowd struct {
	conns         []net.Conn
	running       sync.WaitGroup
	events, pages atomic.Int64
}

// add has a client use a new connection until the crowd leaves.
func (c *webCrowd) add(b *testing.B, at string, use func(net.Conn)) {
	b.Helper()
	conn, err := new(net.Dialer).DialContext(b.Context(), "tcp", at)
	if err != nil {
		b.Fatal(err)
	}
	c.conns = append(c.conns, conn)
	c.running.Go(func() { use(conn) })
}

// leave ends all clients.
func (c *webCrowd) leave() {
	for _, conn := range c.conns {
		_ = conn.Close()
	}
	c.running.Wait()
}

// read counts the events of a stream.
func (c *webCrowd) read(conn net.Conn) {
	_, _ = fmt.Fprint(conn, "GET /events HTTP/1.1\r\nHost: x\r\n\r\n") // what follows ends if it fails
	for lines := bufio.NewScanner(conn); lines.Scan(); {
		if strings.HasPrefix(lines.Text(), "event: count") {
			c.events.Add(1)
		}
	}
}

// hammer asks for the page again and again.
func (c *webCrowd) hammer(conn net.Conn) {
	answers := bufio.NewReader(conn)
	for {
		if _, err := fmt.Fprint(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			return
		}
		a, err := http.ReadResponse(answers, nil)
		if err != nil {
			return
		}
		if _, err := io.Copy(io.Discard, a.Body); err != nil {
			return
		}
		c.pages.Add(1)
	}
}

package monitor_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"clickky/server/monitor"
	"clickky/server/pipetest"
)

// pipes is a listener on which a test connects without a network, so that time is
// the test's own.
type pipes struct{ *pipetest.Listener }

// client is one end of a connection to the server.
type client struct {
	net.Conn
	answers *bufio.Reader
}

func (p pipes) connect() *client {
	conn := p.Connect()
	return &client{conn, bufio.NewReader(conn)}
}

// ask sends a request and keeps the connection open after the answer.
func (c *client) ask(path string) error {
	if _, err := fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", path); err != nil {
		return err
	}
	answer, err := http.ReadResponse(c.answers, nil)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if _, err := io.Copy(io.Discard, answer.Body); err != nil || answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: status %d, %w", path, answer.StatusCode, err)
	}
	return nil
}

// inPipes runs a server in a synctest bubble.
func inPipes(t *testing.T, c monitor.Config, test func(t *testing.T, p pipes)) {
	synctest.Test(t, func(t *testing.T) {
		c.Metrics, c.Log = prometheus.NewRegistry(), slog.New(slog.DiscardHandler)
		s := monitor.New(c)
		p := pipes{pipetest.NewListener(&net.TCPAddr{})}
		served := make(chan error, 1)
		go func() { served <- s.Serve(p) }()
		test(t, p)
		s.Close()
		if err := <-served; err != nil {
			t.Errorf("Serve = %v", err)
		}
	})
}

const all = 64 // connections

func TestConnsIdleMakeRoom(t *testing.T) {
	inPipes(t, monitor.Config{}, func(t *testing.T, p pipes) {
		var idle []*client
		for range all {
			c := p.connect()
			defer c.Close()
			if err := c.ask("/livez"); err != nil {
				t.Fatal(err)
			}
			synctest.Wait() // until the server, too, knows that the connection is idle
			idle = append(idle, c)
		}
		begun := time.Now()
		late := p.connect()
		defer late.Close()
		if err := late.ask("/livez"); err != nil || time.Since(begun) > 0 {
			t.Errorf("a new connection is answered after %v, %v", time.Since(begun), err)
		}
		if err := idle[0].ask("/livez"); err == nil {
			t.Error("the connection that was idle for the longest time is still open")
		}
		if err := idle[1].ask("/livez"); err != nil {
			t.Errorf("more than one idle connection was closed: %v", err)
		}
	})
}

func TestConnsIdleAreClosed(t *testing.T) {
	inPipes(t, monitor.Config{}, func(t *testing.T, p pipes) {
		c := p.connect()
		defer c.Close()
		if err := c.ask("/livez"); err != nil {
			t.Fatal(err)
		}
		begun := time.Now()
		if _, err := c.Read(make([]byte, 1)); err == nil || time.Since(begun) > 5*time.Second {
			t.Errorf("%v after %v", err, time.Since(begun))
		}
	})
}

func TestConnsSilentMakeRoom(t *testing.T) {
	inPipes(t, monitor.Config{}, func(t *testing.T, p pipes) {
		for i := range 2 * all {
			c := p.connect()
			defer c.Close()
			if i%2 == 0 {
				_, _ = io.WriteString(c, "GET /livez HTTP/1.1\r\nHost: x\r\nX-Never: ") // it may be closed already
			}
		}
		begun := time.Now()
		late := p.connect()
		defer late.Close()
		if err := late.ask("/livez"); err != nil || time.Since(begun) > 0 {
			t.Errorf("a new connection is answered after %v, %v", time.Since(begun), err)
		}
	})
}

// TestConnsActiveKeepPlace has a new connection wait meanwhile.
func TestConnsActiveKeepPlace(t *testing.T) {
	slow := func(context.Context) error { time.Sleep(time.Second); return nil }
	inPipes(t, monitor.Config{Live: []monitor.Check{{Name: "slow", Run: slow}}}, func(t *testing.T, p pipes) {
		begun := time.Now()
		answered := make(chan error, all+1)
		for range all {
			c := p.connect()
			defer c.Close()
			go func() { answered <- c.ask("/livez") }()
		}
		synctest.Wait()
		late := p.connect()
		defer late.Close()
		go func() { answered <- late.ask("/readyz") }()
		synctest.Wait()
		if n := len(answered); n > 0 {
			t.Errorf("%d connections were answered or closed at once", n)
		}
		for range all + 1 {
			if err := <-answered; err != nil {
				t.Error(err)
			}
		}
		if took := time.Since(begun); took > time.Second {
			t.Errorf("it took %v", took)
		}
	})
}

package web_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"clickky/server/pipetest"
	"clickky/server/web"
	"clickky/sync/ledger"
	"clickky/sync/ledger/ledgertest"
)

// newPipes returns a listener on which a test connects without a network, so that time is the test's
// own.
func newPipes() *pipetest.Listener {
	return pipetest.NewListener(&net.TCPAddr{IP: net.IPv4(198, 51, 100, 7), Port: 1})
}

// inPipes serves a page in a synctest bubble.
func inPipes(t *testing.T, test func(t *testing.T, game *ledger.Ledger, p *pipetest.Listener)) {
	synctest.Test(t, func(t *testing.T) {
		p := newPipes()
		game := ledgertest.Game(t)
		_, stop := serveOn(t, p, game, func(*web.Config) {})
		test(t, game, p)
		stop()
	})
}

func request(t *testing.T, c net.Conn, path string) {
	t.Helper()
	if _, err := fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", path); err != nil {
		t.Fatal(err)
	}
}

// clickFor has dan click once a second.
func clickFor(game *ledger.Ledger, d time.Duration) {
	session := game.Join("dan")
	defer session.Leave()
	for range d / time.Second {
		time.Sleep(time.Second)
		session.Click()
	}
	time.Sleep(time.Second) // until everybody has seen the last one
}

// TestReaderStuckIsDisconnected has a reader that reads nothing, and another one that does.
func TestReaderStuckIsDisconnected(t *testing.T) {
	inPipes(t, func(t *testing.T, game *ledger.Ledger, p *pipetest.Listener) {
		stuck, reads := p.Connect(), p.Connect()
		request(t, stuck, "/events")
		request(t, reads, "/events")
		seen := make(chan string)
		go func() {
			var text strings.Builder
			_, _ = io.Copy(&text, reads) // until the connection is closed
			seen <- text.String()
		}()
		clickFor(game, 22*time.Second)
		_ = reads.Close()
		if text := <-seen; strings.Count(text, "event: count") < 20 || !strings.Contains(text, `"total":42,`) {
			t.Errorf("beside a stuck reader, another one sees:\n%s", text)
		}
		begun := time.Now()
		_ = stuck.SetReadDeadline(begun.Add(time.Minute))
		if _, err := io.Copy(io.Discard, stuck); err != nil || time.Since(begun) > time.Second {
			t.Errorf("after %v the stuck reader's connection ends with %v", time.Since(begun), err)
		}
	})
}

// TestReaderSlowGetsNewest has a reader that reads nothing for some seconds.
func TestReaderSlowGetsNewest(t *testing.T) {
	inPipes(t, func(t *testing.T, game *ledger.Ledger, p *pipetest.Listener) {
		slow := p.Connect()
		defer slow.Close()
		request(t, slow, "/events")
		answer, err := http.ReadResponse(bufio.NewReaderSize(slow, 16), nil)
		if err != nil {
			t.Fatal(err)
		}
		clickFor(game, 10*time.Second)
		s := &stream{bufio.NewScanner(answer.Body)}
		counts := 0
		for !strings.Contains(s.until(t, "count", "").data, `"total":30,`) {
			counts++
		}
		if counts > 3 {
			t.Errorf("it has to read %d old events before the newest one", counts)
		}
	})
}

// TestReaderHearsWhileNothingHappens waits for a minute.
func TestReaderHearsWhileNothingHappens(t *testing.T) {
	inPipes(t, func(t *testing.T, _ *ledger.Ledger, p *pipetest.Listener) {
		c := p.Connect()
		defer c.Close()
		request(t, c, "/events")
		if err := c.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(c) // until the deadline
		if n := strings.Count(string(text), ": alive"); n < 3 || n > 4 {
			t.Errorf("in a minute it hears %d times:\n%s", n, text)
		}
		if n := strings.Count(string(text), "event: count"); n != 1 {
			t.Errorf("it gets %d equal counts", n)
		}
	})
}

func TestRequestsAreSlowedDown(t *testing.T) {
	inPipes(t, func(t *testing.T, _ *ledger.Ledger, p *pipetest.Listener) {
		c := p.Connect()
		defer c.Close()
		answers := bufio.NewReader(c)
		begun := time.Now()
		for range 2200 {
			request(t, c, "/stats.json")
			a, err := http.ReadResponse(answers, nil)
			if err != nil || a.StatusCode != http.StatusOK {
				t.Fatal(a, err)
			}
			_, _ = io.Copy(io.Discard, a.Body)
		}
		if took := time.Since(begun); took < 1900*time.Millisecond || took > 2100*time.Millisecond {
			t.Errorf("2,200 requests took %v, want 2 s: 200 at once, then 1,000 a second", took)
		}
	})
}

func TestConnsAreLimitedPerAddress(t *testing.T) {
	inPipes(t, func(t *testing.T, _ *ledger.Ledger, p *pipetest.Listener) {
		for range 64 {
			defer p.Connect().Close()
		}
		if _, err := p.Connect().Read(make([]byte, 1)); err != io.EOF {
			t.Errorf("one more connection from this address ends with %v, want EOF", err)
		}
		p.From = &net.TCPAddr{IP: net.IPv4(198, 51, 100, 8), Port: 1}
		c := p.Connect()
		request(t, c, "/stats.json")
		if a, err := http.ReadResponse(bufio.NewReader(c), nil); err != nil || a.StatusCode != http.StatusOK {
			t.Errorf("another address: %v, %v", a, err)
		}
		_ = c.Close()
	})
}

func TestConnsAreSlowedDown(t *testing.T) {
	inPipes(t, func(t *testing.T, _ *ledger.Ledger, p *pipetest.Listener) {
		begun := time.Now()
		for range 2200 {
			_ = p.Connect().Close()
		}
		if took := time.Since(begun); took < 1900*time.Millisecond || took > 2100*time.Millisecond {
			t.Errorf("2,200 connections took %v, want 2 s: 200 at once, then 1,000 a second", took)
		}
	})
}

func TestConnsSilentAreClosed(t *testing.T) {
	inPipes(t, func(t *testing.T, _ *ledger.Ledger, p *pipetest.Listener) {
		silent, endless, idle := p.Connect(), p.Connect(), p.Connect()
		if _, err := io.WriteString(endless, "GET / HTTP/1.1\r\nHost: x\r\nX-Never: "); err != nil {
			t.Fatal(err)
		}
		request(t, idle, "/stats.json")
		begun := time.Now()
		for name, c := range map[string]net.Conn{"silent": silent, "endless": endless, "idle": idle} {
			_ = c.SetReadDeadline(begun.Add(time.Hour))
			if _, err := io.Copy(io.Discard, c); err != nil || time.Since(begun) > 20*time.Second {
				t.Errorf("%s: %v after %v", name, err, time.Since(begun))
			}
		}
	})
}

// TestCloseEndsStreams is the end of a server with readers, one of them stuck.
func TestCloseEndsStreams(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPipes()
		_, stop := serveOn(t, p, ledgertest.Game(t), func(*web.Config) {})
		stuck, reads := p.Connect(), p.Connect()
		request(t, stuck, "/events")
		request(t, reads, "/events")
		go func() { _, _ = io.Copy(io.Discard, reads) }()
		synctest.Wait()
		begun := time.Now()
		stop()
		if took := time.Since(begun); took > 2*time.Second {
			t.Errorf("it took %v", took)
		}
		_, _ = stuck.Close(), reads.Close()
	})
}

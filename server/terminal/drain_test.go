package terminal

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

const attributes = "\x1b[?62;22c"

// far is a terminal behind a link with a delay, and the shell that gets what is typed when
// the session is over. It tells what its background is and which one it is, and the key
// that leaves is released a while after it was pressed.
type far struct {
	*client
	delay   time.Duration // of one way
	answers bool          // to the question for its attributes
	shell   chan string   // what would be typed into it
}

// behind starts a game on a far terminal that has pressed q and lets go of it after a while.
func behind(t *testing.T, delay time.Duration, answers bool) *far {
	t.Helper()
	f := &far{delay: delay, answers: answers, shell: make(chan string, 100)}
	f.client = newClient(newGame(), func(cfg *Config) {
		cfg.Out, cfg.QueryBackground = f, true
		cfg.RoundTrip = func() error { time.Sleep(2 * delay); return nil }
	})
	f.run(t.Context())
	f.later(f.delay, "\x1b[113u")
	if held := 80 * time.Millisecond; held < 2*delay { // the modes are not back at the terminal by then
		f.later(f.delay+held, "\x1b[113;1:3u\x1b[<0;5;3M\x1b[<0;5;3m")
	}
	return f
}

// Write answers queries after a round trip.
func (f *far) Write(p []byte) (int, error) {
	if strings.Contains(string(p), queryBackground) {
		f.later(2*f.delay, answersWhite)
	}
	if strings.Contains(string(p), queryAttributes) && f.answers {
		f.later(2*f.delay, attributes)
	}
	return f.client.Write(p)
}

// later sends keys after some time: to the session, or to the shell if the session is over for
// the client.
func (f *far) later(after time.Duration, keys string) {
	time.AfterFunc(after, func() {
		select {
		case <-f.ended:
			f.shell <- keys
		default:
			_, _ = io.WriteString(f.keys, keys)
		}
	})
}

func TestDrainKeepsInputOutOfShell(t *testing.T) {
	for _, c := range []struct {
		what    string
		delay   time.Duration // of one way
		answers bool
		ends    time.Duration // after q has arrived
	}{
		{"a near terminal", time.Millisecond, true, 2 * time.Millisecond},
		{"100 ms of round trip", 50 * time.Millisecond, true, 100 * time.Millisecond},
		{"1.2 s of round trip", 600 * time.Millisecond, true, 1200 * time.Millisecond},
		{"1.2 s each way", 1200 * time.Millisecond, true, 2400 * time.Millisecond},
		{"100 ms, and a terminal that does not answer", 50 * time.Millisecond, false, 350 * time.Millisecond},
		{"1.2 s, and a terminal that does not answer", 600 * time.Millisecond, false, 1450 * time.Millisecond},
		{"a link that takes longer than anybody waits", 5 * time.Second, true, maxDrain},
	} {
		t.Run(c.what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := behind(t, c.delay, c.answers)
				begin := time.Now()
				<-f.ended
				if took := time.Since(begin); took != c.delay+c.ends {
					t.Errorf("ended %v after q has arrived, want %v", took-c.delay, c.ends)
				}
				written := f.written()
				if last := written[len(written)-1]; last != leave+"0 clicks"+eol+"bye"+eol+queryAttributes {
					t.Errorf("ends with %q", last)
				}
				pause(10 * time.Second)
				if n := len(f.shell); n > 0 && c.ends < maxDrain {
					t.Errorf("%d times something is typed into the shell: %q", n, <-f.shell)
				}
				f.end()
			})
		})
	}
}

func TestDrainSkipsClientThatHungUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClient(newGame(), func(cfg *Config) { cfg.RoundTrip = func() error { return errors.New("gone") } })
		c.run(t.Context())
		begin := time.Now()
		_ = c.keys.Close()
		<-c.ended
		if took := time.Since(begin); took > 0 {
			t.Errorf("ended after %v", took)
		}
		c.end()
	})
}

// A client may be gone while the limiter still delays the reading of what it has sent.
func TestDrainSkipsClientWithUnreadInput(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClient(newGame(), func(cfg *Config) { cfg.RoundTrip = func() error { return errors.New("gone") } })
		c.run(t.Context())
		begin := time.Now()
		c.press(t, "q")
		<-c.ended
		if took := time.Since(begin); took > 0 {
			t.Errorf("ended after %v", took)
		}
		c.end()
	})
}

func TestDrainIgnoresUnrequestedAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClient(newGame(), func(cfg *Config) { cfg.RoundTrip = func() error { time.Sleep(time.Second); return nil } })
		c.run(t.Context())
		c.press(t, attributes)
		begin := time.Now()
		c.press(t, "q")
		<-c.ended
		if took := time.Since(begin); took != time.Second+typeAheadTime {
			t.Errorf("ended after %v", took)
		}
		c.end()
	})
}

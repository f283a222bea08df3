package admission

import (
	"bytes"
	"errors"
	"net"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// writes is a connection that records the writes to it.
type writes struct {
	net.Conn
	mu   sync.Mutex
	all  []string
	fail error
}

func (w *writes) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.fail != nil {
		return 0, w.fail
	}
	w.all = append(w.all, string(p))
	return len(p), nil
}

// take returns the writes since its last call.
func (w *writes) take() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := w.all
	w.all = nil
	return all
}

func TestPongsGoOutWithNextFrame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pong, frame := bytes.Repeat([]byte("p"), pongSize), bytes.Repeat([]byte("f"), pongSize+1)
		out, a := &writes{}, &pongs{}
		write := func(p []byte) {
			t.Helper()
			if n, err := a.write(out, p); n != len(p) || err != nil {
				t.Fatal(n, err)
			}
		}
		want := func(what string, want ...string) {
			t.Helper()
			if got := out.take(); !slices.Equal(got, want) {
				t.Errorf("%s: written %q, want %q", what, got, want)
			}
		}
		write(pong)
		want("without a screen", string(pong))
		a.addScreens(1)
		write(pong)
		write(pong)
		want("with a screen")
		write(frame)
		want("with a frame", string(pong)+string(pong)+string(frame))
		write(frame)
		want("with another frame", string(frame))

		write(pong)
		time.Sleep(pongDelay - time.Millisecond)
		write(pong)
		synctest.Wait()
		want("just before the first is due")
		time.Sleep(time.Millisecond)
		synctest.Wait()
		want("without a frame", string(pong)+string(pong))
		time.Sleep(time.Second)
		want("after that")

		for range maxPongs / pongSize {
			write(pong)
		}
		want("as many as may be held")
		write(pong)
		if got := out.take(); len(got) != 1 || len(got[0]) != maxPongs+pongSize {
			t.Errorf("more than may be held: %q", got)
		}

		write(pong)
		a.addScreens(-1)
		write(pong)
		want("after the screen", string(pong)+string(pong))
		a.close()
	})
}

func TestPongsFailNextWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broken := errors.New("broken")
		out, a := &writes{fail: broken}, &pongs{}
		a.addScreens(1)
		if n, err := a.write(out, []byte("pong")); n != 4 || err != nil {
			t.Fatal(n, err)
		}
		time.Sleep(pongDelay)
		synctest.Wait()
		if n, err := a.write(out, []byte("pong")); n != 0 || !errors.Is(err, broken) {
			t.Errorf("%d, %v", n, err)
		}
		a.close()
	})
}

// TestPongsFailWithFrame writes a frame behind a pong: none of the frame's bytes is written.
func TestPongsFailWithFrame(t *testing.T) {
	broken := errors.New("broken")
	out, a := &writes{fail: broken}, &pongs{}
	defer a.close()
	a.addScreens(1)
	_, _ = a.write(out, []byte("pong"))
	if n, err := a.write(out, make([]byte, pongSize+1)); n != 0 || !errors.Is(err, broken) {
		t.Errorf("%d, %v", n, err)
	}
}

// TestPongsKeepNoLargeBuffer writes a large frame behind a pong.
func TestPongsKeepNoLargeBuffer(t *testing.T) {
	out, a := &writes{}, &pongs{}
	defer a.close()
	a.addScreens(1)
	_, _ = a.write(out, []byte("pong"))
	_, _ = a.write(out, make([]byte, 100*maxPongs))
	if kept := cap(a.pending); kept > 2*maxPongs {
		t.Errorf("%d bytes are kept", kept)
	}
}

func TestPongsEndWithConn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out, a := &writes{}, &pongs{}
		a.addScreens(1)
		_, _ = a.write(out, []byte("pong"))
		a.close()
		time.Sleep(time.Second)
		synctest.Wait()
		if got := out.take(); len(got) > 0 {
			t.Errorf("written after the end: %q", got)
		}
		if _, err := a.write(out, []byte("pong")); !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
	})
}

// stuckConn is a connection whose client does not read.
type stuckConn struct {
	net.Conn
	free chan struct{}
}

func (c stuckConn) Write(p []byte) (int, error) {
	<-c.free
	return len(p), nil
}

// TestPongsOfStuckClientDoNotBlockReads matters because the client may not read until its own
// data has been read.
func TestPongsOfStuckClientDoNotBlockReads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out, a := stuckConn{free: make(chan struct{})}, &pongs{}
		a.addScreens(1)
		_, _ = a.write(out, []byte("pong"))
		time.Sleep(2 * pongDelay)
		synctest.Wait()
		asked := make(chan bool, 2)
		go func() {
			asked <- a.isDelaying()
			a.addScreens(-1)
			asked <- a.isDelaying()
		}()
		synctest.Wait()
		if len(asked) == 0 {
			t.Error("whoever asks waits for the client")
		}
		close(out.free)
		if first, last := <-asked, <-asked; !first || last {
			t.Errorf("answers are held: %v, and without a screen %v", first, last)
		}
	})
}

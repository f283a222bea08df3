package terminal

import (
	"context"
	"fmt"
	"io"
	"runtime/debug"
	"time"

	uv "github.com/charmbracelet/ultraviolet"
)

// input reads and decodes a client's bytes. One goroutine reads; a timer ends incomplete sequences.
// The goroutine that holds the token owns the fields below it and calls emit, so events come in
// order, one at a time, and reading pauses until an event has been handled.
type input struct {
	r     io.Reader
	fail  func(error) // ends the session
	token chan struct{}

	decoder  decoder
	keyboard keyboard
	limiter  inputLimiter
	timer    *time.Timer
	deadline time.Time // of the timer; zero if no sequence is open
	buf      [512]byte
}

// newInput returns an input that reads from r, passes events to emit, and reports to fail why it
// ended. emit asks the limiter about events that cost something.
func newInput(r io.Reader, events int, emit func(uv.Event), fail func(error)) *input {
	in := &input{r: r, fail: fail, token: make(chan struct{}, 1), limiter: newInputLimiter(events)}
	in.decoder.emit = func(event uv.Event) {
		in.limiter.decoded++
		emit(in.markRepeat(event))
	}
	in.token <- struct{}{}
	return in
}

// run reads until the input ends, or until the first bytes after the end of the context. It may be
// called once. After it returns, no timer acts.
func (in *input) run(ctx context.Context) {
	for ctx.Err() == nil {
		n, err := in.r.Read(in.buf[:])
		<-in.token
		in.recoverPanic(func() { in.decoder.decode(in.buf[:n]) })
		if err == nil {
			in.setTimer()
		}
		cost := in.limiter.takeCost(n)
		in.token <- struct{}{}
		if err == io.EOF {
			err = ErrHungUp
		}
		if err != nil {
			in.fail(err)
			break
		}
		in.limiter.wait(ctx, cost)
	}
	// The token is never returned, so a late timer does nothing.
	<-in.token
	if in.timer != nil {
		in.timer.Stop()
	}
}

// markRepeat marks a key press as a repeat if it is one that the terminal didn't mark.
func (in *input) markRepeat(event uv.Event) uv.Event {
	switch e := event.(type) {
	case uv.KeyPressEvent:
		return in.keyboard.press(e, in.decoder.isKeyCode())
	case uv.KeyReleaseEvent:
		in.keyboard.release(e)
	}
	return event
}

func (in *input) setTimer() {
	wait := in.decoder.timeout()
	if wait == 0 {
		in.deadline = time.Time{}
		return
	}
	in.deadline = time.Now().Add(wait)
	if in.timer == nil {
		in.timer = time.AfterFunc(wait, in.expire)
		return
	}
	in.timer.Reset(wait)
}

// expire ends a sequence that is still open.
func (in *input) expire() {
	select {
	case <-in.token:
	default:
		// More bytes have arrived. Their reader resets the timer.
		return
	}
	if !in.deadline.IsZero() && !time.Now().Before(in.deadline) {
		in.deadline = time.Time{}
		in.recoverPanic(in.decoder.expire)
	}
	in.token <- struct{}{}
}

// recoverPanic calls f and ends the session if it panics: a client that finds a bug in a decoder
// must not end the server.
func (in *input) recoverPanic(f func()) {
	defer func() {
		if v := recover(); v != nil {
			in.fail(panicError("input", v))
		}
	}()
	f()
}

func panicError(where string, v any) error {
	return fmt.Errorf("terminal: panic in %s: %v\n%s", where, v, debug.Stack())
}

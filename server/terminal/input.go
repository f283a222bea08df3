package terminal

import (
	"context"
	"fmt"
	"io"
	"runtime/debug"
	"time"

	uv "github.com/charmbracelet/ultraviolet"
)

// input reads a client's bytes and decodes them. One goroutine reads; a timer
// steps in when a sequence stays incomplete. A token says whose turn it is:
// its holder owns the fields below it and calls emit, so events come one at a
// time and in order, and while one is not taken nothing more is read.
type input struct {
	r    io.Reader
	fail func(error) // ends the session
	turn chan struct{}

	decoder  decoder
	keyboard keyboard
	budget   budget
	timer    *time.Timer
	deadline time.Time // when to give up waiting; zero: nothing is awaited
	buf      [512]byte
}

// newInput returns an input that reads from r, passes events to emit, which asks the
// budget about those that cost anything, and reports to fail why it ended.
func newInput(r io.Reader, events int, emit func(uv.Event), fail func(error)) *input {
	in := &input{r: r, fail: fail, turn: make(chan struct{}, 1), budget: newBudget(events)}
	in.decoder.emit = func(event uv.Event) {
		in.budget.decoded++
		emit(in.marked(event))
	}
	in.turn <- struct{}{}
	return in
}

// run reads until the bytes end, or until the first ones that come after the
// context has ended. It can be called once. No timer acts after it has returned.
func (in *input) run(ctx context.Context) {
	for ctx.Err() == nil {
		n, err := in.r.Read(in.buf[:])
		<-in.turn
		in.guard(func() { in.decoder.feed(in.buf[:n]) })
		if err == nil {
			in.await()
		}
		cost := in.budget.cost(n)
		in.turn <- struct{}{}
		if err == io.EOF {
			err = ErrHungUp
		}
		if err != nil {
			in.fail(err)
			break
		}
		in.budget.wait(ctx, cost)
	}
	// The turn is kept for ever, so that a late timer finds nothing to do.
	<-in.turn
	if in.timer != nil {
		in.timer.Stop()
	}
}

// marked returns the event, as a repeat if it is one that the terminal did not mark.
func (in *input) marked(event uv.Event) uv.Event {
	switch e := event.(type) {
	case uv.KeyPressEvent:
		return in.keyboard.press(e, in.decoder.isKeyCode())
	case uv.KeyReleaseEvent:
		in.keyboard.release(e)
	}
	return event
}

// await sets the timer for what the decoder waits for.
func (in *input) await() {
	wait := in.decoder.patience()
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

// expire ends what the decoder waits for, if it still does.
func (in *input) expire() {
	select {
	case <-in.turn:
	default:
		// More bytes have come, whose reader sets the timer anew.
		return
	}
	if !in.deadline.IsZero() && !time.Now().Before(in.deadline) {
		in.deadline = time.Time{}
		in.guard(in.decoder.expire)
	}
	in.turn <- struct{}{}
}

// guard calls f and turns a panic into the end of the session: a client that
// finds a bug in a decoder must not end the server.
func (in *input) guard(f func()) {
	defer func() {
		if v := recover(); v != nil {
			in.fail(panicError("input", v))
		}
	}()
	f()
}

// panicError describes a recovered panic.
func panicError(where string, v any) error {
	return fmt.Errorf("terminal: panic in %s: %v\n%s", where, v, debug.Stack())
}

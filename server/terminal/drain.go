package terminal

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// askAttributes asks a terminal which one it is. Practically all answer.
	askAttributes = "\x1b[c"
	// typingTime is how long a terminal may take to send what it has, after the client
	// has got everything.
	typingTime = 250 * time.Millisecond
	// longestDrain is for how long a session goes on at most after its end.
	longestDrain = 3 * time.Second
)

// drain drops what comes in after a session has given the screen back: answers to earlier
// questions, releases of the key that left, reports of the mouse. The client still has its
// terminal in raw mode then, and would leave to the player's shell what it reads later. The
// last thing that is asked is which terminal it is; what comes behind the answer was typed
// when the screen was given back already. A terminal that does not answer is waited for
// until the client has answered a ping, and a moment longer. What is not promised: that
// this is enough for a link on which that takes more than longestDrain.
type drain struct {
	ctx       context.Context // ends the reading, which outlives the session's context
	stop      context.CancelFunc
	roundTrip func() error
	isBegun   atomic.Bool
	over      sync.Once
	answered  chan struct{} // closed when the terminal has answered
	hungUp    chan struct{} // closed when nothing is read any more
}

func (d *drain) init(roundTrip func() error) {
	d.ctx, d.stop = context.WithCancel(context.Background())
	d.roundTrip = roundTrip
	d.answered, d.hungUp = make(chan struct{}), make(chan struct{})
}

// read reads until end is called, and something has come or the client has hung up.
func (d *drain) read(in *input) {
	defer close(d.hungUp)
	in.run(d.ctx)
}

// begin has all that comes in dropped.
func (d *drain) begin() { d.isBegun.Store(true) }

// begun reports whether begin was called.
func (d *drain) begun() bool { return d.isBegun.Load() }

// answer takes the answer of the terminal to askAttributes, which is not asked before.
func (d *drain) answer() {
	if d.begun() {
		d.over.Do(func() { close(d.answered) })
	}
}

// wait waits until nothing more can come that the player has not typed since.
func (d *drain) wait(running *sync.WaitGroup) {
	back := make(chan struct{})
	running.Go(func() {
		if d.roundTrip() == nil {
			close(back)
		}
	})
	late := time.NewTimer(longestDrain)
	defer late.Stop()
	select {
	case <-back: // also of a terminal that has answered: the client must not answer to nobody
		late.Reset(typingTime)
	case <-late.C:
		return
	case <-d.hungUp:
		return
	}
	select {
	case <-late.C:
	case <-d.answered:
	case <-d.hungUp:
	}
}

// end ends the reading, if only with the next bytes.
func (d *drain) end() { d.stop() }

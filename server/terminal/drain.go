package terminal

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// queryAttributes asks a terminal for its attributes. Practically all terminals answer.
	queryAttributes = "\x1b[c"
	// typeAheadTime is how long a terminal may take to send its pending input after the client has
	// received everything.
	typeAheadTime = 250 * time.Millisecond
	// maxDrain bounds how long a session goes on after its end.
	maxDrain = 3 * time.Second
)

// drain drops input that arrives after a session has restored the screen: answers to earlier
// queries, key releases, mouse reports. The client still has its terminal in raw mode then, and
// would leave later input to the player's shell. The last query asks for the terminal's attributes;
// input after its answer was typed after the screen was restored. If the terminal doesn't answer,
// drain waits until the client has answered a ping, and a moment longer. Links on which that takes
// more than maxDrain aren't covered.
type drain struct {
	ctx       context.Context // ends the reading, which outlives the session's context
	stop      context.CancelFunc
	roundTrip func() error
	// all input is dropped
	begun     atomic.Bool
	once      sync.Once
	answered  chan struct{} // closed when the terminal has answered
	readEnded chan struct{} // closed when reading has ended
}

func (d *drain) init(roundTrip func() error) {
	d.ctx, d.stop = context.WithCancel(context.Background())
	d.roundTrip = roundTrip
	d.answered, d.readEnded = make(chan struct{}), make(chan struct{})
}

// read reads until stop is called and then something arrives, or the client hangs up.
func (d *drain) read(in *input) {
	defer close(d.readEnded)
	in.run(d.ctx)
}

// onAttributes handles the answer to queryAttributes, which isn't sent before begun is set.
func (d *drain) onAttributes() {
	if d.begun.Load() {
		d.once.Do(func() { close(d.answered) })
	}
}

// wait waits until further input can only be what the player has typed since.
func (d *drain) wait(running *sync.WaitGroup) {
	pong := make(chan error, 1)
	running.Go(func() { pong <- d.roundTrip() })
	timer := time.NewTimer(maxDrain)
	defer timer.Stop()
	select {
	case err := <-pong: // even if the terminal has answered: the client must not answer the ping later
		if err != nil {
			return // the client is gone, though some of its input may not have been read yet
		}
		timer.Reset(typeAheadTime)
	case <-timer.C:
		return
	case <-d.readEnded:
		return
	}
	select {
	case <-timer.C:
	case <-d.answered:
	case <-d.readEnded:
	}
}

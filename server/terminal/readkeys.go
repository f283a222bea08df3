package terminal

import (
	"context"
	"io"

	tea "charm.land/bubbletea/v2"
	uv "github.com/charmbracelet/ultraviolet"
)

// ReadKeys decodes key presses for clients without a screen and calls press with each, at most
// events per second as in Config.Events. It reads no faster than press returns, until reading
// fails, and returns that error.
func ReadKeys(r io.Reader, events int, press func(tea.KeyPressMsg)) error {
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	var in *input
	emit := func(event uv.Event) {
		if key, ok := event.(uv.KeyPressEvent); ok && in.limiter.allow() {
			press(tea.KeyPressMsg(key))
		}
	}
	in = newInput(r, events, emit, func(err error) { cancel(err) })
	in.run(ctx)
	return context.Cause(ctx)
}

package terminal

import (
	"context"
	"io"

	tea "charm.land/bubbletea/v2"
	uv "github.com/charmbracelet/ultraviolet"
)

// ReadKeys decodes the keys that a client presses, for whoever shows no screen,
// and calls press with one after the other, so many a second as in Config.Events.
// It reads no faster than press returns, until reading fails, and returns why.
func ReadKeys(r io.Reader, events int, press func(tea.KeyPressMsg)) error {
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	var in *input
	emit := func(event uv.Event) {
		if key, ok := event.(uv.KeyPressEvent); ok && in.budget.allows() {
			press(tea.KeyPressMsg(key))
		}
	}
	in = newInput(r, events, emit, func(err error) { cancel(err) })
	in.run(ctx)
	return context.Cause(ctx)
}

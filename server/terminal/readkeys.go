package terminal

import (
	"context"
	"io"

	tea "charm.land/bubbletea/v2"
	uv "github.com/charmbracelet/ultraviolet"
)

// ReadKeys decodes the keys that a client presses, for whoever shows no screen,
// and calls press with one after the other. It reads no faster than press
// returns, until reading fails, and returns why.
func ReadKeys(r io.Reader, press func(tea.KeyPressMsg)) error {
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	emit := func(event uv.Event) {
		if key, ok := event.(uv.KeyPressEvent); ok {
			press(tea.KeyPressMsg(key))
		}
	}
	newInput(r, emit, func(err error) { cancel(err) }).run(ctx)
	return context.Cause(ctx)
}

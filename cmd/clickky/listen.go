package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"syscall"

	"clickky/cmd/clickky/checkup"
	"clickky/cmd/clickky/systemd"
)

// listeners returns the sockets that systemd passed, or else a new one on --listen.
func (c *serveCmd) listeners(ctx context.Context) ([]net.Listener, error) {
	passed, err := systemd.Listeners()
	if err != nil || len(passed) > 0 {
		return passed, err
	}
	own, err := listen(ctx, "--listen", c.Listen)
	return []net.Listener{own}, err
}

// listen listens on the address of a flag. Its errors say what to do.
func listen(ctx context.Context, flag, addr string) (net.Listener, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("another program is listening on %s; choose another address, for example %s %s", addr, flag, checkup.NextPort(addr))
	case errors.Is(err, syscall.EACCES):
		return nil, fmt.Errorf("this user isn't allowed to listen on %s; choose a port above 1023 with %s", addr, flag)
	case err != nil:
		return nil, fmt.Errorf("listen: %w; set %s to HOST:PORT or :PORT", err, flag)
	}
	return l, nil
}

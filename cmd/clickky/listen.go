package main

import (
	"context"
	"net"

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
	if err != nil {
		return nil, checkup.CannotListen(flag, addr, err).Err()
	}
	return l, nil
}

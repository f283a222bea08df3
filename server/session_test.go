package server

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"testing"

	"clickky/server/terminal"
)

func TestEndReasonOfLostConnectionIsHungUp(t *testing.T) {
	for _, err := range []error{
		terminal.ErrHungUp, context.Canceled, io.EOF,
		&net.OpError{Op: "write", Net: "tcp", Err: os.NewSyscallError("write", syscall.EPIPE)},
		fmt.Errorf("ssh: %w", &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", syscall.ECONNRESET)}),
	} {
		if how := endReason(err, nil); how != "hung up" {
			t.Errorf("%v: %q", err, how)
		}
	}
}

//go:build !linux

package admission

import (
	"errors"
	"net"
)

// setLowWater makes reads wait until that many bytes have arrived.
func setLowWater(net.Conn, int) error { return errors.ErrUnsupported }

//go:build !linux

package checkup

import (
	"errors"
	"fmt"
)

// limitOf does not know it of other processes here.
func limitOf(int) (uint64, error) {
	return 0, fmt.Errorf("read the limit of another process: %w", errors.ErrUnsupported)
}

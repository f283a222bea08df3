//go:build !linux && !darwin && !freebsd

package checkup

import (
	"errors"
	"fmt"
	"os"
)

// permissionsCount says whether a file's mode controls access.
const permissionsCount = false

// writable can't check this here.
func writable(string) error { return nil }

// ownerOf doesn't know the owner here.
func ownerOf(string) (string, bool) { return "", false }

// spaceAt doesn't know the space here.
func spaceAt(path string) (space, error) {
	if _, err := os.Stat(path); err != nil {
		return space{}, err
	}
	return space{}, fmt.Errorf("measure the free disk space: %w", errors.ErrUnsupported)
}

// ownLimit doesn't know the limit here.
func ownLimit() (uint64, error) {
	return 0, fmt.Errorf("read the limit of open files: %w", errors.ErrUnsupported)
}

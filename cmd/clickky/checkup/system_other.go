//go:build !linux && !darwin && !freebsd

package checkup

import (
	"errors"
	"fmt"
	"os"
)

// permissionsCount tells that the mode of a file says who may do what.
const permissionsCount = false

// writable cannot know it here; a start shows it.
func writable(string) error { return nil }

// ownerOf does not know it here.
func ownerOf(string) (string, bool) { return "", false }

// spaceAt does not know it here, and the path is there.
func spaceAt(path string) (space, error) {
	if _, err := os.Stat(path); err != nil {
		return space{}, err
	}
	return space{}, fmt.Errorf("measure the free disk space: %w", errors.ErrUnsupported)
}

// ownLimit does not know it here.
func ownLimit() (uint64, error) {
	return 0, fmt.Errorf("read the limit of open files: %w", errors.ErrUnsupported)
}

//go:build !linux && !darwin && !freebsd

package checkup

import "errors"

// These systems show what is checked here in other ways, or not at all.

func writable(string) error { return nil }

func ownerOf(string) string { return "" }

func spaceAt(string) (space, error) { return space{}, errors.ErrUnsupported }

func ownLimit() (uint64, error) { return 0, errors.ErrUnsupported }

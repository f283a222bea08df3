//go:build !linux

package mariadbtest

import "syscall"

// dieWithParent does nothing here: only Linux ends a child with its parent.
func dieWithParent() *syscall.SysProcAttr { return nil }

// tempDir returns nothing, for the usual place.
func tempDir() string { return "" }

// awaitStopped assumes that SIGSTOP has taken effect.
func awaitStopped(int) error { return nil }

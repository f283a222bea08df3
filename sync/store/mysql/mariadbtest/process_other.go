//go:build !linux

package mariadbtest

import "syscall"

// dieWithParent can promise nothing here: only Linux ends a child together
// with its parent.
func dieWithParent() *syscall.SysProcAttr { return nil }

// awaitStopped trusts that SIGSTOP has acted by now.
func awaitStopped(int) error { return nil }

package main

import "syscall"

// ownGroup keeps Ctrl-C from the server, whose players shall not leave before
// the result is there, and has the kernel end it with this program in whatever
// way that ends.
func ownGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
}

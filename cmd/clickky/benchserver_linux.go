package main

import "syscall"

// ownGroup returns attributes that keep Ctrl-C from the server, whose players must stay until the
// result is printed, and make the kernel end it with this program, however that ends.
func ownGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
}

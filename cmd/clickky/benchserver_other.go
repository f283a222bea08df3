//go:build !linux

package main

import "syscall"

// ownGroup can promise nothing here.
func ownGroup() *syscall.SysProcAttr { return nil }

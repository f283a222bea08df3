//go:build !linux

package systemd

import (
	"os"
	"time"
)

// There is no systemd here, and its library doesn't build on NetBSD.

func activationFiles() []*os.File { return nil }

func watchdogEvery() (time.Duration, error) { return 0, nil }

func sdNotify(string) error { return nil }

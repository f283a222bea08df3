//go:build !linux

package systemd

import (
	"os"
	"time"
)

// There is no systemd here.

func activationFiles() []*os.File { return nil }

func watchdogEvery() (time.Duration, error) { return 0, nil }

func sdNotify(string) error { return nil }

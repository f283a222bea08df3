//go:build !linux

package loadtest

import "time"

// processUse can be read on Linux only.
func processUse(int) (use, bool) { return use{}, false }

// ownUse can be read on Linux only.
func ownUse() use { return use{} }

// CPUTime can be read on Linux only.
func CPUTime(int) time.Duration { return 0 }

// ListenerOn can be found out on Linux only.
func ListenerOn(string) int { return 0 }

//go:build !linux

package loadtest

import "time"

// processUse is only implemented on Linux.
func processUse(int) (use, bool) { return use{}, false }

// ownUse is only implemented on Linux.
func ownUse() use { return use{} }

// CPUTime is only implemented on Linux.
func CPUTime(int) time.Duration { return 0 }

// ListenerOn is only implemented on Linux.
func ListenerOn(string) int { return 0 }

//go:build !linux

package loadtest

// processUse can be read on Linux only.
func processUse(int) (use, bool) { return use{}, false }

// ownUse can be read on Linux only.
func ownUse() use { return use{} }

// ListenerOn can be found out on Linux only.
func ListenerOn(string) int { return 0 }

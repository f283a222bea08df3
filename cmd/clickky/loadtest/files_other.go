//go:build !unix

package loadtest

// raiseFileLimit does nothing on this system.
func raiseFileLimit(uint64) error { return nil }

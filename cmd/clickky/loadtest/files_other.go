//go:build !unix

package loadtest

// raiseFileLimit has nothing to raise here.
func raiseFileLimit(uint64) error { return nil }

//go:build race

package tuitest

// RaceEnabled reports whether the race detector is on.
const RaceEnabled = true

//go:build race

package flush_test

import "runtime"

// init keeps goroutines from running at the same time. The race detector of Go 1.26 crashes if two of
// a synctest bubble each run one of its timers: both use the bubble's timers.raceCtx.
func init() { runtime.GOMAXPROCS(1) }

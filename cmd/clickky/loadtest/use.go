package loadtest

import "time"

// use is what a process has used of the processor since it started, and has in
// memory now.
type use struct {
	cpu time.Duration
	rss int64 // bytes
}

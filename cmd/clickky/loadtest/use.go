package loadtest

import "time"

// use is the processor time that a process has used since its start, and its memory now.
type use struct {
	cpu time.Duration
	rss int64 // bytes
}

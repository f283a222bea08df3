package loadtest

import (
	"math"
	"sync"
	"time"
)

const (
	// bucket is the resolution of a histogram and buckets its range; longer times fall into the
	// last bucket.
	bucket  = 100 * time.Microsecond
	buckets = 100_000
)

// Latency is a distribution of times in milliseconds; percentiles are rounded up to a tenth.
type Latency struct {
	P50 float64 `json:"p50_ms"`
	P99 float64 `json:"p99_ms"`
	Max float64 `json:"max_ms"`
	// Samples is how many presses were seen, Unseen how many never were.
	Samples uint64 `json:"samples"`
	Unseen  uint64 `json:"unseen"`
}

// histogram collects any number of times in constant memory.
type histogram struct {
	mu      sync.Mutex
	counts  []uint64
	n, lost uint64
	longest time.Duration
}

func newHistogram() *histogram { return &histogram{counts: make([]uint64, buckets)} }

func (h *histogram) add(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.counts[min(max(d, 0)/bucket, buckets-1)]++
	h.n++
	h.longest = max(h.longest, d)
}

// miss counts a press that was never seen.
func (h *histogram) miss() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.lost++
}

// latency returns the distribution, or nil without samples.
func (h *histogram) latency() *Latency {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.n+h.lost == 0 {
		return nil
	}
	l := &Latency{Max: milliseconds(h.longest), Samples: h.n, Unseen: h.lost}
	if h.n > 0 {
		l.P50 = min(h.percentile(0.50), l.Max)
		l.P99 = min(h.percentile(0.99), l.Max)
	}
	return l
}

// percentile returns the upper bound of the bucket of a percentile. The caller holds h.mu.
func (h *histogram) percentile(share float64) float64 {
	rank := uint64(math.Ceil(share * float64(h.n)))
	sum := uint64(0)
	for i, count := range h.counts {
		if sum += count; sum >= rank {
			return milliseconds(time.Duration(i+1) * bucket)
		}
	}
	return milliseconds(h.longest)
}

func milliseconds(d time.Duration) float64 {
	return math.Round(float64(d)/float64(time.Millisecond)*100) / 100
}

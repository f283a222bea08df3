package main

import (
	"encoding/json"
	"fmt"
	"time"
)

// sums is the one event that tells, once a tick, what all partitions come to: all
// that a server learns of those whose players it does not have.
type sums struct {
	At     time.Time `json:"at"`
	Totals []uint64  `json:"totals"`
}

// sum makes that event; nil if there is one partition only. In a real game somebody
// would have to add it up: whoever leads a partition for its own, and one for all.
func (w *world) sum() ([]byte, error) {
	if w.Partitions == 1 {
		return nil, nil
	}
	data, err := json.Marshal(sums{At: w.now.UTC(), Totals: w.totals})
	if err != nil {
		return nil, fmt.Errorf("encode the sums: %w", err)
	}
	w.costs.sumBytes += len(data)
	return data, nil
}

// foldSums has a server take in what the partitions come to that it does not fold.
func (w *world) foldSums(v *virtual, data []byte) error {
	if data == nil {
		return nil
	}
	var err error
	w.costs.sums.measure(1, func() {
		var s sums
		if err = json.Unmarshal(data, &s); err != nil {
			return
		}
		v.aggregate = 0
		for partition, n := range s.Totals {
			if !v.needs[uint32(partition)] { //nolint:gosec // fits
				v.aggregate += n
			}
		}
	})
	if err != nil {
		return fmt.Errorf("decode the sums: %w", err)
	}
	return nil
}

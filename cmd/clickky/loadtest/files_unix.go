//go:build unix

package loadtest

import (
	"fmt"
	"syscall"
)

// raiseFileLimit raises the limit of open files if it is lower than need.
func raiseFileLimit(need uint64) error {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return fmt.Errorf("ask how many files may be open: %w", err)
	}
	have, most := uint64(limit.Cur), uint64(limit.Max)
	if have >= need {
		return nil
	}
	if most >= need {
		limit.Cur = limit.Max
		if syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit) == nil {
			return nil
		}
	}
	return fmt.Errorf("this many players need %d open files, but this process can open only %d; run ulimit -n %d, or use fewer players",
		need, max(have, most), need)
}

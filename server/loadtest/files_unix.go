//go:build unix

package loadtest

import (
	"fmt"
	"syscall"
)

// raiseFileLimit makes sure that this process may have so many files open.
func raiseFileLimit(need uint64) error {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return fmt.Errorf("read the limit on open files: %w", err)
	}
	have, most := uint64(limit.Cur), uint64(limit.Max) //nolint:unconvert,nolintlint // signed on some systems
	if have >= need {
		return nil
	}
	if most >= need {
		limit.Cur = limit.Max
		if syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit) == nil {
			return nil
		}
	}
	return fmt.Errorf("that many players need %d open files, but this process is limited to %d; raise the limit with ulimit -n %d, or use fewer players",
		need, max(have, most), need)
}

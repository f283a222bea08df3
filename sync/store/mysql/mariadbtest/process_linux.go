package mariadbtest

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"
)

// dieWithParent has the kernel end the server when the tests end in whatever
// way, so that none is ever left behind.
func dieWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}

// awaitStopped returns when the kernel has suspended a process that SIGSTOP was
// sent to: a thread on another processor may run on for a moment.
func awaitStopped(pid int) error {
	poll := time.NewTicker(time.Millisecond)
	defer poll.Stop()
	for range 10_000 {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			return err
		}
		if _, state, _ := strings.Cut(string(stat), ") "); strings.HasPrefix(state, "T") {
			return nil
		}
		<-poll.C
	}
	return fmt.Errorf("process %d does not stop", pid)
}

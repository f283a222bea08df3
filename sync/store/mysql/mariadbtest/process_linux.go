package mariadbtest

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"
)

// dieWithParent makes the kernel end the server with the tests, however they end.
func dieWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}

// awaitStopped returns when the kernel has suspended a process after SIGSTOP: a thread on another
// CPU may run for another moment.
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

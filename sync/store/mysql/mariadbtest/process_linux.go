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

// tempDir returns where servers have their directories, or nothing for the usual place. It prefers
// memory, because a statement that creates or alters a table writes and syncs many files.
func tempDir() string {
	const (
		memory = "/dev/shm"
		room   = 2 << 30 // more than all servers of a test binary need
		write  = 0x2
	)
	var fs syscall.Statfs_t
	if os.Getenv("TMPDIR") != "" || syscall.Statfs(memory, &fs) != nil || syscall.Access(memory, write) != nil {
		return ""
	}
	if fs.Bavail*uint64(fs.Bsize) < room {
		return ""
	}
	return memory
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

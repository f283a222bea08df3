//go:build linux || darwin || freebsd

package checkup

import (
	"os"
	"strconv"
	"syscall"
)

// permissionsCount tells that the mode of a file says who may do what.
const permissionsCount = true

// writable is the reason why this process may not make files in a directory.
func writable(dir string) error {
	const write, search = 2, 1
	return syscall.Access(dir, write|search)
}

// ownerOf is the number of the user to whom a file belongs.
func ownerOf(path string) (string, bool) {
	info, err := os.Lstat(path)
	if err != nil {
		return "", false
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return "", false
	}
	return strconv.FormatUint(uint64(stat.Uid), 10), true
}

// spaceAt asks the file system.
func spaceAt(path string) (space, error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(path, &s); err != nil {
		return space{}, os.NewSyscallError("statfs", err)
	}
	// The types differ from system to system; what is less than nothing is
	// what only root may use.
	block := uint64(s.Bsize)
	return space{
		free: atLeast0(int64(s.Bavail)) * block, total: uint64(s.Blocks) * block,
		files: atLeast0(int64(s.Ffree)), allFiles: uint64(s.Files),
	}, nil
}

func atLeast0(n int64) uint64 { return uint64(max(0, n)) }

// ownLimit is how many descriptors this process may have. Go has raised it as far
// as it goes before main began, as it does in a server.
func ownLimit() (uint64, error) {
	var limit syscall.Rlimit
	err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit)
	return uint64(limit.Cur), os.NewSyscallError("getrlimit", err)
}

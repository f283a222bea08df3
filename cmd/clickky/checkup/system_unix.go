//go:build linux || darwin || freebsd

package checkup

import (
	"os"
	"strconv"
	"syscall"
)

// writable returns an error if this process may not create files in a directory.
func writable(dir string) error {
	const write, search = 2, 1
	return syscall.Access(dir, write|search)
}

// ownerOf returns the numeric user ID of a file's owner; empty if unknown.
func ownerOf(path string) string {
	var stat syscall.Stat_t
	if syscall.Lstat(path, &stat) != nil {
		return ""
	}
	return strconv.FormatUint(uint64(stat.Uid), 10)
}

// spaceAt returns the space on the file system of a path.
func spaceAt(path string) (space, error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(path, &s); err != nil {
		return space{}, os.NewSyscallError("statfs", err)
	}
	// The types differ between systems. A negative number is space that only root may use.
	block := uint64(s.Bsize)
	return space{
		free: uint64(max(0, int64(s.Bavail))) * block, total: uint64(s.Blocks) * block,
		files: uint64(max(0, int64(s.Ffree))), allFiles: uint64(s.Files),
	}, nil
}

// ownLimit returns how many descriptors this process may open. Before main, Go raises the limit
// to its maximum, as in a server.
func ownLimit() (uint64, error) {
	var limit syscall.Rlimit
	err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit)
	return uint64(limit.Cur), os.NewSyscallError("getrlimit", err)
}

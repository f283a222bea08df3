package checkup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"

	"github.com/dustin/go-humanize"

	"clickky/sync/finding"
)

// DataDir reports whether the server can use or create the data directory, whether its files
// have the right owner, and whether the disk has space. Running says that a server uses it.
func DataDir(path string, running bool, r *finding.Report) {
	dir := directory(path, running)
	r.Add("data", dir)
	if dir.Severity == finding.Problem {
		return
	}
	r.Add("owner", fileOwners(path))
	switch s, err := spaceAt(existing(path)); {
	case errors.Is(err, errors.ErrUnsupported):
		r.Add("disk", finding.Skipf("can't measure the free disk space on this system"))
	case err != nil:
		r.Add("disk", finding.Warnf("check with: df "+finding.Quote(path), "%v", err))
	default:
		s.report(r)
	}
}

// existing returns the directory, or its nearest parent that exists.
func existing(path string) string {
	path, _ = filepath.Abs(path) // fails if there is no working directory
	for {
		if _, err := os.Stat(path); err == nil || filepath.Dir(path) == path {
			return path
		}
		path = filepath.Dir(path)
	}
}

func directory(path string, running bool) finding.Finding {
	const another = "choose another directory with --data"
	parent := existing(path)
	info, err := os.Stat(path)
	missing, closed, mode := errors.Is(err, fs.ErrNotExist), writable(parent), sharedMode(info)
	switch {
	case missing && closed != nil:
		return finding.Problemf("create it for the server's user: install -d -m 700 -o USER "+finding.Quote(path)+", or "+another,
			"this user can't create %s: %s: %v", path, parent, closed)
	case missing:
		return finding.OKf("%s doesn't exist yet; the server creates it", path)
	case errors.Is(err, syscall.ENOTDIR):
		return finding.Problemf(another, "can't create %s: %s is not a directory", path, parent)
	case err != nil:
		return finding.Problemf("fix the permissions of its parent directories, or "+another, "%v", err)
	case !info.IsDir():
		return finding.Problemf(another, "%s is not a directory", path)
	case mode&0o022 != 0:
		return finding.Problemf("chmod 700 "+finding.Quote(path), "other users can write to %s (mode %04o) and replace the host key", path, mode)
	case closed != nil:
		return finding.Problemf("run this as the server's user, or: chown -R USER "+finding.Quote(path), "this user can't write to %s: %v", path, closed)
	case mode&0o077 != 0:
		return finding.Warnf("chmod 700 "+finding.Quote(path), "other users can access %s (mode %04o)", path, mode)
	case running:
		return finding.OKf("%s is writable, in use by a server", path)
	}
	return finding.OKf("%s is writable", path)
}

// sharedMode returns the permissions of a file; 0 without a file, or where the system doesn't
// use them.
func sharedMode(info fs.FileInfo) fs.FileMode {
	if info == nil || runtime.GOOS == "windows" {
		return 0
	}
	return info.Mode().Perm()
}

// fileOwners reports whether all files in the directory have the directory's owner. The server
// can't open files that another user, often root, has created.
func fileOwners(path string) finding.Finding {
	owner := ownerOf(path)
	entries, _ := os.ReadDir(path) // none if this user can't read it
	var strangers []string
	for _, e := range entries {
		if its := ownerOf(filepath.Join(path, e.Name())); its != "" && its != owner {
			strangers = append(strangers, e.Name())
		}
	}
	switch me := os.Geteuid(); {
	case owner == "": // it doesn't exist yet, or the system has no owners
	case len(strangers) > 0:
		return finding.Problemf("chown -R "+owner+" "+finding.Quote(path), "these files have a different owner than %s: %s", path, strings.Join(strangers, ", "))
	case fmt.Sprint(me) != owner:
		return finding.Warnf("run this as that user: sudo -u '#"+owner+"' clickky doctor",
			"%s belongs to user %s, but you are user %d, so some results may be wrong", path, owner, me)
	}
	return finding.Finding{}
}

// space is the space on a file system.
type space struct {
	free, total uint64 // bytes
	// files is how many more files there can be, and allFiles how many in all; both are 0
	// if no limit is known.
	files, allFiles uint64
}

const (
	// Free space is low below lowSpace, and below lowPercent of the disk unless it is at
	// least enoughSpace. Below minSpace or minFiles, a server can't start.
	lowSpace    = 1 << 30
	enoughSpace = 10 << 30
	lowPercent  = 5
	minSpace    = 16 << 20
	lowFiles    = 10_000
	minFiles    = 100
)

func (s space) report(r *finding.Report) {
	severity := finding.OK
	switch {
	case s.free < minSpace:
		severity = finding.Problem
	case s.free < lowSpace, s.free < enoughSpace && s.free/lowPercent < s.total/100:
		severity = finding.Warning
	}
	r.Add("disk", finding.Newf(severity, "free some space, or move the data directory to a larger disk and set --data",
		"%s of %s free", humanize.IBytes(s.free), humanize.IBytes(s.total)))
	if s.allFiles == 0 || s.files >= lowFiles {
		return
	}
	severity = finding.Warning
	if s.files < minFiles {
		severity = finding.Problem
	}
	r.Add("inodes", finding.Newf(severity, "delete files you don't need (df -i shows how many are in use), or move the data directory to another disk and set --data",
		"the disk has room for only %s more files", humanize.Comma(int64(s.files))))
}

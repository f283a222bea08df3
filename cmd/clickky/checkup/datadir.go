package checkup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/dustin/go-humanize"

	"clickky/sync/finding"
)

// DataDir reports whether the server can use the directory, or make it, and on the disk.
// Running tells that a server is using it.
func DataDir(path string, running bool, r *finding.Report) {
	if directory(path, running, r); (*r)[len(*r)-1].Severity != finding.Problem {
		owners(path, r)
		Disk(nearest(path), r)
	}
}

// nearest is the directory, or the one above it that is there.
func nearest(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	for {
		if _, err := os.Stat(path); err == nil || filepath.Dir(path) == path {
			return path
		}
		path = filepath.Dir(path)
	}
}

func directory(path string, running bool, r *finding.Report) {
	const name = "data"
	const another = "choose another directory with --data"
	above := nearest(path)
	at, _ := os.Stat(above)
	info, err := os.Stat(path)
	missing, closed := errors.Is(err, fs.ErrNotExist), writable(above)
	mode := sharedMode(info)
	switch {
	case missing && (at == nil || !at.IsDir()):
		r.Problem(name, another, "can't create %s: %s is not a directory", path, above)
	case missing && closed != nil:
		r.Problem(name, "create it for the server's user: install -d -m 700 -o USER "+finding.Quote(path)+", or "+another,
			"this user can't create %s: %s: %v", path, above, closed)
	case missing:
		r.OK(name, "%s doesn't exist yet; the server creates it", path)
	case err != nil:
		r.Problem(name, "fix the permissions of its parent directories, or "+another, "%v", err)
	case !info.IsDir():
		r.Problem(name, another, "%s is not a directory", path)
	case mode&0o022 != 0:
		r.Problem(name, "chmod 700 "+finding.Quote(path), "other users can write to %s (mode %04o) and replace the host key", path, mode)
	case closed != nil:
		r.Problem(name, "run this as the server's user, or: chown -R USER "+finding.Quote(path), "this user can't write to %s: %v", path, closed)
	case mode&0o077 != 0:
		r.Warn(name, "chmod 700 "+finding.Quote(path), "other users can access %s (mode %04o)", path, mode)
	case running:
		r.OK(name, "%s is writable, in use by a server", path)
	default:
		r.OK(name, "%s is writable", path)
	}
}

// sharedMode returns the permissions of a file, if there is one and they say who may do what.
func sharedMode(info fs.FileInfo) fs.FileMode {
	if info == nil || !permissionsCount {
		return 0
	}
	return info.Mode().Perm()
}

// owners reports whether everything in the directory belongs to the one to whom the
// directory does. What somebody else has made there, root above all, the server could
// not open.
func owners(path string, r *finding.Report) {
	owner, known := ownerOf(path)
	entries, err := os.ReadDir(path)
	if !known || err != nil {
		return
	}
	var strangers []string
	for _, e := range entries {
		if its, known := ownerOf(filepath.Join(path, e.Name())); known && its != owner {
			strangers = append(strangers, e.Name())
		}
	}
	switch me := os.Geteuid(); {
	case len(strangers) > 0:
		r.Problem("owner", "chown -R "+owner+" "+finding.Quote(path), "these files have a different owner than %s: %s", path, strings.Join(strangers, ", "))
	case fmt.Sprint(me) != owner:
		r.Warn("owner", "run this as that user: sudo -u '#"+owner+"' clickky doctor",
			"%s belongs to user %s, but you are user %d, so some results may be wrong", path, owner, me)
	}
}

// ownerOrUser is the user to whom a directory belongs, to be named in a command.
func ownerOrUser(dir string) string {
	if owner, known := ownerOf(dir); known {
		return owner
	}
	return "USER"
}

// space is what a file system has.
type space struct {
	free, total uint64 // bytes
	// files are how many more there may be, of how many; 0 of 0: no limit is
	// known.
	files, allFiles uint64
}

const (
	// Below little the operator is warned, and so below a part of the whole,
	// unless that is plenty. Below none a server could not even start.
	littleSpace = 1 << 30
	plentyOf    = 10 << 30
	smallPart   = 5 // percent
	noSpace     = 16 << 20
	littleFiles = 10_000
	noFiles     = 100
)

// Disk reports on the room on the disk of a directory.
func Disk(path string, r *finding.Report) {
	switch s, err := spaceAt(path); {
	case errors.Is(err, errors.ErrUnsupported):
		r.Skip("disk", "can't measure the free disk space on this system")
	case err != nil:
		r.Warn("disk", "check with: df "+finding.Quote(path), "%v", err)
	default:
		s.report(r)
	}
}

func (s space) report(r *finding.Report) {
	severity := finding.OK
	switch {
	case s.free < noSpace:
		severity = finding.Problem
	case s.free < littleSpace, s.free < plentyOf && s.free/smallPart < s.total/100:
		severity = finding.Warning
	}
	r.Add("disk", severity, "free some space, or move the data directory to a larger disk and set --data",
		"%s of %s free", humanize.IBytes(s.free), humanize.IBytes(s.total))
	if s.allFiles == 0 || s.files >= littleFiles {
		return
	}
	severity = finding.Warning
	if s.files < noFiles {
		severity = finding.Problem
	}
	r.Add("inodes", severity, "delete files you don't need (df -i shows how many are in use), or move the data directory to another disk and set --data",
		"the disk has room for only %s more files", humanize.Comma(int64(s.files)))
}

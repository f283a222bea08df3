package checkup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/dustin/go-humanize"
)

// DataDir looks whether the server can use the directory, or make it. Running tells
// that a server is using it. It also looks at the disk.
func DataDir(path string, running bool) []Finding {
	dir := judgeDir(path)
	switch {
	case dir.Severity == OK && running:
		dir.Text += ", in use by a server"
	case dir.Severity == Problem:
		return []Finding{dir}
	}
	results := []Finding{dir}
	if r, ok := judgeOwners(path); ok {
		results = append(results, r)
	}
	return append(results, Disk(nearest(path))...)
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

func judgeDir(path string) Finding {
	const name = "data"
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		above := nearest(path)
		if at, err := os.Stat(above); err != nil || !at.IsDir() {
			return problem(name, fmt.Sprintf("can't create %s: %s is not a directory", path, above), "choose another directory with --data")
		}
		if err := writable(above); err != nil {
			return problem(name, fmt.Sprintf("this user can't create %s: %s: %v", path, above, err),
				"create it for the server's user: install -d -m 700 -o USER "+quoted(path)+", or choose another directory with --data")
		}
		return ok(name, "%s doesn't exist yet; the server creates it", path)
	case err != nil:
		return problem(name, err.Error(), "fix the permissions of its parent directories, or choose another directory with --data")
	case !info.IsDir():
		return problem(name, path+" is not a directory", "choose another directory with --data")
	case info.Mode().Perm()&0o022 != 0 && permissionsCount:
		return problem(name, fmt.Sprintf("other users can write to %s (mode %04o) and replace the host key", path, info.Mode().Perm()), "chmod 700 "+quoted(path))
	}
	if err := writable(path); err != nil {
		return problem(name, fmt.Sprintf("this user can't write to %s: %v", path, err),
			"run this as the server's user, or: chown -R USER "+quoted(path))
	}
	if info.Mode().Perm()&0o077 != 0 && permissionsCount {
		return warning(name, fmt.Sprintf("other users can access %s (mode %04o)", path, info.Mode().Perm()), "chmod 700 "+quoted(path))
	}
	return ok(name, "%s is writable", path)
}

// judgeOwners looks whether everything in the directory belongs to the one to whom
// the directory does. What somebody else has made there, root above all, the server
// could not open.
func judgeOwners(path string) (Finding, bool) {
	owner, known := ownerOf(path)
	entries, err := os.ReadDir(path)
	if !known || err != nil {
		return Finding{}, false
	}
	var strangers []string
	for _, e := range entries {
		if its, known := ownerOf(filepath.Join(path, e.Name())); known && its != owner {
			strangers = append(strangers, e.Name())
		}
	}
	if len(strangers) > 0 {
		return problem("owner", fmt.Sprintf("these files have a different owner than %s: %s", path, strings.Join(strangers, ", ")),
			fmt.Sprintf("chown -R %s %s", owner, quoted(path))), true
	}
	if me := os.Geteuid(); fmt.Sprint(me) != owner {
		return warning("owner", fmt.Sprintf("%s belongs to user %s, but you are user %d, so some results may be wrong", path, owner, me),
			"run this as that user: sudo -u '#"+owner+"' clickky doctor"), true
	}
	return Finding{}, false
}

// userHint is the user to whom the directory of a file belongs.
func userHint(path string) string {
	if owner, known := ownerOf(filepath.Dir(path)); known {
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
	fixSpace    = "free some space, or move the data directory to a larger disk and set --data"
	fixNoInodes = "delete files you don't need (df -i shows how many are in use), or move the data directory to another disk and set --data"
)

// Disk looks at the room on the disk of a directory.
func Disk(path string) []Finding {
	s, err := spaceAt(path)
	if errors.Is(err, errors.ErrUnsupported) {
		return []Finding{skipped("disk", "can't measure the free disk space on this system")}
	}
	if err != nil {
		return []Finding{warning("disk", err.Error(), "check with: df "+quoted(path))}
	}
	results := []Finding{judgeSpace(s)}
	if r, ok := judgeFiles(s); ok {
		results = append(results, r)
	}
	return results
}

func judgeSpace(s space) Finding {
	finding := fmt.Sprintf("%s of %s free", humanize.IBytes(s.free), humanize.IBytes(s.total))
	switch {
	case s.free < noSpace:
		return problem("disk", finding, fixSpace)
	case s.free < littleSpace, s.free < plentyOf && s.free/smallPart < s.total/100:
		return warning("disk", finding, fixSpace)
	}
	return ok("disk", "%s", finding)
}

func judgeFiles(s space) (Finding, bool) {
	finding := fmt.Sprintf("the disk has room for only %s more files", humanize.Comma(int64(s.files)))
	switch {
	case s.allFiles == 0 || s.files >= littleFiles:
		return Finding{}, false
	case s.files < noFiles:
		return problem("inodes", finding, fixNoInodes), true
	}
	return warning("inodes", finding, fixNoInodes), true
}

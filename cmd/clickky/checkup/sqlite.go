package checkup

import (
	"errors"
	"fmt"
	"io/fs"

	"clickky/sync/store"
	"clickky/sync/store/sqlite"
)

// SQLite judges what sqlite.Store has seen of the file, and the error that came
// with it or with opening it.
func SQLite(path string, f sqlite.Facts, err error) []Result {
	const name = "database"
	const mendCopy = "restore the file from a backup"
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return []Result{ok(name, "%s doesn't exist yet; the server creates it", path)}
	case errors.Is(err, store.ErrRefused):
		return []Result{problem(name, path+" is not a database", mendCopy+", or move it away: mv "+quoted(path)+" "+quoted(path+".old"))}
	case err != nil:
		return []Result{problem(name, err.Error(), "fix the permissions of the file, or "+mendCopy)}
	case f.Damage != "":
		return []Result{problem(name, fmt.Sprintf("%s is damaged: %s", path, f.Damage),
			mendCopy+", or recover what you can: sqlite3 "+quoted(path)+" .recover")}
	}
	return []Result{ok(name, "%s is readable and intact", path), judgeTableVersion(f.Version, f.Current, f.Absent)}
}

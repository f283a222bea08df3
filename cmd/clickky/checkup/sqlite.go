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
	const mendCopy = "put the file back from a copy"
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return []Result{ok(name, "%s is not there yet; the server makes it", path)}
	case errors.Is(err, store.ErrRefused):
		return []Result{problem(name, path+" is not a database", mendCopy+", or move it away: mv "+quoted(path)+" "+quoted(path+".old"))}
	case err != nil:
		return []Result{problem(name, err.Error(), "mend the permissions of the file, or "+mendCopy)}
	case f.Damage != "":
		return []Result{problem(name, fmt.Sprintf("%s is damaged: %s", path, f.Damage),
			mendCopy+", or save what can be read: sqlite3 "+quoted(path)+" .recover")}
	}
	return []Result{ok(name, "%s can be read, and is whole", path), judgeTableVersion(f.Version, f.Current, f.Absent)}
}

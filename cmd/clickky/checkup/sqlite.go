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
func SQLite(path string, f sqlite.Facts, err error) []Finding {
	const name = "database"
	const fixCopy = "restore the file from a backup"
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return []Finding{ok(name, "%s doesn't exist yet; the server creates it", path)}
	case errors.Is(err, store.ErrRefused):
		return []Finding{problem(name, path+" is not a database", fixCopy+", or move it away: mv "+quoted(path)+" "+quoted(path+".old"))}
	case err != nil:
		return []Finding{problem(name, err.Error(), "fix the permissions of the file, or "+fixCopy)}
	case f.Damage != "":
		return []Finding{problem(name, fmt.Sprintf("%s is damaged: %s", path, f.Damage),
			fixCopy+", or recover what you can: sqlite3 "+quoted(path)+" .recover")}
	}
	return []Finding{ok(name, "%s is readable and intact", path), judgeTableVersion(f.Version, f.Current, f.Absent)}
}

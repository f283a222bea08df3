package mysql

import (
	"context"
	"database/sql"
	"regexp"
	"slices"
	"strings"

	"clickky/sync/store/sqlstore"
)

// grants is the output of SHOW GRANTS, one statement for each line.
type grants []string

func showGrants(ctx context.Context, db *sql.DB) (grants, error) {
	return sqlstore.All(ctx, db, func(row *sql.Rows, line *string) error { return row.Scan(line) }, "SHOW GRANTS")
}

// missing returns the privileges of needed that no line grants on the whole database. unsure
// reports whether a line that isn't understood here may grant them, or revoke some: a role, a grant
// on single tables or columns, a partial revoke.
func (g grants) missing(database string) (missing []string, unsure bool) {
	has := map[string]bool{}
	unclear := false
	for _, line := range g {
		privileges, object, ok := readGrant(line)
		switch {
		case !ok:
			unclear = true
		case object.schema == "*" || object.table == "*" && matches(object.schema, database):
			for _, p := range privileges {
				has[p] = true
			}
		case matches(object.schema, database):
			unclear = true
		}
	}
	if has["ALL PRIVILEGES"] || has["ALL"] {
		return nil, g.revoked()
	}
	missing = slices.DeleteFunc(slices.Clone(needed), func(p string) bool { return has[p] })
	return missing, unclear && len(missing) > 0 || g.revoked()
}

// revoked reports whether anything is revoked, which MySQL can do partially.
func (g grants) revoked() bool {
	return slices.ContainsFunc(g, func(line string) bool { return strings.HasPrefix(line, "REVOKE ") })
}

// The parts of a grant. A privilege may be followed by columns, so that a privilege on columns
// isn't mistaken for one on all.
const (
	privilege  = "[^,(`]+(?:[(](?:`[^`]*`|[^`)])*[)])?"
	identifier = "[*]|(?:`[^`]*`)+"
)

var (
	privilegeForm = regexp.MustCompile(privilege)
	grantForm     = regexp.MustCompile("^GRANT (" + privilege + "(?:, " + privilege + ")*) ON (" + identifier + ")[.](" + identifier + ")")
)

// object is what a privilege is on. A schema may contain the wildcards of LIKE.
type object struct{ schema, table string }

// readGrant parses a line. It returns false if the line isn't a grant on a schema or table.
func readGrant(line string) (privileges []string, on object, ok bool) {
	parts := grantForm.FindStringSubmatch(line)
	if parts == nil {
		return nil, on, false
	}
	for _, p := range privilegeForm.FindAllString(parts[1], -1) {
		privileges = append(privileges, strings.TrimSpace(p))
	}
	return privileges, object{withoutQuotes(parts[2]), withoutQuotes(parts[3])}, true
}

// withoutQuotes removes the backquotes that quoted adds.
func withoutQuotes(name string) string {
	return strings.ReplaceAll(strings.TrimSuffix(strings.TrimPrefix(name, "`"), "`"), "``", "`")
}

// wildcards converts a LIKE pattern to a regular expression, after regexp.QuoteMeta has doubled the
// backslashes that escape % and _.
var wildcards = strings.NewReplacer(`\\\\`, `\\`, `\\%`, `%`, `\\_`, `_`, `\\`, ``, `%`, `.*`, `_`, `.`)

// matches reports whether the schema of a grant covers the database.
func matches(pattern, name string) bool {
	found, err := regexp.MatchString("^(?s:"+wildcards.Replace(regexp.QuoteMeta(pattern))+")$", name)
	return err == nil && found
}

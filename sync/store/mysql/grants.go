package mysql

import (
	"context"
	"database/sql"
	"regexp"
	"slices"
	"strings"

	"clickky/sync/store/sqlstore"
)

// grants is what SHOW GRANTS lists, a statement in each line.
type grants []string

func showGrants(ctx context.Context, conn *sql.Conn) (grants, error) {
	return sqlstore.All(ctx, conn, func(row *sql.Rows, line *string) error { return row.Scan(line) }, "SHOW GRANTS")
}

// missing are the privileges of needed that no line gives on the whole database.
// unsure tells that there is a line which may give them all the same, or take
// some away, in a way that is not judged here: a role, a grant on single tables
// or columns, a partial revoke.
func (g grants) missing(database string) (missing []string, unsure bool) {
	has := map[string]bool{}
	murky := false
	for _, line := range g {
		privileges, object, ok := readGrant(line)
		switch {
		case !ok:
			murky = true
		case object.schema == "*" || object.table == "*" && matches(object.schema, database):
			for _, p := range privileges {
				has[p] = true
			}
		case matches(object.schema, database):
			murky = true
		}
	}
	if has["ALL PRIVILEGES"] || has["ALL"] {
		return nil, g.revoked()
	}
	for _, p := range needed {
		if !has[p] {
			missing = append(missing, p)
		}
	}
	return missing, murky && len(missing) > 0 || g.revoked()
}

// revoked tells whether anything is taken away again, as MySQL can do.
func (g grants) revoked() bool {
	return slices.ContainsFunc(g, func(line string) bool { return strings.HasPrefix(line, "REVOKE ") })
}

// What a grant consists of. A privilege may be followed by columns, so that one on columns is not
// taken for one on all.
const (
	privilege  = "[^,(`]+(?:[(](?:`[^`]*`|[^`)])*[)])?"
	identifier = "[*]|(?:`[^`]*`)+"
)

var (
	privilegeForm = regexp.MustCompile(privilege)
	grantForm     = regexp.MustCompile("^GRANT (" + privilege + "(?:, " + privilege + ")*) ON (" + identifier + ")[.](" + identifier + ")")
)

// object is what a privilege is on. A schema may have the wildcards of LIKE.
type object struct{ schema, table string }

// readGrant takes one line apart. It is not ok for what is not a grant of
// privileges on a schema or table.
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

// withoutQuotes takes the backquotes away that quoted puts around a name.
func withoutQuotes(name string) string {
	return strings.ReplaceAll(strings.TrimSuffix(strings.TrimPrefix(name, "`"), "`"), "``", "`")
}

// wildcards makes a regular expression of a pattern, in which regexp.QuoteMeta has doubled the
// backslashes that have % and _ stand for themselves.
var wildcards = strings.NewReplacer(`\\\\`, `\\`, `\\%`, `%`, `\\_`, `_`, `\\`, ``, `%`, `.*`, `_`, `.`)

// matches tells whether the schema of a grant is or covers the database.
func matches(pattern, name string) bool {
	found, err := regexp.MatchString("^(?s:"+wildcards.Replace(regexp.QuoteMeta(pattern))+")$", name)
	return err == nil && found
}

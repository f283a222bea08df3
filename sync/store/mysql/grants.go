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

func showGrants(ctx context.Context, conn *sql.Conn) (lines grants, err error) {
	err = sqlstore.Each(ctx, conn, func(row *sql.Rows) error {
		var line string
		err := row.Scan(&line)
		lines = append(lines, line)
		return err
	}, "SHOW GRANTS")
	return lines, err
}

// missing are the privileges of Needed that no line gives on the whole database.
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
	for _, p := range Needed {
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

// object is what a privilege is on. A schema may have the wildcards of LIKE.
type object struct{ schema, table string }

// readGrant takes one line apart. It is not ok for what is not a grant of
// privileges on a schema or table.
func readGrant(line string) (privileges []string, on object, ok bool) {
	rest, ok := strings.CutPrefix(line, "GRANT ")
	if !ok {
		return nil, on, false
	}
	for more := true; more; {
		var privilege string
		privilege, rest = cutPrivilege(rest)
		privileges = append(privileges, privilege)
		rest, more = strings.CutPrefix(rest, ", ")
	}
	if rest, ok = strings.CutPrefix(rest, " ON "); !ok {
		return nil, on, false
	}
	if on.schema, rest, ok = cutIdentifier(rest); !ok {
		return nil, on, false
	}
	if rest, ok = strings.CutPrefix(rest, "."); !ok {
		return nil, on, false
	}
	on.table, _, ok = cutIdentifier(rest)
	return privileges, on, ok
}

// cutPrivilege returns the privilege at the beginning, with its columns if it has
// some, such as "SELECT" or "INSERT (`id`, `name`)", so that one on columns is not
// taken for one on all.
func cutPrivilege(s string) (privilege, rest string) {
	depth, inName := 0, false
	for i, c := range s {
		switch {
		case c == '`':
			inName = !inName
		case inName:
		case c == '(':
			depth++
		case c == ')':
			depth--
		case depth == 0 && (c == ',' || strings.HasPrefix(s[i:], " ON ")):
			return s[:i], s[i:]
		}
	}
	return s, ""
}

// cutIdentifier returns the name at the beginning: * or one in backquotes.
func cutIdentifier(s string) (name, rest string, ok bool) {
	if rest, ok := strings.CutPrefix(s, "*"); ok {
		return "*", rest, true
	}
	if !strings.HasPrefix(s, "`") {
		return "", s, false
	}
	for i := 1; i < len(s); i++ {
		if s[i] != '`' {
			continue
		}
		if i+1 < len(s) && s[i+1] == '`' {
			i++
			continue
		}
		return strings.ReplaceAll(s[1:i], "``", "`"), s[i+1:], true
	}
	return "", s, false
}

// matches tells whether the schema of a grant, in which % and _ are wildcards
// unless a backslash is before them, is or covers the database.
func matches(pattern, name string) bool {
	expr := strings.Builder{}
	escaped := false
	for _, c := range pattern {
		switch {
		case escaped:
			expr.WriteString(regexp.QuoteMeta(string(c)))
		case c == '%':
			expr.WriteString(".*")
		case c == '_':
			expr.WriteString(".")
		case c != '\\':
			expr.WriteString(regexp.QuoteMeta(string(c)))
		}
		escaped = c == '\\' && !escaped
	}
	found, err := regexp.MatchString("^(?s:"+expr.String()+")$", name)
	return err == nil && found
}

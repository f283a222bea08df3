package mysql

import (
	"slices"
	"strings"
	"testing"
)

func TestGrantsMissing(t *testing.T) {
	all := strings.Join(needed, ", ")
	for _, c := range []struct {
		name    string
		lines   grants
		missing string
		unsure  bool
	}{
		{"all on everything", grants{"GRANT ALL PRIVILEGES ON *.* TO `root`@`localhost` WITH GRANT OPTION", "GRANT PROXY ON ''@'%' TO 'root'@'localhost' WITH GRANT OPTION"}, "", false},
		{"all on the database", grants{"GRANT USAGE ON *.* TO `u`@`%` IDENTIFIED BY PASSWORD '*00'", "GRANT ALL PRIVILEGES ON `game`.* TO `u`@`%`"}, "", false},
		{"what the README says", grants{"GRANT " + all + " ON `game`.* TO `u`@`%`"}, "", false},
		{"in two places", grants{"GRANT SELECT, CREATE, ALTER ON *.* TO `u`@`%`", "GRANT INSERT, UPDATE, DELETE, INDEX ON `game`.* TO `u`@`%`"}, "", false},
		{"nothing", grants{"GRANT USAGE ON *.* TO `u`@`%`"}, all, false},
		{"no tables can be changed", grants{"GRANT SELECT, INSERT, UPDATE, DELETE ON `game`.* TO `u`@`%`"}, "CREATE, ALTER, INDEX", false},
		{"like CREATE, and something else", grants{"GRANT SELECT, INSERT, UPDATE, DELETE, CREATE VIEW, CREATE TEMPORARY TABLES, ALTER, INDEX ON `game`.* TO `u`@`%`"}, "CREATE", false},
		{"another database", grants{"GRANT ALL PRIVILEGES ON `games`.* TO `u`@`%`"}, all, false},
		{"a pattern", grants{"GRANT ALL PRIVILEGES ON `g%`.* TO `u`@`%`"}, "", false},
		{"a pattern of one letter", grants{"GRANT ALL PRIVILEGES ON `_ame`.* TO `u`@`%`"}, "", false},
		{"no pattern", grants{"GRANT ALL PRIVILEGES ON `g\\%`.* TO `u`@`%`"}, all, false},
		{"single tables", grants{"GRANT " + all + " ON `game`.`users` TO `u`@`%`"}, all, true},
		{"single columns", grants{"GRANT SELECT (`id`, `name`), INSERT, UPDATE, DELETE, CREATE, ALTER, INDEX ON `game`.* TO `u`@`%`"}, "SELECT", false},
		{"a role of MariaDB", grants{"GRANT `players` TO `u`@`%`", "GRANT USAGE ON *.* TO `u`@`%`"}, all, true},
		{"a role of MySQL that changes nothing", grants{"GRANT " + all + " ON `game`.* TO `u`@`%`", "GRANT `players`@`%` TO `u`@`%`"}, "", false},
		{"a partial revoke", grants{"GRANT " + all + " ON *.* TO `u`@`%`", "REVOKE INSERT ON `game`.* FROM `u`@`%`"}, "", true},
		{"dynamic privileges", grants{"GRANT BACKUP_ADMIN,XA_RECOVER_ADMIN ON *.* TO `u`@`%`", "GRANT " + all + " ON `game`.* TO `u`@`%`"}, "", false},
		{"something that is not known", grants{"HAND OVER `game`", "GRANT", "GRANT ", "GRANT SELECT ON `game", "GRANT SELECT ON `game` TO"}, all, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			missing, unsure := c.lines.missing("game")
			if got := strings.Join(missing, ", "); got != c.missing || unsure != c.unsure {
				t.Errorf("missing %q, unsure %v; want %q, %v", got, unsure, c.missing, c.unsure)
			}
		})
	}
}

// FuzzGrants lists any grants: the missing ones are among the needed ones.
func FuzzGrants(f *testing.F) {
	f.Add("GRANT SELECT (`a``b`, `c)`), INSERT ON `g``ame`.* TO `u`@`%`", "g`ame")
	f.Add("GRANT `r` TO `u`\nREVOKE ALL ON x", "x")
	f.Add("GRANT SELECT ON `%\\_%\\`.* TO a", "aa_a")
	f.Fuzz(func(t *testing.T, lines, database string) {
		missing, unsure := grants(strings.Split(lines, "\n")).missing(database)
		for _, p := range missing {
			if !slices.Contains(needed, p) {
				t.Errorf("%q is missing, and is not needed", p)
			}
		}
		if again, same := grants(strings.Split(lines, "\n")).missing(database); !slices.Equal(again, missing) || same != unsure {
			t.Errorf("%v and %v", missing, again)
		}
	})
}

func TestGrantsStatement(t *testing.T) {
	for name, want := range map[string]string{
		"clickky@%":  "GRANT ALTER, INDEX ON `ga``me`.* TO 'clickky'@'%';",
		"a@b@10.0.%": "GRANT ALTER, INDEX ON `ga``me`.* TO 'a@b'@'10.0.%';",
		"it's@%":     "GRANT ALTER, INDEX ON `ga``me`.* TO 'it''s'@'%';",
		"role":       "GRANT ALTER, INDEX ON `ga``me`.* TO 'role';",
	} {
		u := user{database: "ga`me", account: account(name)}
		if got := u.grant([]string{"ALTER", "INDEX"}); got != want {
			t.Errorf("%s\nwant %s", got, want)
		}
	}
}

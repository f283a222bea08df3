package docs

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// avoided are words that comments and names once had, with what to write instead. Engineers of the
// field don't know them, or have to read a sentence with them twice.
var avoided = []struct {
	comment *regexp.Regexp // nil: only a name
	name    string         // a word of a name in camel case; empty: only comments
	instead string
}{
	{regexp.MustCompile(`(?i)\btells? whether\b`), "", "reports whether"},
	{regexp.MustCompile(`(?i)\bwho(m|so)?ever\b`), "", "the noun that does it"},
	{regexp.MustCompile(`(?i)\blikewise\b`), "", "the sentence, repeated"},
	{regexp.MustCompile(`(?i)\bshall\b`), "", "must, or the present tense"},
	{regexp.MustCompile(`(?i)\bhas come to\b`), "", "now"},
	{regexp.MustCompile(`(?i)\bmade if there\b`), "", "creating it if necessary"},
	{regexp.MustCompile(`(?i)\bis to be\b`), "", "must be, or an imperative"},
	{nil, "appoint", "setPermissions"},
	{nil, "deed", "AdminAction"},
	{nil, "desk", "dashboard, Backend"},
	{nil, "enact", "apply"},
	{nil, "hero", "counter"},
	{nil, "judge", "authorize, check"},
	{nil, "painter", "renderer, differ"},
	{nil, "parting", "farewell"},
	{nil, "seat", "session, player"},
	{nil, "sheet", "Details"},
	{nil, "stir", "wake"},
	{nil, "visit", "session"},
	{nil, "wear", "setAppearance"},
	{nil, "whoever", "the noun that does it"},
}

// eachGoFile calls f for each Go file of the project.
func eachGoFile(t *testing.T, f func(path string, file *ast.File, positions *token.FileSet)) {
	t.Helper()
	positions := token.NewFileSet()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && strings.HasPrefix(d.Name(), ".") && path != root {
			if err == nil {
				err = fs.SkipDir
			}
			return err
		}
		if d.IsDir() || filepath.Ext(path) != ".go" || filepath.Base(path) == "words_test.go" {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(positions, path, text, parser.ParseComments)
		if err == nil {
			f(path, file, positions)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// nameWords splits a name in camel case.
var nameWords = regexp.MustCompile(`[A-Z]?[a-z]+`)

func TestCommentsAvoidOddWords(t *testing.T) {
	comments := 0
	eachGoFile(t, func(_ string, file *ast.File, positions *token.FileSet) {
		for _, group := range file.Comments {
			comments++
			for _, a := range avoided {
				if a.comment == nil {
					continue
				}
				if found := a.comment.FindString(strings.ReplaceAll(group.Text(), "\n", " ")); found != "" {
					t.Errorf("%s: a comment says %q; write: %s", positions.Position(group.Pos()), found, a.instead)
				}
			}
		}
	})
	if comments < 1000 {
		t.Errorf("only %d comments were read", comments)
	}
}

func TestNamesAvoidOddWords(t *testing.T) {
	names := 0
	eachGoFile(t, func(_ string, file *ast.File, positions *token.FileSet) {
		ast.Inspect(file, func(n ast.Node) bool {
			var name *ast.Ident
			switch n := n.(type) {
			case *ast.FuncDecl:
				name = n.Name
			case *ast.TypeSpec:
				name = n.Name
			default:
				return true
			}
			names++
			for _, word := range nameWords.FindAllString(name.Name, -1) {
				for _, a := range avoided {
					if a.name != "" && strings.EqualFold(strings.TrimSuffix(word, "s"), a.name) {
						t.Errorf("%s: %s; a better word than %q: %s", positions.Position(name.Pos()), name.Name, word, a.instead)
					}
				}
			}
			return true
		})
	})
	if names < 1000 {
		t.Errorf("only %d names were read", names)
	}
}

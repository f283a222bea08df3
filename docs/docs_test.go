// Package docs has no program: its test holds the documents of the project to its
// files, and to how they should read.
package docs

import (
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// root is the folder of the whole repository.
const root = ".."

// maxWidth is the most characters of a line of prose, and maxLines the most lines of the
// README and of the page on the architecture.
const maxWidth, maxLines = 100, 150

// documents returns the paths of all documents, relative to root.
func documents(t *testing.T) []string {
	t.Helper()
	var paths []string
	for _, pattern := range []string{"*.md", "docs/*.md", "*/DESIGN.md", "*/*/DESIGN.md"} {
		found, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range found {
			relative, err := filepath.Rel(root, path)
			if err != nil {
				t.Fatal(err)
			}
			paths = append(paths, relative)
		}
	}
	if len(paths) < 10 {
		t.Fatalf("there are only %q", paths)
	}
	return paths
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// withoutBlocks returns the lines of a document, those of code blocks empty.
func withoutBlocks(text string) []string {
	lines := strings.Split(text, "\n")
	inBlock := false
	for i, line := range lines {
		fence := strings.HasPrefix(line, "```")
		if fence {
			inBlock = !inBlock
		}
		if inBlock || fence {
			lines[i] = ""
		}
	}
	return lines
}

// isProse reports whether a line is text that can be wrapped: no table and no picture.
func isProse(line string) bool {
	return !strings.HasPrefix(line, "|") && !strings.HasPrefix(line, "![")
}

func TestDocumentsHaveShortLines(t *testing.T) {
	for _, path := range documents(t) {
		for i, line := range withoutBlocks(read(t, path)) {
			if width := utf8.RuneCountInString(line); isProse(line) && width > maxWidth {
				t.Errorf("%s:%d has %d characters: wrap it after %d", path, i+1, width, maxWidth)
			}
		}
	}
}

func TestDocumentsReadmeAndArchitectureAreShort(t *testing.T) {
	for _, path := range []string{"README.md", "docs/architecture.md"} {
		if lines := strings.Count(read(t, path), "\n"); lines > maxLines {
			t.Errorf("%s has %d lines: shorten it to %d", path, lines, maxLines)
		}
	}
}

func TestDocumentsAreInContents(t *testing.T) {
	contents := read(t, "docs/README.md")
	for _, path := range documents(t) {
		if page, ok := strings.CutPrefix(path, "docs/"); ok && page != "README.md" && !strings.Contains(contents, "]("+page+")") {
			t.Errorf("docs/README.md does not link to %s", page)
		}
	}
}

func TestDocumentsNameTheirReaders(t *testing.T) {
	for _, path := range documents(t) {
		if !strings.HasPrefix(path, "docs/") || path == "docs/README.md" {
			continue
		}
		_, rest, _ := strings.Cut(read(t, path), "\n\n")
		if paragraph, _, _ := strings.Cut(rest, "\n\n"); !strings.HasPrefix(paragraph, "This page is for ") {
			t.Errorf("%s begins with %q: say who it is for", path, paragraph)
		}
	}
}

var link = regexp.MustCompile(`\]\(([^)]+)\)`)

func TestDocumentsHaveValidLinks(t *testing.T) {
	links := 0
	for _, path := range documents(t) {
		for i, line := range withoutBlocks(read(t, path)) {
			for _, match := range link.FindAllStringSubmatch(line, -1) {
				links++
				if problem := follow(t, path, match[1]); problem != "" {
					t.Errorf("%s:%d: the link to %s: %s", path, i+1, match[1], problem)
				}
			}
		}
	}
	if links < 50 {
		t.Errorf("only %d links were found", links)
	}
}

// follow checks where a link of a document leads, and returns what is wrong with it.
func follow(t *testing.T, from, target string) string {
	t.Helper()
	u, err := url.Parse(target)
	if err != nil {
		return err.Error()
	}
	if u.Scheme == "https" {
		return ""
	}
	path := from
	if u.Path != "" {
		path = filepath.Join(filepath.Dir(from), u.Path)
	}
	if _, err := os.Stat(filepath.Join(root, path)); err != nil {
		return "there is no such file"
	}
	if u.Fragment == "" {
		return ""
	}
	for _, line := range withoutBlocks(read(t, path)) {
		if title := strings.TrimLeft(line, "#"); title != line && anchor(title) == u.Fragment {
			return ""
		}
	}
	return "there is no such heading"
}

// anchor returns the fragment that GitHub gives to a heading: small letters and digits,
// hyphens for spaces, nothing else.
func anchor(title string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
			return unicode.ToLower(r)
		}
		return -1
	}, strings.TrimSpace(title))
}

// inCode finds names of files and folders, and of Go tests, that documents put in
// backquotes.
var (
	filesInCode = regexp.MustCompile("`((?:cmd|server|sync|tui|deploy|docs)/[a-z0-9_./-]+)`")
	testsInCode = regexp.MustCompile("`((?:Test|Fuzz|Benchmark)[A-Z]\\w+)`")
)

func TestDocumentsNameFilesThatExist(t *testing.T) {
	for _, path := range documents(t) {
		if path == "CHANGELOG.md" {
			continue // names what there was
		}
		for _, match := range filesInCode.FindAllStringSubmatch(read(t, path), -1) {
			if _, err := os.Stat(filepath.Join(root, match[1])); err != nil {
				t.Errorf("%s names %s, which does not exist", path, match[1])
			}
		}
	}
}

func TestDocumentsNameTestsThatExist(t *testing.T) {
	var sources strings.Builder
	err := filepath.WalkDir(root, func(path string, _ os.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		sources.Write(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range documents(t) {
		for _, match := range testsInCode.FindAllStringSubmatch(read(t, path), -1) {
			if !strings.Contains(sources.String(), "func "+match[1]+"(") {
				t.Errorf("%s names %s, which is no test", path, match[1])
			}
		}
	}
}

// forEngineers reports whether a document speaks of the code as it is now.
func forEngineers(path string) bool {
	return path == "CONTRIBUTING.md" || path == "docs/architecture.md" || filepath.Base(path) == "DESIGN.md"
}

var (
	namesInCode = regexp.MustCompile("`(?:\\w+\\.)*([A-Za-z]\\w*)`")
	goFiles     = regexp.MustCompile("`(?:[a-z]+/)*([a-z0-9_]+\\.go)`")
	goWord      = regexp.MustCompile(`\w+`)
)

// TestDocumentsNameCodeThatExists finds names in documents that the code no longer has.
func TestDocumentsNameCodeThatExists(t *testing.T) {
	// Words of the code, names of files and folders, and settings of OpenSSH.
	exists := map[string]bool{"sshd_config": true, "PerSourcePenalties": true, "ClientAliveInterval": true}
	err := filepath.WalkDir(root, func(path string, entry os.DirEntry, err error) error {
		exists[filepath.Base(path)] = true
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "docs_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, word := range goWord.FindAllString(string(text), -1) {
			exists[word] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	names := 0
	for _, path := range documents(t) {
		if !forEngineers(path) {
			continue
		}
		text := strings.Join(withoutBlocks(read(t, path)), "\n")
		found := append(namesInCode.FindAllStringSubmatch(text, -1), goFiles.FindAllStringSubmatch(text, -1)...)
		for _, match := range found {
			if names++; !exists[match[1]] {
				t.Errorf("%s names %s, which the code doesn't have", path, match[0])
			}
		}
	}
	if names < 150 {
		t.Errorf("only %d names were found", names)
	}
}

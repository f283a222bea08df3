// Package deploy has no program: its tests hold the examples for operators in
// this folder, and what the README says about them, to what the server does.
package deploy

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// root is the folder of the whole repository.
const root = ".."

// read returns the text of an example.
func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// tool finds a program that only some machines have; without it the test is skipped.
func tool(t *testing.T, name, what string) string {
	t.Helper()
	for _, dir := range []string{"", "/usr/sbin/", "/sbin/"} {
		if path, err := exec.LookPath(dir + name); err == nil {
			return path
		}
	}
	t.Skipf("%s is not tested: %s is not installed", what, name)
	return ""
}

// command runs a program to its end and returns its output.
func command(ctx context.Context, dir, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		return string(out), fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out), nil
}

// built is the path of the program, built like a release from a clean copy of the working tree.
var built = sync.OnceValues(func() (binary string, err error) {
	if err := dependOnSources(); err != nil {
		return "", err
	}
	if buildDir, err = os.MkdirTemp("", "clickky-build-"); err != nil {
		return "", err
	}
	tree := filepath.Join(buildDir, "tree")
	if err := cloneTree(tree); err != nil {
		return "", err
	}
	binary = filepath.Join(buildDir, "clickky")
	args := append([]string{"CGO_ENABLED=0", "go", "build"}, append(buildFlags, "-o", binary, "./cmd/clickky")...)
	_, err = command(context.Background(), tree, "env", args...)
	return binary, err
})

// dependOnSources reads all sources, so that go test does not reuse a result of older sources.
func dependOnSources() error {
	return filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			_, err = os.Stat(path)
		}
		if d != nil && d.Name() == ".git" && d.IsDir() {
			return fs.SkipDir
		}
		return err
	})
}

// buildDir has the built program. TestMain removes it.
var buildDir string

// buildFlags are the flags with which every release is built.
var buildFlags = []string{"-trimpath", "-buildvcs=auto", "-ldflags=-s -w"}

// errNoGit means that the working tree is not in a Git repository.
var errNoGit = errors.New("there is no git repository here")

// cloneTree copies the working tree, uncommitted changes included.
func cloneTree(to string) error {
	ctx := context.Background()
	if _, err := command(ctx, root, "git", "rev-parse", "HEAD"); err != nil {
		return errNoGit
	}
	now, err := command(ctx, root, "git", "-c", "user.name=test", "-c", "user.email=test@localhost", "stash", "create")
	if err != nil {
		return err
	}
	if now = strings.TrimSpace(now); now == "" {
		now = "HEAD"
	}
	now, err = command(ctx, root, "git", "rev-parse", now)
	if err != nil {
		return err
	}
	if _, err := command(ctx, root, "git", "clone", "--quiet", "--shared", "--no-checkout", ".", to); err != nil {
		return err
	}
	_, err = command(ctx, to, "git", "checkout", "--quiet", "--detach", strings.TrimSpace(now))
	return err
}

// program returns the path of the built program.
func program(t *testing.T) string {
	t.Helper()
	binary, err := built()
	switch {
	case errors.Is(err, errNoGit):
		t.Skip("the program is not built in a clean copy of the tree: ", err)
	case err != nil:
		t.Fatal(err)
	}
	return binary
}

// TestMain removes what was built.
func TestMain(m *testing.M) {
	status := m.Run()
	if buildDir != "" {
		_ = os.RemoveAll(buildDir)
	}
	os.Exit(status)
}

// knownVariables returns the environment variables that the server knows.
func knownVariables(t *testing.T) map[string]bool {
	t.Helper()
	help, err := command(t.Context(), "", program(t), "serve", "--help")
	if err != nil {
		t.Fatal(err)
	}
	known := make(map[string]bool)
	for _, name := range variable.FindAllString(strings.Join(strings.Fields(help), ""), -1) { // help breaks lines
		known[name] = true
	}
	return known
}

var variable = regexp.MustCompile(`CLICKKY_[A-Z_]+`)

// TestExamplesUseOnlyKnownSettings matters because a mistyped variable does nothing.
func TestExamplesUseOnlyKnownSettings(t *testing.T) {
	known := knownVariables(t)
	for _, path := range []string{"clickky.service", "Dockerfile", "compose.yml", "cluster/compose.yml", "cluster/clickky.env", "cluster/clickky.conf"} {
		for _, name := range variable.FindAllString(read(t, path), -1) {
			if !known[name] {
				t.Errorf("%s names %s, which the server does not know", path, name)
			}
		}
	}
}

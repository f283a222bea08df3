//go:build !race

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"clickky/cmd/clickky/manual"
)

// prints runs a command of the program that fails under no circumstances.
func prints(t *testing.T, args ...string) string {
	t.Helper()
	var out strings.Builder
	p := app{ctx: t.Context(), hurry: t.Context(), stdout: &out, stderr: &out}
	if status := p.run(args); status != exitDone || out.Len() == 0 {
		t.Fatalf("%v: status %d, %s", args, status, out.String())
	}
	return out.String()
}

// TestHelpManPageAndCompletionsAreComplete fails for a new command that one of them lacks.
func TestHelpManPageAndCompletionsAreComplete(t *testing.T) {
	k, err := kong.New(&cli{}, kong.Name("clickky"))
	if err != nil {
		t.Fatal(err)
	}
	help, page := prints(t, "--help"), strings.ReplaceAll(prints(t, "man"), `\-`, "-")
	texts := map[string]string{"man": page}
	for _, shell := range manual.Shells {
		texts[shell] = prints(t, "completion", shell)
	}
	for _, command := range k.Model.Leaves(true) {
		if !strings.Contains(help, "\n  "+command.Path()+" ") || !strings.Contains(help, strings.Fields(command.Help)[0]) {
			t.Errorf("--help says nothing of %s", command.Path())
		}
		if !strings.Contains(page, `.SS "clickky `+command.Path()+`"`) {
			t.Errorf("the man page says nothing of %s", command.Path())
		}
		own := prints(t, append(strings.Fields(command.Path()), "--help")...)
		if strings.Count(own, "\nUsage:")+strings.Count(own, "Usage: ") != 1 {
			t.Errorf("%s --help:\n%s", command.Path(), own)
		}
		for _, f := range command.Flags {
			if !strings.HasSuffix(f.Help, ".") {
				t.Errorf("the help of %s --%s is no sentence: %q", command.Path(), f.Name, f.Help)
			}
			for name, text := range texts {
				if !strings.Contains(text, f.Name) {
					t.Errorf("%s: no %s of %s", name, f.Name, command.Path())
				}
			}
			for _, env := range f.Envs {
				if !strings.Contains(page, `\fB`+env+`\fR`) || !strings.Contains(own, env) {
					t.Errorf("%s is not in the man page, or not in the help of %s", env, command.Path())
				}
			}
		}
	}
	for _, f := range k.Model.DefaultCmd.Flags {
		if !strings.Contains(help, "--"+f.Name) {
			t.Errorf("--help says nothing of --%s", f.Name)
		}
	}
}

func TestManPageRenders(t *testing.T) {
	t.Parallel()
	groff, err := exec.LookPath("groff")
	if err != nil {
		t.Skipf("groff is not installed, so the page isn't rendered: %v", err)
	}
	cmd := exec.CommandContext(t.Context(), groff, "-man", "-Tutf8", "-ww", "-P-cbou")
	cmd.Stdin = strings.NewReader(prints(t, "man"))
	out, err := cmd.CombinedOutput()
	if err != nil || strings.Contains(string(out), "warning") || !strings.Contains(string(out), "CLICKKY_MAX_PLAYERS") {
		t.Errorf("%v:\n%s", err, out)
	}
}

// TestCompletionInBash sources the completion as people do, and completes.
func TestCompletionInBash(t *testing.T) {
	t.Parallel()
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skipf("bash is not installed, so its completion is not tested: %v", err)
	}
	dir := t.TempDir()
	for _, name := range []string{"data dir/", "team keys", "deploy/"} {
		path := filepath.Join(dir, name)
		if strings.HasSuffix(name, "/") {
			err = os.Mkdir(path, 0o700)
		} else {
			err = os.WriteFile(path, nil, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	script := filepath.Join(t.TempDir(), "clickky")
	if err := os.WriteFile(script, []byte(prints(t, "completion", "bash")), 0o600); err != nil {
		t.Fatal(err)
	}
	complete := func(words ...string) []string {
		t.Helper()
		const code = `source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _clickky; printf '%s\n' "${COMPREPLY[@]}"`
		cmd := exec.CommandContext(t.Context(), bash, append([]string{"--norc", "-c", code, "bash", script}, words...)...)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %v: %s", words, err, out)
		}
		return strings.Split(strings.TrimRight(string(out), "\n"), "\n")
	}
	for _, c := range []struct{ words, want []string }{
		{[]string{"clickky", "doc"}, []string{"doctor"}},
		{[]string{"clickky", "be"}, []string{"bench"}},
		{[]string{"clickky", "--public"}, []string{"--public-address", "--public-leaderboard"}},
		{[]string{"clickky", "doctor", "--q"}, []string{"--quick"}},
		{[]string{"clickky", "bench", "--q"}, []string{""}},
		{[]string{"clickky", "--log-format", ""}, []string{"text", "json"}},
		{[]string{"clickky", "--log-format", "="}, []string{"text", "json"}},
		{[]string{"clickky", "--log-format", "=", "j"}, []string{"json"}},
		{[]string{"clickky", "--log-format=j"}, []string{"--log-format=json"}},
		{[]string{"clickky", "--data", "bench", "doc"}, []string{"doctor"}}, // bench is the value
		{[]string{"clickky", "--data", "=", "bench", "doc"}, []string{"doctor"}},
		{[]string{"clickky", "--data", "d"}, []string{"data dir", "deploy"}},
		{[]string{"clickky", "bind", "alice", "t"}, []string{"team keys"}},
		{[]string{"clickky", "serve", "--admin", "team"}, []string{"team keys"}},
		{[]string{"clickky", "--listen", ""}, []string{""}},
		{[]string{"clickky", "completion", ""}, manual.Shells},
		{[]string{"clickky", "version", ""}, []string{""}},
	} {
		got := complete(c.words...)
		slices.Sort(got)
		want := slices.Sorted(slices.Values(c.want))
		if !slices.Equal(got, want) {
			t.Errorf("%q completes to %q, want %q", c.words, got, want)
		}
	}
	if all := complete("clickky", ""); !slices.Contains(all, "serve") || !slices.Contains(all, "version") || slices.Contains(all, "--data") {
		t.Errorf("the commands are %q", all)
	}
}

func TestCompletionInFish(t *testing.T) {
	t.Parallel()
	fish, err := exec.LookPath("fish")
	if err != nil {
		t.Skipf("fish is not installed, so its completion is not tested: %v", err)
	}
	dir := t.TempDir()
	script := filepath.Join(dir, "clickky.fish")
	if err := os.WriteFile(script, []byte(prints(t, "completion", "fish")), 0o600); err != nil {
		t.Fatal(err)
	}
	for line, want := range map[string]string{
		"clickky doc": "doctor\t", "clickky doctor --q": "--quick\t", "clickky --data bench doc": "doctor\t",
		"clickky --log-format ": "json\t", "clickky completion z": "zsh",
	} {
		cmd := exec.CommandContext(t.Context(), fish, "--no-config", "-c", "source $argv[1]; complete -C $argv[2]", script, line)
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "HOME="+dir)
		if out, err := cmd.CombinedOutput(); err != nil || !strings.HasPrefix(string(out), want) {
			t.Errorf("%q completes to %q, %v; want %q", line, out, err, want)
		}
	}
}

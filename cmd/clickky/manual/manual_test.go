package manual

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/charmbracelet/x/exp/golden"
)

// TestMain parses the flags that package golden declares.
func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(m.Run())
}

// hostile is a definition with help texts that mean something to roff and to shells.
type hostile struct {
	Run struct {
		Where string   `default:".hidden" env:"X_WHERE" placeholder:"DIR" help:".SH is no section; 'neither' is this: \\fB and \\(co (${default})."`
		Form  string   `enum:"a,b c" default:"a" help:"$(touch pwned) ${HOME:-} [brackets]: a \"quote\" and a $${tick}."`
		Who   []string `short:"w" aliases:"whom" env:"X_WHO,X_WHOM" placeholder:"WHO" help:"'It begins with a quote, has ~ and ^ and a backslash: \\ at its end."`
		Fast  bool     `help:"– naïve … 😀 -- dash-es"`
		Bare  string   `hidden:"" help:"nobody sees it"`
	} `cmd:"" default:"withargs" help:"Runs it; it's the default."`
	Keys struct {
		Add struct {
			Name string `arg:"" help:"A name."`
			File string `arg:"" optional:"" help:"A file."`
		} `cmd:"" help:"Adds a key: to [it]."`
		Drop struct {
			Name []string `arg:"" help:"Names."`
		} `cmd:"" help:"Drops keys."`
	} `cmd:"" help:"Looks after keys."`
	Secret struct{} `cmd:"" hidden:"" help:"nobody sees it either"`
}

func app(t *testing.T) *kong.Application {
	t.Helper()
	k, err := kong.New(&hostile{}, kong.Name("prog"), kong.Description("A program that's \"hostile\"."))
	if err != nil {
		t.Fatal(err)
	}
	return k.Model
}

var note = Note{Title: "EXIT STATUS", Text: ".0: done.\n\n'1': failed."}

// TestManPage compares the page with the golden file; go test -update accepts the current one.
func TestManPage(t *testing.T) {
	golden.RequireEqual(t, Page(app(t), "v1.2-rc~3", note))
}

func TestManPageHasNoAccidentalRoff(t *testing.T) {
	macros := []string{".TH", ".SH", ".SS", ".TP", ".PP", ".br", ".nh", ".ad"}
	for line := range strings.Lines(Page(app(t), "v1", note, Note{Title: "FIRST", Early: true, Text: "..\n\n\\."})) {
		word, _, _ := strings.Cut(strings.TrimSpace(line), " ")
		if strings.HasPrefix(line, "'") || strings.HasPrefix(line, ".") && !slices.Contains(macros, word) {
			t.Errorf("%q", line)
		}
		for _, r := range line {
			if r > '~' {
				t.Errorf("%q is not ASCII in %q", r, line)
			}
		}
	}
}

func TestManPageRendersWithoutWarning(t *testing.T) {
	groff, err := exec.LookPath("groff")
	if err != nil {
		t.Skipf("groff is not installed, so the page isn't rendered: %v", err)
	}
	cmd := exec.CommandContext(t.Context(), groff, "-man", "-Tutf8", "-ww", "-P-cbou")
	cmd.Stdin = strings.NewReader(Page(app(t), "v1", note))
	var out, errs strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil || errs.Len() > 0 {
		t.Fatalf("%v: %s", err, errs.String())
	}
	text := strings.Join(strings.Fields(out.String()), " ")
	for _, want := range []string{
		`.SH is no section; 'neither' is this: \fB and \(co (.hidden). Environment: X_WHERE.`,
		`'It begins with a quote, has ~ and ^ and a backslash: \ at its end.`,
		`naïve`, `-- dash-es`, `--where=DIR`, `.0: done. '1': failed.`, `prog keys drop [flags] name`, "X_WHOM",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
}

func TestHiddenFlagsAreNowhere(t *testing.T) {
	texts := map[string]string{"man": Page(app(t), "v1")}
	for _, shell := range Shells {
		script, err := Completion(app(t), shell)
		if err != nil {
			t.Fatal(err)
		}
		texts[shell] = script
	}
	for name, text := range texts {
		if strings.Contains(text, "nobody sees") || strings.Contains(text, "bare") || strings.Contains(text, "secret") {
			t.Errorf("%s tells of it", name)
		}
		for _, want := range []string{"where", "whom", "keys add", "drop", "fast"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s has no %q", name, want)
			}
		}
	}
	if _, err := Completion(app(t), "tcsh"); err == nil {
		t.Error("there is a completion for any shell")
	}
}

// TestCompletionsRunNothing sources the scripts where anything that they ran would leave a
// file.
func TestCompletionsRunNothing(t *testing.T) {
	for shell, args := range map[string][]string{
		"bash": {"--norc", "-c", "set -e; source ./script; COMP_WORDS=(prog --form = ''); COMP_CWORD=3; _prog; echo ${#COMPREPLY[@]}"},
		"zsh":  {"-f", "-c", `compdef(){}; _arguments(){ print -rl -- "$@" }; source ./script; words=(prog --form ""); CURRENT=3; _prog; true`},
		"fish": {"--no-config", "-c", "source ./script; complete -C 'prog --form '"},
	} {
		t.Run(shell, func(t *testing.T) {
			exe, err := exec.LookPath(shell)
			if err != nil {
				t.Skipf("%s is not installed, so its completion is not tested: %v", shell, err)
			}
			dir := t.TempDir()
			script, err := Completion(app(t), shell)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, "script"), []byte(script), 0o600); err != nil {
				t.Fatal(err)
			}
			cmd := exec.CommandContext(t.Context(), exe, args...)
			cmd.Dir, cmd.Env = dir, append(os.Environ(), "HOME="+dir)
			if out, err := cmd.CombinedOutput(); err != nil || len(out) == 0 {
				t.Errorf("%v: %s", err, out)
			}
			if _, err := os.Stat(filepath.Join(dir, "pwned")); err == nil {
				t.Error("a help text was run")
			}
		})
	}
}

package manual

import (
	"fmt"
	"strings"

	"github.com/alecthomas/kong"
)

// Shells are those that Completion knows.
var Shells = []string{"bash", "zsh", "fish"}

// Completion returns the script that has a shell complete the command line of a
// program. It is to be sourced, or put where the shell looks for such scripts.
func Completion(app *kong.Application, shell string) (string, error) {
	switch all := commands(app); shell {
	case "bash":
		return bash(app.Name, all), nil
	case "zsh":
		return zsh(app.Name, all), nil
	case "fish":
		return fish(app.Name, all), nil
	}
	return "", fmt.Errorf("no completion for %q; choose bash, zsh or fish", shell)
}

// steps are the cases of a script that take the words of the line one by one: into a
// command, or past a flag whose value is the next word. A shell has its own way to
// quote a pattern, to separate patterns, and to write each of the two cases.
func steps(all []command, quote func(string) string, separator, into, past string) string {
	var out strings.Builder
	for _, c := range all {
		for _, child := range children(c.node) {
			to := strings.TrimSpace(c.key() + " " + child[0])
			fmt.Fprintf(&out, into, quote(c.key()+":"+child[0]), quote(to))
		}
		var names []string
		for _, f := range c.flags {
			if takesValue(f) {
				names = append(names, spellings(f)...)
			}
		}
		if len(names) > 0 {
			fmt.Fprintf(&out, past, keys(c, names, quote, separator))
		}
	}
	return out.String()
}

// keys are the patterns of a command with each of some flags.
func keys(c command, flags []string, quote func(string) string, separator string) string {
	var all []string
	for _, f := range flags {
		all = append(all, quote(c.key()+":"+f))
	}
	return strings.Join(all, separator)
}

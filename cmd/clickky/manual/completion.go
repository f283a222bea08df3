package manual

import (
	"fmt"
	"strings"

	"github.com/alecthomas/kong"
)

// Shells are the shells that Completion supports.
var Shells = []string{"bash", "zsh", "fish"}

// Completion returns a script that completes the program's command line in a shell. Source it, or
// put it where the shell looks for completions.
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

// steps returns the cases of a script that reads the line word by word: a command's name, or a flag
// whose value is the next word. The arguments are the shell's way to quote a pattern, to separate
// patterns, and to write each of the two cases.
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

// keys returns patterns that match the command followed by each of the flags.
func keys(c command, flags []string, quote func(string) string, separator string) string {
	var all []string
	for _, f := range flags {
		all = append(all, quote(c.key()+":"+f))
	}
	return strings.Join(all, separator)
}

package manual

import (
	"fmt"

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

package terminal

import (
	"strings"

	"github.com/charmbracelet/colorprofile"
)

// Profile returns how many colors a client can show, judged by the terminal
// type it asked for and the environment it sent. A type that says nothing of colors is
// taken for what terminals of this name show today. The environment of the server
// itself is never looked at. An empty or dumb terminal type is NoTTY. NO_COLOR
// with any value that is not empty takes the colors away and leaves bold,
// italic and their like.
func Profile(term string, environ []string) colorprofile.Profile {
	env := make([]string, 0, len(environ)+1)
	noColor := false
	for _, kv := range environ {
		name, value, _ := strings.Cut(kv, "=")
		switch name {
		case "TERM":
			// The terminal type of the pty request is the one that counts.
			continue
		case "NO_COLOR":
			noColor = value != ""
			continue
		}
		env = append(env, kv)
	}
	if term != "" {
		env = append(env, "TERM="+term)
	}
	profile := colorprofile.Env(env)
	switch term {
	case "xterm", "putty", "mlterm", "konsole", "gnome", "vte", "st", "mintty":
		profile = max(profile, colorprofile.ANSI256)
	}
	if noColor {
		return min(profile, colorprofile.ASCII)
	}
	return profile
}

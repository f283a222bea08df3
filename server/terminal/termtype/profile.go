package termtype

import (
	"strings"

	"github.com/charmbracelet/colorprofile"
)

// Profile returns the color profile for a terminal type and the client's environment. It never
// reads the server's own environment. A type that says nothing about colors gets what terminals of
// that name show today, and an empty or dumb type is NoTTY. A non-empty NO_COLOR removes colors but
// keeps attributes such as bold.
func Profile(term string, environ []string) colorprofile.Profile {
	env := make([]string, 0, len(environ)+1)
	noColor := false
	for _, kv := range environ {
		name, value, _ := strings.Cut(kv, "=")
		switch name {
		case "TERM":
			// The pty request's terminal type takes precedence.
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

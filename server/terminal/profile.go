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

// IsDumb reports whether a terminal of that type is not known to obey control sequences.
func IsDumb(term string) bool { return term == "" || term == "dumb" || term == "unknown" }

// NotUTF8 returns the variable of the client's environment, as NAME=VALUE, that says that
// the client's characters are not UTF-8; empty if they are, or if nothing says so.
func NotUTF8(environ []string) string {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		value := ""
		for _, kv := range environ { // the last one counts
			if v, ok := strings.CutPrefix(kv, name+"="); ok {
				value = v
			}
		}
		if value == "" {
			continue
		}
		// On macOS the whole value can be UTF-8.
		if low := strings.ToLower(value); strings.Contains(low, "utf-8") || strings.Contains(low, "utf8") {
			return ""
		}
		return name + "=" + value
	}
	return ""
}

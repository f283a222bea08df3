package settings

import (
	"regexp"
	"strings"

	"github.com/alecthomas/kong"

	"clickky/sync/store/mysql"
)

// secretTag marks the flag of the database's address, which may hold a password even if it is not a
// URL, as in user:password@tcp(host)/name.
const secretTag = "secret"

// masked replaces a password.
const masked = "***"

// mask returns a flag's text without passwords. In a URL of any flag, everything before the @ is
// secret, except a name before a colon.
func mask(flag *kong.Flag, text string) string {
	if flag.Tag.Has(secretTag) {
		return maskDSN(text)
	}
	starts := schemes.FindAllStringIndex(text, -1)
	if len(starts) == 0 {
		return text
	}
	shown := text[:starts[0][0]]
	for i, at := range starts {
		end := len(text)
		if i+1 < len(starts) {
			end = starts[i+1][0]
		}
		shown += text[at[0]:at[1]] + maskUser(text[at[1]:end], false)
	}
	return shown
}

var schemes = regexp.MustCompile(`[A-Za-z][A-Za-z0-9+.-]*://`)

// maskDSN masks the password of a database's URL or DSN.
func maskDSN(text string) string {
	if text == "" {
		return ""
	}
	if _, err := mysql.ParseURL(text); err != nil {
		return masked // nobody knows what is what
	}
	scheme, rest, isURL := strings.Cut(text, "://")
	if !isURL || strings.ContainsAny(scheme, ":@/") { // the password has it
		scheme, rest = "", text
	} else {
		scheme += "://"
	}
	return scheme + maskUser(rest, true)
}

// maskUser masks the text between the first colon and the last @. Without a colon, the text before
// that @ is a name if isName is true, else a secret.
func maskUser(text string, isName bool) string {
	at := strings.LastIndexByte(text, '@')
	if at < 0 {
		return text
	}
	if name, _, has := strings.Cut(text[:at], ":"); has {
		return name + ":" + masked + text[at:]
	}
	if isName {
		return text
	}
	return masked + text[at:]
}

package admin

import (
	"net/netip"
	"slices"
	"strings"
	"unicode/utf8"

	"charm.land/bubbles/v2/key"

	"clickky/tui/screen"
)

// quotes are where text is typed that may have blanks in it.
const quotes = `""`

// banTime is how long a ban lasts unless the admin says something else.
const banTime = "30d"

// act opens a prompt for what a key does about the player of the page; nil if it does nothing.
func (p *playerPage) act(k screen.Key) screen.Screen {
	whom, ok := quoted(p.name)
	option, target := "--to "+whom, whom
	if strings.HasPrefix(p.name, "-") {
		option, target = "--to="+whom, "-- "+whom
	}
	for _, act := range []struct {
		key    key.Binding
		typed  string
		before int // how many characters before the end of what is typed the cursor is
		heads  []string
	}{
		{p.keys.rename, "", 0, []string{"players rename " + target + " "}},
		{p.keys.count, "", 0, []string{"players set " + target + " "}},
		{p.keys.remove, "", 0, []string{"players delete " + target + " "}},
		{p.keys.free, "", 0, []string{"players release " + target + " "}},
		{p.keys.kick, "", 0, []string{"players kick " + target + " "}},
		{p.keys.message, quotes, len(`"`), []string{"players message " + option + " "}},
		{p.keys.ban, banTime, 0, p.bans()},
	} {
		bans := act.typed == banTime
		switch {
		case !key.Matches(k, act.key):
		case !ok && !bans:
			p.Tell("commands can't name this player: the name is empty or isn't text")
			return p
		case len(act.heads) == 0:
			p.Tell("there's nothing to ban: the player has no key and isn't connected here")
			return p
		default:
			return p.ask(p, act.typed, act.before, act.heads...)
		}
	}
	return nil
}

// bans are how commands begin that keep the player out: one for each key and each address.
func (p *playerPage) bans() []string {
	if p.sheet == nil {
		return nil
	}
	var heads []string
	add := func(target string) {
		if head := "players ban " + target + " --for "; !slices.Contains(heads, head) {
			heads = append(heads, head)
		}
	}
	for _, k := range p.sheet.Keys {
		add(k.Fingerprint)
	}
	for _, session := range p.sheet.Sessions {
		if addr, err := netip.ParseAddr(session.From); err == nil {
			add(addr.String())
		}
	}
	return heads
}

// quoted is a word as a command line has it, which is split as a Unix shell does;
// false if no line can hold it.
func quoted(word string) (string, bool) {
	if word == "" || !utf8.ValidString(word) {
		return "", false
	}
	odd := func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("._-@:/+", r)
	}
	if !strings.ContainsFunc(word, odd) {
		return word, true
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'", true
}

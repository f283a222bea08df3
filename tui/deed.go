package tui

import (
	"net/netip"
	"slices"
	"strings"
	"unicode/utf8"
)

// quotes are where text is typed that may have blanks in it.
const quotes = `""`

// banTime is how long a ban lasts unless the admin says something else.
const banTime = "30d"

// actsOn tells whether a key does something about the player of the open page.
func actsOn(keys *deskKeys, k stroke) bool {
	return k.is(keys.rename) || k.is(keys.count) || k.is(keys.remove) || k.is(keys.free) || k.is(keys.kick) ||
		k.is(keys.ban) || k.is(keys.write)
}

// act opens a prompt for what a key does about the player of the open page.
func (m Model) act(k stroke) Model {
	keys, s := &m.keys.desk, m.dash.sheet
	whom, ok := quoted(s.name)
	if !ok && !k.is(keys.ban) {
		m.tell("commands can't name this player: the name is empty or isn't text")
		return m
	}
	option := "--to " + whom
	if strings.HasPrefix(s.name, "-") {
		option, whom = "--to="+whom, "-- "+whom
	}
	switch {
	case k.is(keys.rename):
		return m.ask("", 0, "players rename "+whom+" ")
	case k.is(keys.count):
		return m.ask("", 0, "players set "+whom+" ")
	case k.is(keys.remove):
		return m.ask("", 0, "players delete "+whom+" ")
	case k.is(keys.free):
		return m.ask("", 0, "players release "+whom+" ")
	case k.is(keys.kick):
		return m.ask("", 0, "players kick "+whom+" ")
	case k.is(keys.write):
		return m.ask(quotes, len(`"`), "players message "+option+" ")
	}
	heads := s.bans()
	if len(heads) == 0 {
		m.tell("there's nothing to ban: the player has no key and isn't connected here")
		return m
	}
	return m.ask(banTime, 0, heads...)
}

// bans are how commands begin that keep the player out: one for each key and each
// address.
func (s *sheet) bans() []string {
	if s.is == nil {
		return nil
	}
	var heads []string
	add := func(target string) {
		if head := "players ban " + target + " --for "; !slices.Contains(heads, head) {
			heads = append(heads, head)
		}
	}
	for _, k := range s.is.Keys {
		add(k.Fingerprint)
	}
	for _, session := range s.is.Sessions {
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

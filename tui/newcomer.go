package tui

import (
	"slices"
	"strings"

	"clickky/tui/screen"
	"clickky/tui/text"
)

// Guest tells whether a player is one, and why. Guests are marked wherever
// their name stands, and read how they come by a name of their own.
type Guest uint8

// Ways of having a name.
const (
	NoGuest      Guest = iota // owns the name, or will with the first click
	Keyless                   // plays a free name without a key
	OnSharedName              // plays a name that many arrive under, such as root
)

// advice is what a player is told about having the name.
type advice uint8

const (
	noAdvice   advice = iota
	getKey            // the name goes to whoever has a key
	getName           // the name is everybody's
	firstClick        // the name is the player's with the next click
)

// advised is what the player is told now. Nothing when a click has just shown
// that the name is another's: the advice is no longer true then.
func (m *gameScreen) advised() advice {
	switch {
	case m.Notice.Kind == screen.Taken:
		return noAdvice
	case m.guest == Keyless:
		return getKey
	case m.guest == OnSharedName:
		return getName
	case m.claims && m.session == 0:
		return firstClick
	default:
		return noAdvice
	}
}

// words tell the advice in at most w cells, or not at all. To a guest they
// begin with the mark, and so say what it means.
func (a advice) words(name string, w int) string {
	name, _ = text.Clean(name, 32)
	const guest = screen.GuestMark + " guest: "
	switch a {
	case getKey:
		return text.First(w,
			guest+"log in with an SSH key to own this name; make one with ssh-keygen and reconnect",
			guest+"log in with an SSH key to own this name; ssh-keygen makes one",
			guest+"own this name with an SSH key: ssh-keygen",
			guest+"ssh-keygen, then reconnect", guest+"use ssh-keygen", "")
	case getName:
		return text.First(w,
			guest+"everybody shares "+name+"; for your own name, use ssh NAME@HOST",
			guest+"everybody shares "+name+"; your own name: ssh NAME@HOST",
			guest+"for your own name: ssh NAME@HOST",
			guest+"own name: ssh NAME@HOST", guest+"ssh NAME@HOST", "")
	case firstClick:
		return text.First(w, "your first click makes "+name+" yours", "your first click makes the name yours",
			"a click makes it yours", "")
	default:
		return ""
	}
}

// adviceKey is what the line of advice says.
type adviceKey struct {
	advice   advice
	name     string
	newcomer bool
}

// renderAdvice is the line of advice. Where the welcome has no room, it is there.
func (l *look) renderAdvice(k adviceKey) []string {
	words := k.advice.words(k.name, l.W)
	if words == "" && k.newcomer && l.hero[rowMinute] == 0 {
		words = text.First(l.W, "each press of space counts for everybody", "each press of space is one click", "")
	}
	switch said, guest := strings.CutPrefix(words, screen.GuestMark); {
	case words == "":
		return nil
	case guest:
		return []string{l.centred(span{&l.Styles.Own, screen.GuestMark}, span{&l.Styles.Dim, said})}
	default:
		return []string{l.centred(span{&l.Styles.Dim, words})}
	}
}

// renderWelcome tells somebody who has never clicked what to do, in the place of the last minute.
// Where that has one line only, the first has to do.
func (l *look) renderWelcome(newcomer bool) []string {
	rows, w := l.hero[rowMinute], l.counterWidth()
	if !newcomer || rows == 0 {
		return nil
	}
	lines := slices.Repeat([]string{l.counterLine()}, rows)
	above := max(rows-2, 0) / 2
	lines[above] = l.counterLine(span{&l.Styles.Own, text.First(w,
		"Press space. It counts for you and for everybody.", "Press space: it counts for everybody.", "Press space.", "")})
	if rows > 1 {
		lines[above+1] = l.counterLine(span{&l.Styles.Dim, text.First(w,
			"Each press is one click. The number above is everybody's total.", "Each press is one click.", "")})
	}
	return lines
}

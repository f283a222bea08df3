package tui

import (
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

// guestMark stands before the name of a guest.
const guestMark = "~"

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
	const guest = guestMark + " guest: "
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

// renderAdvice is the line of advice, or empty where there is none to give or
// no room for it.
func (l *look) renderAdvice(a advice, name string) string {
	words := a.words(name, l.lay.cw)
	if words == "" || l.lay.advice < 0 {
		return ""
	}
	if said, ok := strings.CutPrefix(words, guestMark); ok {
		return l.centred(span{l.pal.own, guestMark}, span{l.pal.dim, said})
	}
	return l.centred(span{l.pal.dim, words})
}

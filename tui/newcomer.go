package tui

import (
	"strings"

	"clickky/tui/layout"
	"clickky/tui/screen"
	"clickky/tui/text"
)

// Guest is why a player is a guest. Guests are marked wherever their name appears, and are told how
// to get a name of their own.
type Guest uint8

// The kinds of guests.
const (
	NoGuest      Guest = iota // owns the name, or claims it with the first click
	Keyless                   // plays a free name without a key
	OnSharedName              // plays a name that everybody shares, such as root
)

// advice is what a player is told about owning the name: as a guest, or before the click that claims
// it. The zero value is none.
type advice struct {
	guest  Guest
	claims bool
}

// currentAdvice returns the advice to show. There is none after a click has shown that the name
// belongs to somebody else.
func (m *gameScreen) currentAdvice() advice {
	a := advice{m.options.Guest, m.options.Claims && m.sessionClicks == 0}
	if a != (advice{}) && m.Notice().Text == rejections[Taken] {
		return advice{}
	}
	return a
}

// adviceSeconds is for how many seconds guests see their advice: at the start, and after every
// hundredth click.
const adviceSeconds = 10

func (m *gameScreen) shownAdvice() advice {
	if m.options.Guest != NoGuest && m.seconds-m.advisedAt >= adviceSeconds {
		return advice{}
	}
	return m.currentAdvice()
}

// text returns the advice in at most w cells, or nothing. For guests it starts with the guest mark,
// to explain it.
func (a advice) text(name string, w int) string {
	name = text.Clean(name, 32)
	const mark = screen.GuestMark + " guest: "
	switch {
	case a.guest == Keyless:
		return text.FirstFit(w,
			mark+"log in with an SSH key to own this name; make one with ssh-keygen and reconnect",
			mark+"log in with an SSH key to own this name; ssh-keygen makes one",
			mark+"own this name with an SSH key: ssh-keygen",
			mark+"ssh-keygen, then reconnect", mark+"use ssh-keygen", "")
	case a.guest == OnSharedName:
		return text.FirstFit(w,
			mark+"everybody shares "+name+"; for your own name, use ssh NAME@HOST",
			mark+"everybody shares "+name+"; your own name: ssh NAME@HOST",
			mark+"for your own name: ssh NAME@HOST",
			mark+"own name: ssh NAME@HOST", mark+"ssh NAME@HOST", "")
	case a.claims:
		return text.FirstFit(w, "your first click makes "+name+" yours", "your first click makes the name yours",
			"a click makes it yours", "")
	default:
		return ""
	}
}

type adviceKey struct {
	advice   advice
	name     string
	newcomer bool
}

// renderAdvice is the line of advice. It replaces the welcome where that has no room.
func (a *appearance) renderAdvice(k adviceKey) []string {
	line := k.advice.text(k.name, a.W)
	if line == "" && k.newcomer && a.CounterRows[layout.RowMinute] == 0 {
		line = text.FirstFit(a.W, "each press of space counts for everybody", "each press of space is one click", "")
	}
	switch rest, isGuest := strings.CutPrefix(line, screen.GuestMark); {
	case line == "":
		return nil
	case isGuest:
		return []string{a.centred(a.Styles.Accent.Span(screen.GuestMark), a.Styles.Dim.Span(rest))}
	default:
		return []string{a.centred(a.Styles.Dim.Span(line))}
	}
}

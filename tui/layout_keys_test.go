package tui_test

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
)

// withAlt is a key that comes behind an Esc, as GNU screen sends it.
func withAlt(name string) tea.KeyPressMsg {
	k := keyPress(name)
	k.Text, k.Mod = "", tea.ModAlt
	return k
}

func TestQLeavesOnEveryKeyboard(t *testing.T) {
	for name, msg := range map[string]tea.KeyPressMsg{
		"q": {Code: 'q', Text: "q"}, "Q with Caps Lock": {Code: 'q', Text: "Q", Mod: tea.ModCapsLock}, "Q": {Code: 'q', Text: "Q", Mod: tea.ModShift},
		"й": {Code: 'й', Text: "й"}, "й as the terminal tells": {Code: 'й', Text: "й", BaseCode: 'q'},
		"Esc and q at once": withAlt("q"), "Esc and Q at once": {Code: 'q', ShiftedCode: 'Q', Mod: tea.ModAlt | tea.ModShift},
	} {
		if !newScreen(t, options(alice())).send(msg).quit {
			t.Errorf("%s does not leave", name)
		}
	}
	for name, msg := range map[string]tea.KeyPressMsg{
		"the key of y on QWERTZ": {Code: 'z', Text: "z"}, "a on AZERTY": {Code: 'a', Text: "a"}, "Alt and an arrow": {Code: tea.KeyUp, Mod: tea.ModAlt},
		"Ctrl-Alt-q": {Code: 'q', Mod: tea.ModAlt | tea.ModCtrl},
	} {
		if newScreen(t, options(alice())).send(msg).quit {
			t.Errorf("%s leaves", name)
		}
	}
}

func TestEscHeldBackClosesAndTheNextKeyActs(t *testing.T) {
	s := newScreen(t, options(alice())).press("?")
	requireShows(t, s, "what counts")
	if !s.send(withAlt("q")).quit {
		t.Error("Esc and q at once do not leave the help")
	}
	if strings.Contains(s.view(), "what counts") {
		t.Error("the help is still open")
	}
	p := alice()
	if s = newScreen(t, options(p)).press("?").send(withAlt("space")); p.clicks != 0 || strings.Contains(s.view(), "what counts") {
		t.Errorf("Esc and space at once: %d clicks, and the help is open or not:\n%s", p.clicks, s.view())
	}
}

func TestLettersAreTypedAsTheyAre(t *testing.T) {
	s := open(t, 80, 24, colorprofile.ASCII).press("l", "/").typed("йQд")
	requireShows(t, s, "йQд")
	s.send(tea.KeyPressMsg{Code: 'b', Mod: tea.ModAlt}).typed("x") // a word back
	requireShows(t, s, "xйQд")
	s.send(withAlt("l")) // Esc, and back to the game
	requireShows(t, s, "press space")
}

package tui_test

import (
	"strings"
	"testing"

	"clickky/tui/tuitest"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
)

// withAlt is a key that comes behind an Esc, as GNU screen sends it.
func withAlt(name string) tea.KeyPressMsg {
	k := tuitest.KeyPress(name)
	k.Text, k.Mod = "", tea.ModAlt
	return k
}

func TestKeyQLeavesOnEveryKeyboard(t *testing.T) {
	for name, msg := range map[string]tea.KeyPressMsg{
		"q": {Code: 'q', Text: "q"}, "Q with Caps Lock": {Code: 'q', Text: "Q", Mod: tea.ModCapsLock}, "Q": {Code: 'q', Text: "Q", Mod: tea.ModShift},
		"й": {Code: 'й', Text: "й"}, "й as the terminal tells": {Code: 'й', Text: "й", BaseCode: 'q'},
		"Esc and q at once": withAlt("q"), "Esc and Q at once": {Code: 'q', ShiftedCode: 'Q', Mod: tea.ModAlt | tea.ModShift},
	} {
		if !tuitest.New(t, tuitest.Options(tuitest.Alice())).Send(msg).Quit {
			t.Errorf("%s does not leave", name)
		}
	}
	for name, msg := range map[string]tea.KeyPressMsg{
		"the key of y on QWERTZ": {Code: 'z', Text: "z"}, "a on AZERTY": {Code: 'a', Text: "a"}, "Alt and an arrow": {Code: tea.KeyUp, Mod: tea.ModAlt},
		"Ctrl-Alt-q": {Code: 'q', Mod: tea.ModAlt | tea.ModCtrl},
	} {
		if tuitest.New(t, tuitest.Options(tuitest.Alice())).Send(msg).Quit {
			t.Errorf("%s leaves", name)
		}
	}
}

func TestKeyEscWithNextKeyClosesFirst(t *testing.T) {
	s := tuitest.New(t, tuitest.Options(tuitest.Alice())).Press("?")
	tuitest.RequireShows(t, s, "what counts")
	if !s.Send(withAlt("q")).Quit {
		t.Error("Esc and q at once do not leave the help")
	}
	if strings.Contains(s.View(), "what counts") {
		t.Error("the help is still open")
	}
	p := tuitest.Alice()
	if s = tuitest.New(t, tuitest.Options(p)).Press("?").Send(withAlt("space")); p.Clicks != 0 || strings.Contains(s.View(), "what counts") {
		t.Errorf("Esc and space at once: %d clicks, and the help is open or not:\n%s", p.Clicks, s.View())
	}
}

func TestKeyLettersAreTypedUnchanged(t *testing.T) {
	s := tuitest.NewWithBoard(t, 80, 24, colorprofile.ASCII).Press("l", "/").Type("йQд")
	tuitest.RequireShows(t, s, "йQд")
	s.Send(tea.KeyPressMsg{Code: 'b', Mod: tea.ModAlt}).Type("x") // a word back
	tuitest.RequireShows(t, s, "xйQд")
	s.Send(withAlt("l")) // Esc, and back to the game
	tuitest.RequireShows(t, s, "press space")
}

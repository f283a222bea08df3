package game

import (
	"iter"
	"maps"
	"slices"
	"strings"
)

// MaxPreference is the maximum length of a preference, in characters.
const MaxPreference = 100

// Preference is what the player of a login name has chosen: 1 to MaxPreference printable ASCII
// characters, words with commas between them. Only the screen interprets them, except HiddenWord. An
// empty text means that nothing is chosen.
type Preference struct{ Name, Text string }

// HiddenWord is the word of a preference that hides the player from other players' screens.
const HiddenWord = "hidden"

// IsHidden reports whether a preference hides its player.
func IsHidden(preference string) bool {
	return slices.Contains(strings.Split(preference, ","), HiddenWord)
}

// ValidPreference reports whether a text can be a preference.
func ValidPreference(text string) bool {
	foreign := func(r rune) bool { return r < ' ' || r > '~' }
	return text != "" && len(text) <= MaxPreference && !strings.ContainsFunc(text, foreign)
}

// Preference returns what the player of a login name has chosen.
func (s *State) Preference(login string) string { return s.preferences[login] }

// Preferences returns all preferences by login name, in any order.
func (s *State) Preferences() iter.Seq2[string, string] { return maps.All(s.preferences) }

// applyPreference sets a preference, unless the name is free by now.
func (s *State) applyPreference(name, text string, lastAction uint64) {
	name, ok := s.resolveName(name, lastAction)
	if !ok {
		return
	}
	if _, err := s.existingTarget(name); err == nil {
		s.setPreference(s.LoginOf(name), text)
	}
}

func (s *State) setPreference(login, text string) {
	if s.preferences[login] == text {
		return
	}
	if text == "" {
		delete(s.preferences, login)
	} else {
		s.preferences[login] = text
	}
	s.addChange(PreferenceChanged{login})
}

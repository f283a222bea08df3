package game

import (
	"iter"
	"maps"
	"strings"
)

// MaxPreference is how many characters the text of a preference can have.
const MaxPreference = 100

// Preference is what the player of a login name has chosen: 1 to MaxPreference printable ASCII
// characters, which only the screen interprets. An empty text means that nothing is chosen.
type Preference struct{ Name, Text string }

// ValidPreference reports whether a text can be a preference.
func ValidPreference(text string) bool {
	foreign := func(r rune) bool { return r < ' ' || r > '~' }
	return text != "" && len(text) <= MaxPreference && !strings.ContainsFunc(text, foreign)
}

// Preference returns what the player of a login name has chosen.
func (s *State) Preference(login string) string { return s.preferences[login] }

// Preferences returns all preferences by login name, in any order.
func (s *State) Preferences() iter.Seq2[string, string] { return maps.All(s.preferences) }

// applyPreference sets a preference, unless nobody has the name by now.
func (s *State) applyPreference(name, text string, lastAction uint64) {
	now, ok := s.audit.follow(name, lastAction)
	if !ok {
		return
	}
	if _, err := s.find(now); err == nil {
		s.setPreference(s.LoginOf(now), text)
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
	s.changed(PreferenceChanged{login})
}

package ledger

import (
	"slices"

	"clickky/sync/game"
)

// maxEarlyPreferences is how many preferences are remembered under names that belong to no key.
const maxEarlyPreferences = 10_000

// choice is what was chosen last under a login name on this server. It counts at once, until the
// log decides.
type choice struct {
	login, text string
	pending     bool // is in the outbox
	flights     int  // in so many events that are not back yet
}

// earlyPreference is for whoever comes with the same key, or without one as well. No event has it,
// so that a stranger with many names fills neither log nor store.
type earlyPreference struct{ key, text string }

// preference returns what was chosen last under a login name, as far as it concerns somebody with
// that key.
func (b *book) preference(login, key string) string {
	if c := b.chosen[login]; c != nil {
		return c.text
	}
	if e, ok := b.earlyPreferences[login]; ok && e.key == key {
		return e.text
	}
	return b.state.Preference(login)
}

// choose has a preference put into the next event, if it is new.
func (b *book) choose(login, text string) {
	delete(b.earlyPreferences, login)
	c := b.chosen[login]
	switch {
	case c == nil && b.state.Preference(login) == text:
		return
	case c == nil:
		c = &choice{login: login}
		b.chosen[login] = c
	}
	if c.text = text; !c.pending {
		c.pending = true
		b.outbox.preferences = append(b.outbox.preferences, c)
	}
	b.isDue()
}

// chooseEarly is choose for a name that belongs to no key. When there are too many, some other one
// is forgotten.
func (b *book) chooseEarly(login string, e earlyPreference) {
	if _, known := b.earlyPreferences[login]; !known && len(b.earlyPreferences) >= maxEarlyPreferences {
		for other := range b.earlyPreferences {
			delete(b.earlyPreferences, other)
			break
		}
	}
	b.earlyPreferences[login] = e
}

// claimEarlyPreference puts what a key has chosen under a name into the log, when the name has
// become the key's; what others have chosen there is forgotten.
func (b *book) claimEarlyPreference(login string) {
	e, ok := b.earlyPreferences[login]
	if !ok {
		return
	}
	delete(b.earlyPreferences, login)
	if game.HasKey(b.state.Owner(login), e.key) {
		b.choose(login, e.text)
	}
}

// namePreferences returns the texts of choices that were taken by the names of their players, so
// that they can follow one who is renamed.
func (b *book) namePreferences(taken []*choice) map[string]string {
	if len(taken) == 0 {
		return nil
	}
	texts := make(map[string]string, len(taken))
	for _, c := range taken {
		name := c.login
		if p := b.lookup(name); p != nil {
			name = p.name
		}
		texts[name] = c.text
		c.pending = false
		c.flights++
	}
	return texts
}

// landPreferences notes that choices are back from the log.
func (b *book) landPreferences(landed []*choice) {
	for _, c := range landed {
		if c.flights--; c.flights == 0 && !c.pending && b.chosen[c.login] == c {
			delete(b.chosen, c.login)
		}
	}
}

// renamePreference gives what was chosen under a login name to another one.
func (b *book) renamePreference(from, to string) {
	if e, ok := b.earlyPreferences[from]; ok {
		delete(b.earlyPreferences, from)
		b.earlyPreferences[to] = e
	}
	c := b.chosen[from]
	if c == nil {
		return
	}
	delete(b.chosen, from)
	if other := b.chosen[to]; other != nil {
		b.unchoose(other)
	}
	c.login = to
	b.chosen[to] = c
}

// unchoose forgets a choice, but for what is in an event already.
func (b *book) unchoose(c *choice) {
	delete(b.chosen, c.login)
	b.outbox.preferences = slices.DeleteFunc(b.outbox.preferences, func(other *choice) bool { return other == c })
}

// forgetPreference forgets what was chosen under a login name.
func (b *book) forgetPreference(login string) {
	delete(b.earlyPreferences, login)
	if c := b.chosen[login]; c != nil {
		b.unchoose(c)
	}
}

// Choose has a preference remembered for the player, at once for all who come to
// this server. The last one wins. When the name belongs to a key it becomes part of an
// event. Under a name that belongs to nobody it is for whoever
// comes with the same key, in the memory of this server only, and becomes part of an event
// once the name is that key's. Nothing happens when the text is not valid, or the
// name has come to belong to another key.
func (s *Session) Choose(text string) {
	if !game.ValidPreference(text) {
		return
	}
	l := s.ledger
	l.mu.Lock()
	defer l.mu.Unlock()
	s.askKeys()
	switch {
	case s.refused:
	case len(l.state.Owner(s.name)) == 0:
		l.chooseEarly(s.name, earlyPreference{s.pass.Key, text})
	default:
		l.choose(s.name, text)
	}
}

// Choice returns what was chosen last under the session's name; empty: nothing.
func (s *Session) Choice() string {
	l := s.ledger
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.preference(s.name, s.pass.Key)
}

package ledger

import (
	"slices"

	"clickky/sync/game"
)

// maxUnclaimedPreferences is how many preferences are kept under names without an owner.
const maxUnclaimedPreferences = 10_000

// ownPreference is the newest preference that was set under a login name on this server. It counts
// at once, until the log decides.
type ownPreference struct {
	login, text string
	pending     bool // is in the outbox
	inFlight    int  // number of events in flight that have it
}

// unclaimedPreference is a preference under a name without an owner. It is only shown to players
// with the same key, or also without one. No event has it, so a stranger with many names fills
// neither the log nor the store.
type unclaimedPreference struct{ key, text string }

// unclaimedPreferences are by login name.
type unclaimedPreferences map[string]unclaimedPreference

// preference returns the newest preference under a login name, as seen by a player with that key.
func (g *guarded) preference(login, key string) string {
	if e, ok := g.unclaimedPreferences[login]; ok && e.key == key && g.ownPreferences[login] == nil {
		return e.text
	}
	return g.ownersPreference(login)
}

// ownersPreference returns the newest preference of a login name's owner.
func (g *guarded) ownersPreference(login string) string {
	if c := g.ownPreferences[login]; c != nil {
		return c.text
	}
	return g.state.Preference(login)
}

// setPreference queues a preference for the next event, if it is new.
func (g *guarded) setPreference(login, text string) {
	delete(g.unclaimedPreferences, login)
	c := g.ownPreferences[login]
	switch {
	case c == nil && g.state.Preference(login) == text:
		return
	case c == nil:
		c = &ownPreference{login: login}
		g.ownPreferences[login] = c
	}
	g.hiddenChanged()
	if c.text = text; !c.pending {
		c.pending = true
		g.outbox.preferences = append(g.outbox.preferences, c)
	}
	g.outbox.notify()
}

// set keeps a preference under a name without an owner. If there are too many, it forgets another one.
func (u unclaimedPreferences) set(login string, e unclaimedPreference) {
	if _, known := u[login]; !known && len(u) >= maxUnclaimedPreferences {
		for other := range u {
			delete(u, other)
			break
		}
	}
	u[login] = e
}

// claimPreference queues the preference that a key set under a name before it claimed the name. It
// forgets one that was set with another key.
func (g *guarded) claimPreference(login string) {
	e, ok := g.unclaimedPreferences[login]
	if !ok {
		return
	}
	delete(g.unclaimedPreferences, login)
	if game.HasKey(g.state.Owner(login), e.key) {
		g.setPreference(login, e.text)
	}
}

// drainPreferences returns the texts of preferences that go into an event, under the names of their
// players, so that Apply can follow renames.
func (g *guarded) drainPreferences(taken []*ownPreference) map[string]string {
	if len(taken) == 0 {
		return nil
	}
	texts := make(map[string]string, len(taken))
	for _, c := range taken {
		name := c.login
		if p := g.lookup(name); p != nil {
			name = p.name
		}
		texts[name] = c.text
		c.pending = false
		c.inFlight++
	}
	return texts
}

// completePreferences notes that preferences came back from the log.
func (g *guarded) completePreferences(logged []*ownPreference) {
	for _, c := range logged {
		if c.inFlight--; c.inFlight == 0 && !c.pending && g.ownPreferences[c.login] == c {
			delete(g.ownPreferences, c.login)
		}
	}
}

// renamePreference moves the preferences of a login name to another one.
func (g *guarded) renamePreference(from, to string) {
	if e, ok := g.unclaimedPreferences[from]; ok {
		delete(g.unclaimedPreferences, from)
		g.unclaimedPreferences[to] = e
	}
	c := g.ownPreferences[from]
	if c == nil {
		return
	}
	delete(g.ownPreferences, from)
	if other := g.ownPreferences[to]; other != nil {
		g.dropPreference(other)
	}
	c.login = to
	g.ownPreferences[to] = c
}

// dropPreference forgets a preference, unless an event already has it.
func (g *guarded) dropPreference(c *ownPreference) {
	delete(g.ownPreferences, c.login)
	g.outbox.preferences = slices.DeleteFunc(g.outbox.preferences, func(other *ownPreference) bool { return other == c })
}

func (g *guarded) forgetPreference(login string) {
	delete(g.unclaimedPreferences, login)
	if c := g.ownPreferences[login]; c != nil {
		g.dropPreference(c)
	}
}

// SetPreference sets the player's preference; the last one wins. It counts at once for all sessions
// on this server. If the name has an owner, it also becomes part of an event. Otherwise it stays in
// the memory of this server, for players with the same key, until that key claims the name. It does
// nothing if the text is invalid, or if the name now belongs to another key.
func (s *Session) SetPreference(text string) {
	if !game.ValidPreference(text) {
		return
	}
	l := s.ledger
	l.mu.Lock()
	defer l.mu.Unlock()
	s.checkOwner()
	switch {
	case s.rejected:
	case len(l.state.Owner(s.name)) == 0:
		l.unclaimedPreferences.set(s.name, unclaimedPreference{s.credentials.Key, text})
	default:
		l.setPreference(s.name, text)
	}
}

// Preference returns the newest preference under the session's name; empty if there is none.
func (s *Session) Preference() string {
	l := s.ledger
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.preference(s.name, s.credentials.Key)
}

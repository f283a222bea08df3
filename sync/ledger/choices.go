package ledger

import (
	"maps"
	"slices"
	"strings"
)

const (
	// MaxChoices is how many choices Take puts into an entry.
	MaxChoices = 100
	// MaxChoiceLength is how many characters a choice may have.
	MaxChoiceLength = 100
	// maxEarly is how many choices are remembered under names that belong to no
	// key.
	maxEarly = 10_000
)

// Choice is what the player of a login name has chosen. The ledger does not look
// into the Text, of 1 to MaxChoiceLength printable characters of ASCII; an empty
// one says that nothing is chosen any more.
type Choice struct{ Name, Text string }

// isChoice tells whether a text can be a choice.
func isChoice(text string) bool {
	foreign := func(r rune) bool { return r < ' ' || r > '~' }
	return text != "" && len(text) <= MaxChoiceLength && !strings.ContainsFunc(text, foreign)
}

// choices is what players have chosen, by their login names. The ledger's mutex
// guards it.
type choices struct {
	kept map[string]string // as the journal has them; somebody has each of the names
	// wishes are those of this server that the journal does not have yet. They
	// count already, unless the journal says otherwise in the end.
	wishes  map[string]*wish
	pending []*wish // in no event yet
	// early are those under names that belong to no key. No event has them, so
	// that a stranger with many names fills neither journal nor store.
	early map[string]earlyChoice

	// unsaved are the names whose choice the store may not have, with the
	// position of its last change.
	unsaved map[string]uint64
	at      uint64 // the position of the journal at which things change now
}

// wish is what was chosen last under a name on this server.
type wish struct {
	name, text string
	pending    bool // is in choices.pending
	taken      int  // in so many events that have not been folded yet
}

// earlyChoice is for whoever comes with the same key, or without one as well.
type earlyChoice struct{ key, text string }

func newChoices() choices {
	return choices{
		kept: map[string]string{}, wishes: map[string]*wish{}, early: map[string]earlyChoice{}, unsaved: map[string]uint64{},
	}
}

// load leaves out what somebody has written into the store by hand and is none.
func (c *choices) load(found []Choice) {
	for _, choice := range found {
		if isChoice(choice.Text) {
			c.kept[choice.Name] = choice.Text
		}
	}
}

// of returns what was chosen last under a name, as far as it concerns somebody
// with that key.
func (c *choices) of(name, key string) string {
	if w := c.wishes[name]; w != nil {
		return w.text
	}
	if e, ok := c.early[name]; ok && e.key == key {
		return e.text
	}
	return c.kept[name]
}

// choose has a choice put into the next event, if it is new.
func (c *choices) choose(name, text string) {
	delete(c.early, name)
	w := c.wishes[name]
	switch {
	case w == nil && c.kept[name] == text:
		return
	case w == nil:
		w = &wish{name: name}
		c.wishes[name] = w
	}
	if w.text = text; !w.pending {
		w.pending = true
		c.pending = append(c.pending, w)
	}
}

// chooseEarly is choose for a name that belongs to no key. When there are too
// many, some other one is forgotten.
func (c *choices) chooseEarly(name string, choice earlyChoice) {
	if _, known := c.early[name]; !known && len(c.early) >= maxEarly {
		for other := range c.early {
			delete(c.early, other)
			break
		}
	}
	c.early[name] = choice
}

// awarded makes what a key has chosen under a name a wish, when the name has
// become the key's; what others have chosen there is forgotten.
func (l *Ledger) awarded(name string) {
	c := &l.choices
	e, ok := c.early[name]
	if !ok {
		return
	}
	delete(c.early, name)
	if has(l.keys.owners[name], e.key) {
		c.choose(name, e.text)
		l.isDue()
	}
}

// takeChoices moves up to n choices into an event, under the names of the players,
// so that they can follow one who is renamed. l.mu is held.
func (l *Ledger) takeChoices(n int) map[string]string {
	c := &l.choices
	n = min(n, MaxChoices, len(c.pending))
	if n == 0 {
		return nil
	}
	taken := make(map[string]string, n)
	for _, w := range c.pending[:n] {
		name := w.name
		if p := l.lookup(name); p != nil {
			name = p.name
		}
		taken[name] = w.text
		w.pending = false
		w.taken++
	}
	c.pending = slices.Delete(c.pending, 0, n)
	return taken
}

// foldChoices takes in the choices of an entry. They follow a player who was
// renamed, and do nothing if nobody has the name by then. l.mu is held.
func (l *Ledger) foldChoices(e Entry, own bool) {
	// In order, for two names may have become one.
	for _, name := range slices.Sorted(maps.Keys(e.Choices)) {
		now, ok := l.acts.follow(name, e.Seen)
		if !ok {
			continue
		}
		login := l.login(now)
		if _, err := l.find(now); err == nil {
			l.choices.set(login, e.Choices[name])
		}
		if own {
			l.choices.arrived(login)
		}
	}
}

// arrived notes that a wish is back from the journal.
func (c *choices) arrived(name string) {
	w := c.wishes[name]
	if w == nil || w.taken == 0 {
		return // it was of somebody who had the name before
	}
	if w.taken--; w.taken == 0 && !w.pending {
		delete(c.wishes, name)
	}
}

// set keeps a choice, or none, for a name.
func (c *choices) set(name, text string) {
	if c.kept[name] == text {
		return
	}
	c.unsaved[name] = c.at
	if text == "" {
		delete(c.kept, name)
	} else {
		c.kept[name] = text
	}
}

// rename gives what was chosen under a name to another one, which nobody has.
func (c *choices) rename(from, to string) {
	c.set(to, c.kept[from])
	c.set(from, "")
	if e, ok := c.early[from]; ok {
		delete(c.early, from)
		c.early[to] = e
	}
	w := c.wishes[from]
	if w == nil {
		return
	}
	delete(c.wishes, from)
	if other := c.wishes[to]; other != nil {
		c.unwish(other)
	}
	w.name = to
	c.wishes[to] = w
}

// unwish forgets a wish, but for what is in an event already.
func (c *choices) unwish(w *wish) {
	delete(c.wishes, w.name)
	c.pending = slices.DeleteFunc(c.pending, func(other *wish) bool { return other == w })
}

// forget drops all that was chosen under a name.
func (c *choices) forget(name string) {
	c.set(name, "")
	delete(c.early, name)
	if w := c.wishes[name]; w != nil {
		c.unwish(w)
	}
}

// Choose has a choice remembered for the player, at once for all who come to
// this server. The last one wins. When the name belongs to a key it becomes an
// event of the journal. Under a name that belongs to nobody it is for whoever
// comes with the same key, in the memory of this server only, and becomes an event
// once the name is that key's. Nothing happens when the text is no Choice, or the
// name has come to belong to another key.
func (s *Seat) Choose(text string) {
	if !isChoice(text) {
		return
	}
	l := s.ledger
	l.mu.Lock()
	defer l.mu.Unlock()
	s.askKeys()
	switch {
	case s.refused:
	case len(l.keys.owners[s.name]) == 0:
		l.choices.chooseEarly(s.name, earlyChoice{s.pass.Key, text})
	default:
		l.choices.choose(s.name, text)
		l.isDue()
	}
}

// Choice is what was chosen last under the session's name; empty: nothing.
func (s *Seat) Choice() string {
	l := s.ledger
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.choices.of(s.name, s.pass.Key)
}

// Package gametest has a second interpreter of the log, for tests: as plain as possible, and
// slow.
package gametest

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"clickky/sync/game"
)

// World is what a log comes to, told by an interpreter that knows
// people where a game.State knows names.
type World struct {
	Bans map[string]time.Time
	// Total is the global count, and Clicks how many of it were made.
	Total, Clicks uint64

	names map[string]*person
	deeds []*deed
	seen  []map[string]*person // who had which name before and after each deed
}

// person is somebody behind a name: a player, or who has a key for it.
type person struct {
	name    string
	player  bool
	clicks  uint64
	keys    []string // a bound one is marked
	choice  string
	gone    bool
	reborn  *person // who this one came back as
	yielded *person // who got the name of nobody in particular
}

func (p *person) nobody() bool { return !p.player && len(p.keys) == 0 }

// deed is an act that took effect.
type deed struct {
	game.AdminAction

	who           *person
	was           person
	before, until time.Time // of a ban
	undoneBy      int
}

// Interpret returns what events come to, from the beginning of the log. Of key changes it knows
// claims and those of the operator.
func Interpret(events []game.Event) *World {
	w := &World{names: map[string]*person{}, Bans: map[string]time.Time{}, seen: []map[string]*person{{}}}
	for _, e := range events {
		for _, c := range e.KeyChanges {
			w.change(c, e.LastAction)
		}
		for _, a := range e.Actions {
			w.act(a, e.LastAction, e.At.Truncate(time.Second))
		}
		for _, name := range slices.Sorted(maps.Keys(e.Preferences)) {
			if p := w.find(name, e.LastAction); !p.gone && !p.nobody() {
				p.choice = e.Preferences[name]
			}
		}
		for name, n := range e.Clicks {
			w.Total += n
			w.Clicks += n
			if p := w.find(name, e.LastAction); name != "" && !p.gone {
				p.player = true
				p.clicks += n
			}
		}
	}
	return w
}

// find is who had a name when seen was the last deed, or came to have it first
// after that.
func (w *World) find(name string, seen uint64) *person {
	for _, names := range w.seen[2*seen:] {
		if p := names[name]; p != nil {
			for p.yielded != nil {
				p = p.yielded
			}
			return p
		}
	}
	p := w.names[name]
	if p == nil {
		p = &person{name: name}
		w.names[name] = p
	}
	return p
}

func (w *World) change(c game.KeyChange, seen uint64) {
	p := w.find(c.Name, seen)
	switch {
	case p.gone, c.Kind == game.KeyClaim && len(p.keys) > 0:
	case c.Kind == game.KeyClaim:
		p.keys = []string{c.Key}
	case c.Sole:
		p.keys = []string{c.Key + "!"}
	default:
		keys := slices.DeleteFunc(slices.Clone(p.keys), func(k string) bool { return strings.TrimSuffix(k, "!") == c.Key })
		p.keys = append(keys, c.Key+"!")
	}
}

// act carries out what is possible, and remembers it.
func (w *World) act(a game.AdminAction, seen uint64, at time.Time) {
	before := maps.Clone(w.names)
	d := &deed{AdminAction: a}
	if a.Target != "" && a.Kind != game.ActionBan && a.Kind != game.ActionUnban && a.Kind != game.ActionUndo {
		if d.who = w.find(a.Target, seen); d.who.gone {
			return
		}
		d.was = *d.who
	}
	maps.DeleteFunc(w.Bans, func(_ string, until time.Time) bool { return !until.After(at) })
	var possible bool
	if a.Kind == game.ActionUndo {
		possible = w.undo(d, at)
	} else {
		possible = w.do(d, at)
	}
	if !possible {
		return
	}
	var sum uint64
	for _, p := range w.names {
		sum += p.clicks
	}
	w.Total = max(w.Total, sum)
	w.deeds = append(w.deeds, d)
	// Before the deed is also after the one before it, but for who came since.
	w.seen = append(w.seen, before, maps.Clone(w.names))
}

func (w *World) do(d *deed, at time.Time) bool {
	switch d.Kind {
	case game.ActionSetCount:
		if d.who.player {
			d.who.clicks = d.Clicks
		}
		return d.who.player
	case game.ActionRename:
		return !d.who.nobody() && w.rename(d.who, d.To)
	case game.ActionNote:
		return !d.who.nobody()
	case game.ActionDelete:
		if d.who.nobody() {
			return false
		}
		d.who.gone = true
		delete(w.names, d.who.name)
	case game.ActionRelease:
		if len(d.who.keys) == 0 {
			return false
		}
		if d.who.keys = nil; d.who.nobody() {
			d.who.choice = ""
		}
	case game.ActionBan:
		if d.until = d.Until; !d.until.After(at) {
			return false
		}
		d.before = w.Bans[d.Target]
		w.Bans[d.Target] = d.until
	case game.ActionUnban:
		if d.before = w.Bans[d.Target]; d.before.IsZero() {
			return false
		}
		delete(w.Bans, d.Target)
	}
	return true
}

func (w *World) rename(p *person, to string) bool {
	if other := w.names[to]; other != nil {
		if !other.nobody() {
			return false
		}
		other.yielded = p
	}
	delete(w.names, p.name)
	w.names[to] = p
	p.name = to
	return true
}

// now is who somebody is by now.
func now(p *person) *person {
	for {
		switch {
		case p.yielded != nil:
			p = p.yielded
		case p.gone && p.reborn != nil:
			p = p.reborn
		default:
			return p
		}
	}
}

func (w *World) undo(d *deed, at time.Time) bool {
	if d.Number == 0 || d.Number > uint64(len(w.deeds)) {
		return false
	}
	u := w.deeds[d.Number-1]
	if u.undoneBy > 0 || u.Kind == game.ActionUndo || u.Kind == game.ActionKick || u.Kind == game.ActionMessage {
		return false
	}
	possible := false
	if u.Kind == game.ActionBan || u.Kind == game.ActionUnban {
		possible = w.undoBan(u, at)
	} else {
		possible = w.undoOf(u, now(u.who), int(d.Number))
	}
	if possible {
		u.undoneBy = len(w.deeds) + 1
	}
	return possible
}

func (w *World) undoOf(u *deed, p *person, number int) bool {
	if u.Kind == game.ActionDelete {
		if other := w.names[u.was.name]; other != nil && !other.nobody() {
			return false
		}
		back := u.was
		back.choice = "" // which is gone for good
		w.rename(&back, u.was.name)
		u.who.reborn = &back
		return true
	}
	if p.gone {
		return false
	}
	switch u.Kind {
	case game.ActionSetCount:
		for _, later := range w.deeds[number:] {
			if later.Kind == game.ActionSetCount && later.undoneBy == 0 && now(later.who) == p {
				return false
			}
		}
		p.clicks = p.clicks - u.Clicks + u.was.clicks
	case game.ActionRename:
		return p.name == u.To && !p.nobody() && w.rename(p, u.was.name)
	case game.ActionRelease:
		if len(p.keys) > 0 {
			return false
		}
		p.keys = u.was.keys
	}
	return true
}

func (w *World) undoBan(u *deed, at time.Time) bool {
	now := w.Bans[u.Target]
	if !now.Equal(u.until) || now.IsZero() && !u.before.After(at) {
		return false
	}
	delete(w.Bans, u.Target)
	if u.before.After(at) {
		w.Bans[u.Target] = u.before
	}
	return true
}

// Counts returns all players with their clicks.
func (w *World) Counts() map[string]uint64 { return w.Players("") }

// Players returns those whose names begin with a prefix, with their clicks.
func (w *World) Players(prefix string) map[string]uint64 {
	counts := map[string]uint64{}
	for name, p := range w.names {
		if p.player && strings.HasPrefix(name, prefix) {
			counts[name] = p.clicks
		}
	}
	return counts
}

// Keys returns the keys of names, sorted; "!" marks one that the operator bound.
func (w *World) Keys() map[string][]string {
	keys := map[string][]string{}
	for name, p := range w.names {
		if len(p.keys) > 0 {
			keys[name] = slices.Sorted(slices.Values(p.keys))
		}
	}
	return keys
}

// Preferences returns what was chosen under names.
func (w *World) Preferences() map[string]string {
	choices := map[string]string{}
	for name, p := range w.names {
		if p.choice != "" {
			choices[name] = p.choice
		}
	}
	return choices
}

// Names returns all names that anybody ever had or that events mention.
func (w *World) Names() iter.Seq[string] { return maps.Keys(w.names) }

// Actions returns the number, the kind and the undoing action of all actions that took effect.
func (w *World) Actions() (words []string) {
	for i, d := range w.deeds {
		words = append(words, fmt.Sprint(i+1, " ", d.Kind, " ", d.undoneBy))
	}
	return words
}

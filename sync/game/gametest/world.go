// Package gametest has a second interpreter of the log for tests: as simple as possible, and slow.
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

// World is the result of a log, computed by an interpreter that tracks people where a game.State
// tracks names.
type World struct {
	Bans map[string]time.Time
	// Total is the global count, and Clicks how much of it was clicked.
	Total, Clicks uint64

	names   map[string]*person
	actions []*appliedAction
	history []map[string]*person // who had which name before and after each action
}

// person is the holder of a name: a player, or the owner of a key for it.
type person struct {
	name       string
	player     bool
	clicks     uint64
	days       map[game.Date]uint64
	keys       []string // bound ones end with "!"
	preference string
	deleted    bool
	restored   *person // the person whom an undo of the deletion created
	replacedBy *person // who took over the name while this person was unused
}

func (p *person) isUnused() bool { return !p.player && len(p.keys) == 0 }

// appliedAction is an action that took effect.
type appliedAction struct {
	game.AdminAction

	target              *person
	targetBefore        person
	banBefore, banAfter time.Time // of a ban
	undoneBy            int
}

// Interpret returns the result of events from the beginning of the log. Of the key changes it
// implements claims and bindings.
func Interpret(events []game.Event) *World {
	w := &World{names: map[string]*person{}, Bans: map[string]time.Time{}, history: []map[string]*person{{}}}
	for _, e := range events {
		for _, c := range e.KeyChanges {
			w.applyKeyChange(c, e.LastAction)
		}
		for _, a := range e.Actions {
			w.apply(a, e.LastAction, e.At.Truncate(time.Second))
		}
		for _, name := range slices.Sorted(maps.Keys(e.Preferences)) {
			if p := w.resolveName(name, e.LastAction); !p.deleted && !p.isUnused() {
				p.preference = e.Preferences[name]
			}
		}
		for name, n := range e.Clicks {
			w.Total += n
			w.Clicks += n
			if p := w.resolveName(name, e.LastAction); name != "" && !p.deleted {
				p.player = true
				p.clicks += n
				p.days = addDay(p.days, game.DateOf(e.At), n)
			}
		}
	}
	return w
}

// addDay returns a copy of days with more clicks on one of them.
func addDay(days map[game.Date]uint64, date game.Date, n uint64) map[game.Date]uint64 {
	if date == 0 || n == 0 {
		return days
	}
	more := map[game.Date]uint64{date: n}
	for d, clicks := range days {
		more[d] += clicks
	}
	return more
}

// resolveName returns the person who had a name when seen was the last action, or who got it first
// after that.
func (w *World) resolveName(name string, seen uint64) *person {
	for _, names := range w.history[2*seen:] {
		if p := names[name]; p != nil {
			for p.replacedBy != nil {
				p = p.replacedBy
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

func (w *World) applyKeyChange(c game.KeyChange, seen uint64) {
	p := w.resolveName(c.Name, seen)
	switch {
	case p.deleted, c.Kind == game.KeyClaim && len(p.keys) > 0:
	case c.Kind == game.KeyClaim:
		p.keys = []string{c.Key}
	case c.Sole:
		p.keys = []string{c.Key + "!"}
	default:
		keys := slices.DeleteFunc(slices.Clone(p.keys), func(k string) bool { return strings.TrimSuffix(k, "!") == c.Key })
		p.keys = append(keys, c.Key+"!")
	}
}

// apply applies an action if it is possible, and remembers it.
func (w *World) apply(a game.AdminAction, seen uint64, at time.Time) {
	before := maps.Clone(w.names)
	d := &appliedAction{AdminAction: a}
	if a.Target != "" && a.Kind != game.ActionBan && a.Kind != game.ActionUnban && a.Kind != game.ActionUndo {
		if d.target = w.resolveName(a.Target, seen); d.target.deleted {
			return
		}
		d.targetBefore = *d.target
	}
	maps.DeleteFunc(w.Bans, func(_ string, until time.Time) bool { return !until.After(at) })
	var possible bool
	if a.Kind == game.ActionUndo {
		possible = w.undo(d, at)
	} else {
		possible = w.applyKind(d, at)
	}
	if !possible {
		return
	}
	var sum uint64
	for _, p := range w.names {
		sum += p.clicks
	}
	w.Total = max(w.Total, sum)
	w.actions = append(w.actions, d)
	// "before" also serves as "after" for the previous action, apart from new people.
	w.history = append(w.history, before, maps.Clone(w.names))
}

func (w *World) applyKind(d *appliedAction, at time.Time) bool {
	switch d.Kind {
	case game.ActionSetCount:
		if d.target.player {
			d.target.clicks = d.Clicks
		}
		return d.target.player
	case game.ActionRename:
		return !d.target.isUnused() && w.rename(d.target, d.To)
	case game.ActionNote:
		return !d.target.isUnused()
	case game.ActionDelete:
		if d.target.isUnused() {
			return false
		}
		d.target.deleted = true
		delete(w.names, d.target.name)
	case game.ActionRelease:
		if len(d.target.keys) == 0 {
			return false
		}
		if d.target.keys = nil; d.target.isUnused() {
			d.target.preference = ""
		}
	case game.ActionBan:
		if d.banAfter = d.Until; !d.banAfter.After(at) {
			return false
		}
		d.banBefore = w.Bans[d.Target]
		w.Bans[d.Target] = d.banAfter
	case game.ActionUnban:
		if d.banBefore = w.Bans[d.Target]; d.banBefore.IsZero() {
			return false
		}
		delete(w.Bans, d.Target)
	}
	return true
}

func (w *World) rename(p *person, to string) bool {
	if other := w.names[to]; other != nil {
		if !other.isUnused() {
			return false
		}
		other.replacedBy = p
	}
	delete(w.names, p.name)
	w.names[to] = p
	p.name = to
	return true
}

// current returns the person whom p has become.
func current(p *person) *person {
	for {
		switch {
		case p.replacedBy != nil:
			p = p.replacedBy
		case p.deleted && p.restored != nil:
			p = p.restored
		default:
			return p
		}
	}
}

func (w *World) undo(d *appliedAction, at time.Time) bool {
	if d.Number == 0 || d.Number > uint64(len(w.actions)) {
		return false
	}
	u := w.actions[d.Number-1]
	if u.undoneBy > 0 || u.Kind == game.ActionUndo || u.Kind == game.ActionKick || u.Kind == game.ActionMessage {
		return false
	}
	possible := false
	if u.Kind == game.ActionBan || u.Kind == game.ActionUnban {
		possible = w.undoBan(u, at)
	} else {
		possible = w.undoPlayerAction(u, current(u.target), int(d.Number))
	}
	if possible {
		u.undoneBy = len(w.actions) + 1
	}
	return possible
}

func (w *World) undoPlayerAction(u *appliedAction, p *person, number int) bool {
	if u.Kind == game.ActionDelete {
		if other := w.names[u.targetBefore.name]; other != nil && !other.isUnused() {
			return false
		}
		back := u.targetBefore
		back.preference = "" // which is gone for good
		w.rename(&back, u.targetBefore.name)
		u.target.restored = &back
		return true
	}
	if p.deleted {
		return false
	}
	switch u.Kind {
	case game.ActionSetCount:
		for _, later := range w.actions[number:] {
			if later.Kind == game.ActionSetCount && later.undoneBy == 0 && current(later.target) == p {
				return false
			}
		}
		p.clicks = p.clicks - u.Clicks + u.targetBefore.clicks
	case game.ActionRename:
		return p.name == u.To && !p.isUnused() && w.rename(p, u.targetBefore.name)
	case game.ActionRelease:
		if len(p.keys) > 0 {
			return false
		}
		p.keys = u.targetBefore.keys
	}
	return true
}

func (w *World) undoBan(u *appliedAction, at time.Time) bool {
	now := w.Bans[u.Target]
	if !now.Equal(u.banAfter) || now.IsZero() && !u.banBefore.After(at) {
		return false
	}
	delete(w.Bans, u.Target)
	if u.banBefore.After(at) {
		w.Bans[u.Target] = u.banBefore
	}
	return true
}

// Counts returns all players with their clicks.
func (w *World) Counts() map[string]uint64 { return w.Players("") }

// Players returns the players whose names have a prefix, with their clicks.
func (w *World) Players(prefix string) map[string]uint64 {
	counts := map[string]uint64{}
	for name, p := range w.names {
		if p.player && strings.HasPrefix(name, prefix) {
			counts[name] = p.clicks
		}
	}
	return counts
}

// Days returns the clicks by day of the players whose names have a prefix.
func (w *World) Days(prefix string) map[string]game.Days {
	all := map[string]game.Days{}
	for name, p := range w.names {
		if p.player && strings.HasPrefix(name, prefix) {
			for _, date := range slices.Sorted(maps.Keys(p.days)) {
				all[name] = append(all[name], game.DayClicks{Date: date, Clicks: p.days[date]})
			}
		}
	}
	return all
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

// Preferences returns the preferences by name.
func (w *World) Preferences() map[string]string {
	choices := map[string]string{}
	for name, p := range w.names {
		if p.preference != "" {
			choices[name] = p.preference
		}
	}
	return choices
}

// Names returns all names that anybody ever had or that events mention.
func (w *World) Names() iter.Seq[string] { return maps.Keys(w.names) }

// Actions returns the number, the kind and the undoing action of each action that took effect.
func (w *World) Actions() (words []string) {
	for i, d := range w.actions {
		words = append(words, fmt.Sprint(i+1, " ", d.Kind, " ", d.undoneBy))
	}
	return words
}

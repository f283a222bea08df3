package cluster

import (
	"maps"
	"slices"
	"time"
)

const (
	// maxNames is how many names of one server are kept.
	maxNames = 50_000
	// All names are told again every so often, in case somebody has missed a
	// change, and at the least so seldom that it is this many names a second.
	tellAgain   = 10 * time.Second
	tellASecond = 20
	// quoted is how many bytes JSON makes of one at most, and envelope how many a
	// message has besides the names.
	quoted   = 6
	envelope = 200
	// askAgain is how long the names of a server are waited for until they are
	// asked for once more.
	askAgain = 2 * time.Second
)

// register is the names of this server, as the others were told.
type register struct {
	names  nameSet
	number uint64 // grows with each change that was told
	source uint64 // the revision of the game's list
	toldAt time.Time
	wanted bool // somebody has asked for all names
}

// changes is the messages about the names since the last time, in parts. The names
// are those of now if there are any news; nil else. No part has more bytes than the
// limit.
func (r *register) changes(names []string, now time.Time, limit int) [][]byte {
	var come, left []string
	if names != nil {
		come, left = r.names.replace(names)
	}
	if len(come)+len(left) > 0 {
		r.number++
	}
	again := max(tellAgain, time.Duration(len(r.names))*time.Second/tellASecond)
	switch {
	case r.number == 0: // nobody was ever here
		return nil
	case r.wanted || now.Sub(r.toldAt) >= again || len(come)+len(left) > len(r.names):
		r.wanted, r.toldAt = false, now
		return parts(limit, r.number, 0, slices.Collect(maps.Keys(r.names)), nil)
	case len(come)+len(left) > 0:
		return parts(limit, r.number, r.number-1, come, left)
	}
	return nil
}

// nameSet is names of players.
type nameSet map[string]struct{}

// replace makes the set one of these names, and returns what that changes.
func (s *nameSet) replace(names []string) (come, left []string) {
	before := *s
	*s = make(nameSet, len(names))
	for _, name := range names {
		(*s)[name] = struct{}{}
	}
	return s.without(before), before.without(*s)
}

// without returns the names that another set does not have.
func (s nameSet) without(other nameSet) (names []string) {
	for name := range s {
		if _, ok := other[name]; !ok {
			names = append(names, name)
		}
	}
	return names
}

// parts divides names among messages that are not too long for anybody.
func parts(limit int, number, after uint64, come, left []string) [][]byte {
	var rolls []*roll
	size := 0
	add := func(name string) *roll {
		most := quoted*len(name) + len(`"",`)
		if size += most; len(rolls) == 0 || size > limit-envelope {
			rolls = append(rolls, &roll{Number: number, After: after, Part: len(rolls)})
			size = most
		}
		return rolls[len(rolls)-1]
	}
	for _, name := range left {
		r := add(name)
		r.Left = append(r.Left, name)
	}
	for _, name := range come {
		r := add(name)
		r.Come = append(r.Come, name)
	}
	if len(rolls) == 0 {
		rolls = append(rolls, &roll{Number: number, After: after})
	}
	messages := make([][]byte, len(rolls))
	for i, r := range rolls {
		r.Parts = len(rolls)
		messages[i] = encode(message{V: format, Names: r})
	}
	return messages
}

// heardNames is the names of another server, as far as they were heard.
type heardNames struct {
	names  nameSet
	number uint64
	coming *roll     // what has come of a roll whose last parts are missing
	asked  time.Time // when the names were asked for last
}

// hear takes in a part, and returns what has changed when it was the last one. It
// keeps at most maxNames. What does not follow on what is known is left out: the next
// heartbeat tells that it is missing.
func (h *heardNames) hear(r *roll) (come, left []string) {
	if c := h.coming; r.Part > 0 {
		if c == nil || c.Number != r.Number || c.After != r.After || c.Parts != r.Parts || c.Part+1 != r.Part {
			h.coming = nil
			return nil, nil
		}
		c.Part = r.Part
		c.Come = append(c.Come, r.Come...)
		c.Left = append(c.Left, r.Left...)
	} else {
		h.coming = r
	}
	c := h.coming
	switch {
	case len(c.Come) > maxNames || len(c.Left) > maxNames:
		h.coming = nil
		return nil, nil
	case c.Part+1 < c.Parts:
		return nil, nil
	}
	h.coming = nil
	switch c.After {
	case 0:
		come, left = h.names.replace(c.Come)
	case h.number:
		come, left = h.change(c)
	default:
		return nil, nil
	}
	h.number = c.Number
	return come, left
}

// change takes in what has come and left.
func (h *heardNames) change(c *roll) (come, left []string) {
	if h.names == nil {
		h.names = make(nameSet, len(c.Come))
	}
	for _, name := range c.Left {
		if _, ok := h.names[name]; ok {
			delete(h.names, name)
			left = append(left, name)
		}
	}
	for _, name := range c.Come {
		if _, ok := h.names[name]; !ok && len(h.names) < maxNames {
			h.names[name] = struct{}{}
			come = append(come, name)
		}
	}
	return come, left
}

// missing tells whether the names are to be asked for, by the number that the
// server says they have. It is true once in a while only.
func (h *heardNames) missing(number uint64, now time.Time) bool {
	if h.number == number || !h.asked.IsZero() && now.Sub(h.asked) < askAgain {
		return false
	}
	h.asked = now
	return true
}

// forget drops all names.
func (h *heardNames) forget() { *h = heardNames{} }

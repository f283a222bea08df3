package cluster

import (
	"maps"
	"slices"
	"time"
)

const (
	// maxNames is how many names are kept for each server.
	maxNames = 50_000
	// All names are sent again regularly, in case a server missed a change: at most once in
	// resendInterval, and at most resentNamesPerSecond on average.
	resendInterval       = 10 * time.Second
	resentNamesPerSecond = 20
	// maxQuotedByte is the maximum size of a byte in JSON, and messageOverhead that of a message
	// without its names.
	maxQuotedByte   = 6
	messageOverhead = 200
	// requestInterval is how long to wait for requested names before requesting them again.
	requestInterval = 2 * time.Second
)

// ownNames is the names of this server, as last sent.
type ownNames struct {
	names     nameSet
	number    uint64 // incremented with each change that was sent
	revision  uint64 // of the ledger's list
	sentAt    time.Time
	requested bool // another server asked for all names
}

// updates returns the messages to send, none larger than limit bytes. names are the current names;
// nil if they didn't change.
func (r *ownNames) updates(names []string, now time.Time, limit int) [][]byte {
	var joined, left []string
	if names != nil {
		joined, left = r.names.replace(names)
	}
	if len(joined)+len(left) > 0 {
		r.number++
	}
	interval := max(resendInterval, time.Duration(len(r.names))*time.Second/resentNamesPerSecond)
	switch {
	case r.number == 0: // nobody has ever played here
		return nil
	case r.requested || now.Sub(r.sentAt) >= interval || len(joined)+len(left) > len(r.names):
		r.requested, r.sentAt = false, now
		return parts(limit, r.number, 0, slices.Collect(maps.Keys(r.names)), nil)
	case len(joined)+len(left) > 0:
		return parts(limit, r.number, r.number-1, joined, left)
	}
	return nil
}

// nameSet is a set of players' names.
type nameSet map[string]struct{}

// replace replaces the set, and returns the difference.
func (s *nameSet) replace(names []string) (joined, left []string) {
	before := *s
	*s = make(nameSet, len(names))
	for _, name := range names {
		(*s)[name] = struct{}{}
	}
	return s.without(before), before.without(*s)
}

// without returns the names that are missing from another set.
func (s nameSet) without(other nameSet) (names []string) {
	for name := range s {
		if _, ok := other[name]; !ok {
			names = append(names, name)
		}
	}
	return names
}

// parts splits names into messages of at most limit bytes.
func parts(limit int, number, after uint64, joined, left []string) [][]byte {
	var updates []*nameUpdate
	size := 0
	add := func(name string) *nameUpdate {
		quoted := maxQuotedByte*len(name) + len(`"",`)
		if size += quoted; len(updates) == 0 || size > limit-messageOverhead {
			updates = append(updates, &nameUpdate{Number: number, After: after, Part: len(updates)})
			size = quoted
		}
		return updates[len(updates)-1]
	}
	for _, name := range left {
		r := add(name)
		r.Left = append(r.Left, name)
	}
	for _, name := range joined {
		r := add(name)
		r.Joined = append(r.Joined, name)
	}
	if len(updates) == 0 {
		updates = append(updates, &nameUpdate{Number: number, After: after})
	}
	messages := make([][]byte, len(updates))
	for i, r := range updates {
		r.Parts = len(updates)
		messages[i] = encode(message{V: format, Names: r})
	}
	return messages
}

// peerNames is the names of another server, as received.
type peerNames struct {
	names       nameSet
	number      uint64
	partial     *nameUpdate // parts received so far of an incomplete update
	requestedAt time.Time   // when the names were last requested
}

// receive handles one part of an update, and returns the difference after the last part. It keeps
// at most maxNames. It ignores updates that don't follow the known state: the next heartbeat
// reveals that one is missing.
func (h *peerNames) receive(r *nameUpdate) (joined, left []string) {
	if c := h.partial; r.Part > 0 {
		if c == nil || c.Number != r.Number || c.After != r.After || c.Parts != r.Parts || c.Part+1 != r.Part {
			h.partial = nil
			return nil, nil
		}
		c.Part = r.Part
		c.Joined = append(c.Joined, r.Joined...)
		c.Left = append(c.Left, r.Left...)
	} else {
		h.partial = r
	}
	c := h.partial
	switch {
	case len(c.Joined) > maxNames || len(c.Left) > maxNames:
		h.partial = nil
		return nil, nil
	case c.Part+1 < c.Parts:
		return nil, nil
	}
	h.partial = nil
	switch c.After {
	case 0:
		joined, left = h.names.replace(c.Joined)
	case h.number:
		joined, left = h.applyUpdate(c)
	default:
		return nil, nil
	}
	h.number = c.Number
	return joined, left
}

// applyUpdate applies a complete update, and returns the difference.
func (h *peerNames) applyUpdate(c *nameUpdate) (joined, left []string) {
	if h.names == nil {
		h.names = make(nameSet, len(c.Joined))
	}
	for _, name := range c.Left {
		if _, ok := h.names[name]; ok {
			delete(h.names, name)
			left = append(left, name)
		}
	}
	for _, name := range c.Joined {
		if _, ok := h.names[name]; !ok && len(h.names) < maxNames {
			h.names[name] = struct{}{}
			joined = append(joined, name)
		}
	}
	return joined, left
}

// shouldRequest reports whether to request the names, because the server's number differs from the
// known one. It is true at most once in requestInterval.
func (h *peerNames) shouldRequest(number uint64, now time.Time) bool {
	if h.number == number || !h.requestedAt.IsZero() && now.Sub(h.requestedAt) < requestInterval {
		return false
	}
	h.requestedAt = now
	return true
}

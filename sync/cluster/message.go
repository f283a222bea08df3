package cluster

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"clickky/sync/game"
)

const (
	// format is the version of all messages. Unknown fields are ignored. If a field's meaning
	// changes, the format must change.
	format = 1
	// maxMessage is the maximum size of an accepted message, and maxPart that of a sent one.
	maxMessage = 128 << 10
	maxPart    = 96 << 10
	// maxLabel is the maximum size of a server's name, version or run, in bytes.
	maxLabel = 64
	// maxHostKey is the maximum size of its host keys' fingerprints, in bytes.
	maxHostKey = 256
	// maxName is the maximum length of a player's name, in characters.
	maxName = 100
	// maxSessions is the maximum number of sessions in a response.
	maxSessions = 100
)

// errMessage is in the chain of the error if a message of another server is invalid.
var errMessage = errors.New("not a message from a Clickky server")

// message is what servers broadcast. It has exactly one of the fields besides V.
type message struct {
	V         int         `json:"v"`
	Heartbeat *heartbeat  `json:"beat,omitempty"`
	Names     *nameUpdate `json:"names,omitempty"`
	Goodbye   bool        `json:"bye,omitempty"`
}

// heartbeat is the regular report of a server.
type heartbeat struct {
	Name    string    `json:"name"`
	Version string    `json:"version"`
	HostKey string    `json:"hostkey"`
	Started time.Time `json:"started"`
	At      time.Time `json:"at"` // both by the sender's clock
	Report
	Names uint64 `json:"names"` // the current number of its names
}

// nameUpdate is a part of a server's names, or of their changes.
type nameUpdate struct {
	// Number is that of the names after this update, and After that of the names before it; with
	// After 0, the update has all names.
	Number uint64 `json:"number"`
	After  uint64 `json:"after"`
	Part   int    `json:"part"`
	Parts  int    `json:"parts"`

	Joined []string `json:"come,omitempty"`
	Left   []string `json:"left,omitempty"`
}

// decode parses and validates a message, and cleans its texts.
func decode(data []byte) (message, error) {
	var m message
	if err := unmarshal(data, &m); err != nil {
		return message{}, err
	}
	switch b, r := m.Heartbeat, m.Names; {
	case m.V != format:
		return message{}, fmt.Errorf("%w: its version is %d", errMessage, m.V)
	case b != nil:
		b.Name, b.Version, b.HostKey = cleanLabel(b.Name), cleanLabel(b.Version), cleanText(b.HostKey, maxHostKey)
		if b.Name == "" || b.Players < 0 || b.Sessions < 0 {
			return message{}, errMessage
		}
	case r != nil:
		if r.Number <= r.After || r.Part < 0 || r.Part >= r.Parts || !areValidNames(r.Joined) || !areValidNames(r.Left) {
			return message{}, errMessage
		}
	case !m.Goodbye:
		return message{}, errMessage
	}
	return m, nil
}

// unmarshal parses JSON of a limited size.
func unmarshal(data []byte, to any) error {
	if len(data) > maxMessage {
		return fmt.Errorf("%w: it has %d bytes", errMessage, len(data))
	}
	if err := json.Unmarshal(data, to); err != nil {
		return fmt.Errorf("%w: %w", errMessage, err)
	}
	return nil
}

// cleanLabel makes a short text of another server fit to be shown and logged.
func cleanLabel(s string) string { return cleanText(s, maxLabel) }

// cleanText makes a text printable and cuts it to limit bytes.
func cleanText(s string, limit int) string {
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) || r == utf8.RuneError {
			return '.'
		}
		return r
	}, s[:min(len(s), limit)])
	return strings.TrimSpace(s)
}

// areValidNames reports whether names can be players' names. Those of the old version may contain
// anything.
func areValidNames(names []string) bool {
	return !slices.ContainsFunc(names, func(name string) bool {
		return name == "" || len(name) > maxName*utf8.UTFMax || !utf8.ValidString(name) || utf8.RuneCountInString(name) > maxName
	})
}

// isValidRun reports whether a token of a subject can be the run of a server.
func isValidRun(s string) bool {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"
	return s != "" && len(s) <= maxLabel && strings.Trim(s, letters) == ""
}

func encode(m any) []byte {
	data, err := json.Marshal(m)
	if err != nil {
		panic(err) // JSON can express all messages
	}
	return data
}

// request asks another server to send all its names to everybody, or for the sessions of a player.
type request struct {
	V        int    `json:"v"`
	Names    bool   `json:"names,omitempty"`
	Sessions string `json:"sessions,omitempty"`
}

// response has the sessions of a player.
type response struct {
	V        int                `json:"v"`
	Sessions []game.SessionInfo `json:"sessions"`
}

// decodeResponse decodes a response, but at most maxSessions of it.
func decodeResponse(data []byte) ([]game.SessionInfo, error) {
	var a response
	if err := unmarshal(data, &a); err != nil {
		return nil, err
	}
	if a.V != format {
		return nil, fmt.Errorf("%w: its version is %d", errMessage, a.V)
	}
	sessions := a.Sessions[:min(len(a.Sessions), maxSessions)]
	for i := range sessions {
		s := &sessions[i]
		s.From, s.Terminal = cleanLabel(s.From), cleanLabel(s.Terminal)
	}
	return sessions, nil
}

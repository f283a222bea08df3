package cluster

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

const (
	// format is the version of all messages. Fields that are not known are
	// ignored; what changes the meaning of one is a new format.
	format = 1
	// maxMessage is how many bytes a message may have that is looked at, and
	// maxPart how many one of this server has at most.
	maxMessage = 128 << 10
	maxPart    = 96 << 10
	// maxLabel is how many bytes the name of a server, its version or its run may
	// have, and maxName how many characters the name of a player.
	maxLabel = 64
	// maxHostKey is the same for the fingerprints of its host keys.
	maxHostKey = 256
	maxName    = 100
	// maxSessions is how many sessions an answer has at most.
	maxSessions = 100
)

// errMessage is the cause when a message of another server makes no sense.
var errMessage = errors.New("not a message from a Clickky server")

// message is what servers tell each other: one of its fields.
type message struct {
	V     int   `json:"v"`
	Beat  *beat `json:"beat,omitempty"`
	Names *roll `json:"names,omitempty"`
	Bye   bool  `json:"bye,omitempty"`
}

// beat is a heartbeat.
type beat struct {
	Name    string    `json:"name"`
	Version string    `json:"version"`
	HostKey string    `json:"hostkey"`
	Started time.Time `json:"started"`
	At      time.Time `json:"at"` // both by the sender's clock
	Report
	Names uint64 `json:"names"` // the number of the names as they are
}

// roll is a part of the names of a server, or of what has changed of them.
type roll struct {
	// Number is that of the names as they are with all parts of it, and After that
	// of the names it changes; 0: it has all names.
	Number uint64 `json:"number"`
	After  uint64 `json:"after"`
	Part   int    `json:"part"`
	Parts  int    `json:"parts"`

	Come []string `json:"come,omitempty"`
	Left []string `json:"left,omitempty"`
}

// decode reads a message and checks it. What can only be shown is made fit to be.
func decode(data []byte) (message, error) {
	var m message
	if err := read(data, &m); err != nil {
		return message{}, err
	}
	switch b, r := m.Beat, m.Names; {
	case m.V != format:
		return message{}, fmt.Errorf("%w: its version is %d", errMessage, m.V)
	case b != nil:
		b.Name, b.Version, b.HostKey = label(b.Name), label(b.Version), text(b.HostKey, maxHostKey)
		if b.Name == "" || b.Players < 0 || b.Sessions < 0 {
			return message{}, errMessage
		}
	case r != nil:
		if r.Number <= r.After || r.Part < 0 || r.Part >= r.Parts || !areNames(r.Come) || !areNames(r.Left) {
			return message{}, errMessage
		}
	case !m.Bye:
		return message{}, errMessage
	}
	return m, nil
}

// read reads JSON of a bounded size.
func read(data []byte, to any) error {
	if len(data) > maxMessage {
		return fmt.Errorf("%w: it has %d bytes", errMessage, len(data))
	}
	if err := json.Unmarshal(data, to); err != nil {
		return fmt.Errorf("%w: %w", errMessage, err)
	}
	return nil
}

// label is a short text of another server as it may be shown and logged.
func label(s string) string { return text(s, maxLabel) }

// text is one of so many bytes at most.
func text(s string, most int) string {
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) || r == utf8.RuneError {
			return '.'
		}
		return r
	}, s[:min(len(s), most)])
	return strings.TrimSpace(s)
}

// areNames tells whether these can be names of players. Those that the old version
// left may hold anything.
func areNames(names []string) bool {
	for _, name := range names {
		if name == "" || len(name) > maxName*utf8.UTFMax || !utf8.ValidString(name) || utf8.RuneCountInString(name) > maxName {
			return false
		}
	}
	return true
}

// isRun tells whether a part of a subject can be the run of a server.
func isRun(s string) bool {
	foreign := func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_'
	}
	return s != "" && len(s) <= maxLabel && !strings.ContainsFunc(s, foreign)
}

// encode writes a message.
func encode(m any) []byte {
	data, err := json.Marshal(m)
	if err != nil {
		panic(err) // there is nothing in it that JSON has no way to say
	}
	return data
}

// question is what one server asks another: for all its names, on the subject of
// everybody, or for the sessions of a player.
type question struct {
	V        int    `json:"v"`
	Names    bool   `json:"names,omitempty"`
	Sessions string `json:"sessions,omitempty"`
}

// Session is a session of a player, for admins.
type Session struct {
	// From is the address, and Terminal what the client calls its terminal.
	From     string    `json:"from"`
	Terminal string    `json:"terminal"`
	Since    time.Time `json:"since"`
}

// answer is the sessions of a player.
type answer struct {
	V        int       `json:"v"`
	Sessions []Session `json:"sessions"`
}

// decodeAnswer reads an answer, and no more of it than maxSessions.
func decodeAnswer(data []byte) ([]Session, error) {
	var a answer
	if err := read(data, &a); err != nil {
		return nil, err
	}
	if a.V != format {
		return nil, fmt.Errorf("%w: its version is %d", errMessage, a.V)
	}
	sessions := a.Sessions[:min(len(a.Sessions), maxSessions)]
	for i := range sessions {
		s := &sessions[i]
		s.From, s.Terminal = label(s.From), label(s.Terminal)
	}
	return sessions, nil
}

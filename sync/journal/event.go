package journal

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"clickky/sync/game"
)

// Version is the newest version of events that this package reads and writes. Readers reject newer
// ones. Append gives an event the oldest version that has everything in it.
const Version = game.FormatVersion

// maxEvent is the maximum size of an encoded event, and maxMessage that of a message with its
// headers, which is the maximum that NATS recommends.
const (
	maxMessage = 8 << 20
	maxEvent   = maxMessage - 4<<10
)

// Event is an entry of the log. It is stored as one JSON object with the players sorted by name, so
// that people can read it with the nats tool.
type Event struct {
	// Version is the version of the format. Append sets it.
	Version int `json:"v"`
	// Server is the run ID of the server that wrote it, unique for each start. Append sets it.
	Server string `json:"server"`
	// Number counts the events of one Server from 1, without gaps. Append
	// sets it.
	Number uint64 `json:"number"`
	// At is set by Append when it is zero.
	game.Event
}

// version returns the oldest version that has everything in the event. If there is none, the error
// has ErrVersion in its chain.
func (e *Event) version() (int, error) {
	version, unknown := e.FormatVersion()
	if unknown != "" {
		return 0, fmt.Errorf("%w: unknown action %q", ErrVersion, unknown)
	}
	return version, nil
}

func (e *Event) checkPreferences() error {
	for name, text := range e.Preferences {
		if !game.ValidPreference(text) {
			return fmt.Errorf("invalid preferences for %.100q: %.200q", name, text)
		}
	}
	return nil
}

// Encode returns an event as stored in the log. Append calls it; use it to measure events or to
// store them elsewhere. It sets Version; the caller sets Server and Number, which Decode requires.
// It fails with ErrTooLarge in the chain where Append would.
//
// Players are by far the largest part, so they are encoded without reflection. encoding/json does
// the rest.
func Encode(e Event) ([]byte, error) {
	if len(e.Clicks) > game.MaxEventPlayers {
		return nil, fmt.Errorf("%w: %d players, limit %d", ErrTooLarge, len(e.Clicks), game.MaxEventPlayers)
	}
	if len(e.KeyChanges) > game.MaxEventKeyChanges {
		return nil, fmt.Errorf("%w: %d changes, limit %d", ErrTooLarge, len(e.KeyChanges), game.MaxEventKeyChanges)
	}
	if len(e.Actions) > game.MaxEventActions {
		return nil, fmt.Errorf("%w: %d admin actions, limit %d", ErrTooLarge, len(e.Actions), game.MaxEventActions)
	}
	if len(e.Preferences) > game.MaxEventPreferences {
		return nil, fmt.Errorf("%w: %d preferences, limit %d", ErrTooLarge, len(e.Preferences), game.MaxEventPreferences)
	}
	if err := e.checkPreferences(); err != nil {
		return nil, fmt.Errorf("encode event: %w", err)
	}
	var err error
	if e.Version, err = e.version(); err != nil {
		return nil, err
	}
	players := e.Clicks
	e.Clicks = nil
	data, err := json.Marshal(e)
	if err != nil {
		return nil, fmt.Errorf("encode event: %w", err)
	}
	if len(players) > 0 {
		data = slices.Grow(data, len(players)*32)
		data = append(data[:len(data)-1], `,"clicks":{`...)
		for _, name := range slices.Sorted(maps.Keys(players)) {
			data = append(appendString(data, name), ':')
			data = strconv.AppendUint(data, players[name], 10)
			data = append(data, ',')
		}
		data = append(data[:len(data)-1], `}}`...)
	}
	if len(data) > maxEvent {
		return nil, fmt.Errorf("%w: %d bytes, limit %d", ErrTooLarge, len(data), maxEvent)
	}
	return data, nil
}

// appendString appends s as a JSON string.
func appendString(data []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			quoted, _ := json.Marshal(s) // never fails
			return append(data, quoted...)
		}
	}
	data = append(data, '"')
	data = append(data, s...)
	return append(data, '"')
}

// Decode reverses Encode. It ignores unknown fields, because optional additions don't raise the
// version. An event of a newer version fails with ErrVersion, whatever else is in it.
func Decode(data []byte) (Event, error) {
	var e Event
	err := json.Unmarshal(data, &e)
	if e.Version > Version || (err != nil && decodeVersion(data) > Version) {
		return Event{}, fmt.Errorf("%w: format version %d, this server reads %d", ErrVersion, max(e.Version, decodeVersion(data)), Version)
	}
	switch {
	case err != nil:
		return Event{}, fmt.Errorf("decode event: %w", err)
	case e.Version < 1:
		return Event{}, errors.New("decode event: no version")
	case e.Server == "" || e.Number == 0:
		return Event{}, errors.New("decode event: no server or number")
	}
	if _, err := e.version(); err != nil {
		return Event{}, err
	}
	if err := e.checkPreferences(); err != nil {
		return Event{}, fmt.Errorf("decode event: %w", err)
	}
	return e, nil
}

// decodeVersion decodes only the version, because other fields of a newer version may have other
// types. It returns 0 if there is none.
func decodeVersion(data []byte) int {
	var v struct {
		Version int `json:"v"`
	}
	if json.Unmarshal(data, &v) != nil {
		return 0
	}
	return v.Version
}

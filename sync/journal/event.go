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

// Version is the newest version of events that this package knows. A reader
// refuses those of a later one. Append gives an event the oldest version that has
// everything in it.
const Version = game.FormatVersion

// maxEvent is how many bytes an encoded event may have, and maxMessage how
// many a message with its headers: what NATS recommends as the most.
const (
	maxMessage = 8 << 20
	maxEvent   = maxMessage - 4<<10
)

// Event is something that happened to the game, as an entry of the log. In the
// log it is one JSON object, with the players in the order of their names, for
// people who read it with the nats tool.
type Event struct {
	// Version is that of the encoding. Append sets it.
	Version int `json:"v"`
	// Server is the run of a server that wrote it: unique for each start.
	// Append sets it.
	Server string `json:"server"`
	// Number counts the events of one Server from 1, without gaps. Append
	// sets it.
	Number uint64 `json:"number"`
	// At is set by Append when it is zero.
	game.Event
}

// version returns the oldest version that has everything in the event; ErrVersion is in the
// chain of the error if there is none.
func (e *Event) version() (int, error) {
	version, unknown := e.FormatVersion()
	if unknown != "" {
		return 0, fmt.Errorf("%w: unknown action %q", ErrVersion, unknown)
	}
	return version, nil
}

// checkPreferences returns an error if one is not valid.
func (e *Event) checkPreferences() error {
	for name, text := range e.Preferences {
		if !game.ValidPreference(text) {
			return fmt.Errorf("invalid preferences for %.100q: %.200q", name, text)
		}
	}
	return nil
}

// Encode returns an event as it is in the log. Append does it by itself; this is for whoever
// measures the log or carries events in another way. Version is set; Server and Number
// are the caller's, and Decode wants both. It fails with ErrTooLarge in the chain of
// the error where Append would.
//
// The players are by far the most of it, so they are written without reflection;
// everything else is left to encoding/json.
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
			if data, err = appendString(data, name); err != nil {
				return nil, err
			}
			data = append(data, ':')
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
func appendString(data []byte, s string) ([]byte, error) {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			quoted, err := json.Marshal(s)
			if err != nil {
				return nil, fmt.Errorf("encode name %q: %w", s, err)
			}
			return append(data, quoted...), nil
		}
	}
	data = append(data, '"')
	data = append(data, s...)
	return append(data, '"'), nil
}

// Decode is the opposite of Encode. Fields that it does not know are left out, because
// an addition that may be ignored does not raise the version; an event of
// another version fails with ErrVersion, whatever else is in it.
func Decode(data []byte) (Event, error) {
	var e Event
	err := json.Unmarshal(data, &e)
	if e.Version > Version || (err != nil && versionOf(data) > Version) {
		return Event{}, fmt.Errorf("%w: format version %d, this server reads %d", ErrVersion, max(e.Version, versionOf(data)), Version)
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

// versionOf reads nothing but the version, since the other fields of a later
// version may have become of another type; 0 when there is none.
func versionOf(data []byte) int {
	var v struct {
		Version int `json:"v"`
	}
	if json.Unmarshal(data, &v) != nil {
		return 0
	}
	return v.Version
}

package transfer

import (
	"encoding/json"
	"time"

	"clickky/sync/store"
)

// version is that of the JSON lines. Keys and kinds of lines may be added to it;
// when what is there comes to mean something else it is another one.
const version = 1

// The lines of an export, in their order. Each kind is known by its first key.
type (
	headerLine struct {
		Clickky    int       `json:"clickky"`
		ExportedAt time.Time `json:"exported_at"`
	}
	playerLine struct {
		Player string    `json:"player"`
		Clicks uint64    `json:"clicks"`
		Seen   time.Time `json:"seen,omitzero"`
	}
	ownerLine struct {
		Owner string    `json:"owner"`
		Keys  []keyPart `json:"keys"`
	}
	keyPart struct {
		Fingerprint string    `json:"fingerprint"`
		Bound       bool      `json:"bound,omitempty"`
		Since       time.Time `json:"since,omitzero"`
	}
	choiceLine struct {
		Choice string `json:"choice"`
		Text   string `json:"text"`
	}
	banLine struct {
		Ban   string    `json:"ban"`
		Until time.Time `json:"until"`
	}
	actLine struct {
		Act      uint64          `json:"act"`
		At       time.Time       `json:"at"`
		Who      string          `json:"who"`
		Key      string          `json:"key,omitempty"`
		What     string          `json:"what"`
		Target   string          `json:"target,omitempty"`
		Why      string          `json:"why,omitempty"`
		Before   json.RawMessage `json:"before"`
		After    json.RawMessage `json:"after"`
		UndoneBy uint64          `json:"undone_by,omitempty"`
	}
	// endLine shows that nothing was cut off.
	endLine struct {
		End endPart `json:"end"`
	}
	endPart struct {
		Players  int    `json:"players"`
		Total    uint64 `json:"total"`
		Journal  string `json:"journal,omitempty"`
		Position uint64 `json:"position,omitempty"`
	}
)

// anyLine has the keys of all kinds.
type anyLine struct {
	Clickky *int `json:"clickky"`

	Player *string   `json:"player"`
	Clicks *uint64   `json:"clicks"`
	Seen   time.Time `json:"seen"`

	Owner *string   `json:"owner"`
	Keys  []keyPart `json:"keys"`

	Choice *string `json:"choice"`
	Text   string  `json:"text"`

	Ban   *string   `json:"ban"`
	Until time.Time `json:"until"`

	Act      *uint64         `json:"act"`
	At       time.Time       `json:"at"`
	Who      string          `json:"who"`
	Key      string          `json:"key"`
	What     string          `json:"what"`
	Target   string          `json:"target"`
	Why      string          `json:"why"`
	Before   json.RawMessage `json:"before"`
	After    json.RawMessage `json:"after"`
	UndoneBy uint64          `json:"undone_by"`

	End *endPart `json:"end"`
}

// kinds is of how many kinds the line is; one that is well made is of one.
func (l *anyLine) kinds() (n int) {
	for _, is := range []bool{
		l.Clickky != nil, l.Player != nil, l.Owner != nil, l.Choice != nil, l.Ban != nil, l.Act != nil, l.End != nil,
	} {
		if is {
			n++
		}
	}
	return n
}

func ownerOf(name string, keys []keyPart) store.Owner {
	o := store.Owner{Name: name, Keys: make([]store.Key, len(keys))}
	for i, k := range keys {
		o.Keys[i] = store.Key{Fingerprint: k.Fingerprint, Bound: k.Bound, Since: whole(k.Since)}
	}
	return o
}

func ownerLineOf(o store.Owner) ownerLine {
	line := ownerLine{Owner: o.Name, Keys: make([]keyPart, len(o.Keys))}
	for i, k := range o.Keys {
		line.Keys[i] = keyPart(k)
	}
	return line
}

func actLineOf(r store.Record) actLine {
	return actLine{
		Act: r.ID, At: r.At, Who: r.Who, Key: r.Key, What: r.What, Target: r.Target, Why: r.Why,
		Before: json.RawMessage(r.Before), After: json.RawMessage(r.After), UndoneBy: r.UndoneBy,
	}
}

func (l *anyLine) act() store.Record {
	return store.Record{
		ID: *l.Act, At: whole(l.At), Who: l.Who, Key: l.Key, What: l.What, Target: l.Target, Why: l.Why,
		Before: string(l.Before), After: string(l.After), UndoneBy: l.UndoneBy,
	}
}

// whole is a time as databases have it, in UTC and whole seconds.
func whole(at time.Time) time.Time {
	if at.IsZero() {
		return time.Time{}
	}
	return at.UTC().Truncate(time.Second)
}

package transfer

import (
	"time"

	"clickky/sync/game"
)

// version is that of the JSON lines. Keys and kinds of lines may be added to it;
// when what is there comes to mean something else it is another one.
const version = 1

// The lines of an export, in their order. Each kind is known by its first key, which is a pointer
// so that it can be missing from an anyLine.
type (
	headerLine struct {
		Clickky    *int      `json:"clickky"`
		ExportedAt time.Time `json:"exported_at"`
	}
	playerLine struct {
		Player *string   `json:"player"`
		Clicks *uint64   `json:"clicks"`
		Seen   time.Time `json:"seen,omitzero"`
	}
	ownerLine struct {
		Owner *string    `json:"owner"`
		Keys  []game.Key `json:"keys"`
	}
	choiceLine struct {
		Choice *string `json:"choice"`
		Text   string  `json:"text"`
	}
	banLine struct {
		Ban   *string   `json:"ban"`
		Until time.Time `json:"until"`
	}
	actLine struct {
		Act      *uint64           `json:"act"`
		At       time.Time         `json:"at"`
		Who      string            `json:"who"`
		Key      string            `json:"key,omitempty"`
		What     string            `json:"what"`
		Target   string            `json:"target,omitempty"`
		Why      string            `json:"why,omitempty"`
		Before   *game.TargetState `json:"before"`
		After    *game.TargetState `json:"after"`
		UndoneBy uint64            `json:"undone_by,omitempty"`
	}
	// endLine shows that nothing was cut off.
	endLine struct {
		End *endPart `json:"end"`
	}
	endPart struct {
		Players  int    `json:"players"`
		Total    uint64 `json:"total"`
		Journal  string `json:"journal,omitempty"`
		Position uint64 `json:"position,omitempty"`
	}
)

// anyLine is a line that is read.
type anyLine struct {
	headerLine
	playerLine
	ownerLine
	choiceLine
	banLine
	actLine
	endLine
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

func ownerOf(name string, keys []game.Key) game.Owner {
	o := game.Owner{Name: name, Keys: make([]game.Key, len(keys))}
	for i, k := range keys {
		o.Keys[i] = game.Key{Fingerprint: k.Fingerprint, Bound: k.Bound, Since: whole(k.Since)}
	}
	return o
}

func actLineOf(r game.AuditRecord) actLine {
	return actLine{
		Act: &r.Number, At: r.At, Who: r.Admin, Key: r.Key, What: r.Kind, Target: r.Target, Why: r.Reason,
		Before: &r.Before, After: &r.After, UndoneBy: r.UndoneBy,
	}
}

func (l *actLine) record() game.AuditRecord {
	r := game.AuditRecord{
		Number: *l.Act, At: whole(l.At), Admin: l.Who, Key: l.Key, Kind: l.What, Target: l.Target, Reason: l.Why,
		UndoneBy: l.UndoneBy,
	}
	if l.Before != nil && l.After != nil {
		r.Before, r.After = *l.Before, *l.After
	}
	return r
}

// whole is a time as databases have it, in UTC and whole seconds.
func whole(at time.Time) time.Time {
	if at.IsZero() {
		return time.Time{}
	}
	return at.UTC().Truncate(time.Second)
}

package transfer

import (
	"time"

	"clickky/sync/game"
)

// version is the version of the JSON lines. It changes if the meaning of something changes; keys
// and kinds of lines can be added without.
const version = 1

// The lines of an export, in order. The first key of a line identifies its kind. It is a pointer,
// so that it can be missing in an anyLine.
type (
	headerLine struct {
		Clickky    *int      `json:"clickky"`
		ExportedAt time.Time `json:"exported_at"`
	}
	playerLine struct {
		Player *string   `json:"player"`
		Clicks *uint64   `json:"clicks"`
		Seen   time.Time `json:"seen,omitzero"`
		Days   game.Days `json:"days,omitempty"`
	}
	ownerLine struct {
		Owner *string    `json:"owner"`
		Keys  []game.Key `json:"keys"`
	}
	preferenceLine struct {
		Choice *string `json:"choice"`
		Text   string  `json:"text"`
	}
	banLine struct {
		Ban   *string   `json:"ban"`
		Until time.Time `json:"until"`
	}
	auditLine struct {
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
	// endLine shows that the export is complete.
	endLine struct {
		End *endInfo `json:"end"`
	}
	endInfo struct {
		Players  int    `json:"players"`
		Total    uint64 `json:"total"`
		Journal  string `json:"journal,omitempty"`
		Position uint64 `json:"position,omitempty"`
	}
)

// anyLine is a parsed line of any kind.
type anyLine struct {
	headerLine
	playerLine
	ownerLine
	preferenceLine
	banLine
	auditLine
	endLine
}

// countKinds returns how many kinds the line has; a valid line has one.
func (l *anyLine) countKinds() (n int) {
	for _, is := range []bool{
		l.Clickky != nil, l.Player != nil, l.Owner != nil, l.Choice != nil, l.Ban != nil, l.Act != nil, l.End != nil,
	} {
		if is {
			n++
		}
	}
	return n
}

func newAuditLine(r game.AuditRecord) auditLine {
	return auditLine{
		Act: &r.Number, At: r.At, Who: r.Admin, Key: r.Key, What: r.Kind, Target: r.Target, Why: r.Reason,
		Before: &r.Before, After: &r.After, UndoneBy: r.UndoneBy,
	}
}

func (l *auditLine) record() game.AuditRecord {
	r := game.AuditRecord{
		Number: *l.Act, At: toSeconds(l.At), Admin: l.Who, Key: l.Key, Kind: l.What, Target: l.Target, Reason: l.Why,
		UndoneBy: l.UndoneBy,
	}
	if l.Before != nil && l.After != nil {
		r.Before, r.After = *l.Before, *l.After
	}
	return r
}

// toSeconds converts a time to UTC and whole seconds, as databases store it.
func toSeconds(at time.Time) time.Time {
	if at.IsZero() {
		return time.Time{}
	}
	return at.UTC().Truncate(time.Second)
}

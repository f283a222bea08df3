package rows

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"clickky/sync/game"
)

// Bans reads the bans that a query finds, as rows of a target, and until when in
// seconds of Unix time.
func Bans(ctx context.Context, tx *sql.Tx, query string) (bans []game.Ban, err error) {
	rows, err := tx.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // reading to the end or Err tells more
	for rows.Next() {
		var b game.Ban
		var until int64
		if err := rows.Scan(&b.Target, &until); err != nil {
			return nil, err
		}
		b.Until = time.Unix(until, 0).UTC()
		bans = append(bans, b)
	}
	return bans, rows.Err()
}

// Audit reads the entries of the audit log that a query finds, as rows of an ID,
// the time in seconds of Unix time, who, with which key, what, the target, why,
// before, after, and by which entry it was undone.
func Audit(ctx context.Context, tx *sql.Tx, query string, args ...any) (records []game.AuditRecord, err error) {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // reading to the end or Err tells more
	for rows.Next() {
		var r game.AuditRecord
		var at int64
		var before, after []byte
		err := rows.Scan(&r.Number, &at, &r.Admin, &r.Key, &r.Kind, &r.Target, &r.Reason, &before, &after, &r.UndoneBy)
		if err != nil {
			return nil, err
		}
		if err := errors.Join(json.Unmarshal(before, &r.Before), json.Unmarshal(after, &r.After)); err != nil {
			return nil, fmt.Errorf("read record %d of the audit log: %w", r.Number, err)
		}
		r.At = time.Unix(at, 0).UTC()
		records = append(records, r)
	}
	return records, rows.Err()
}

// ActWriter writes what admins do to clickky_bans and clickky_audit.
type ActWriter struct {
	Tx *sql.Tx
	// Text and Time return what the database is to be given for a name, a key
	// or a target, and for a moment.
	Text func(string) any
	Time func(time.Time) any
}

// recordsPerStatement keeps a statement below the smallest packet that is
// configured anywhere: an entry may have some thousand letters.
const recordsPerStatement = 50

// Save writes the bans as they are now, and the entries of the audit log, in
// statements of at most so many rows.
func (w *ActWriter) Save(ctx context.Context, bans []game.Ban, records []game.AuditRecord, atOnce int) error {
	for chunk := range slices.Chunk(bans, atOnce) {
		targets, values := make([]any, len(chunk)), []any{}
		for i, b := range chunk {
			targets[i] = w.Text(b.Target)
			if !b.Until.IsZero() {
				values = append(values, targets[i], w.Time(b.Until))
			}
		}
		if err := Delete(ctx, w.Tx, "clickky_bans", "target", targets); err != nil {
			return err
		}
		if err := Insert(ctx, w.Tx, "`clickky_bans` (`target`, `until`)", 2, values, ""); err != nil {
			return err
		}
	}
	for chunk := range slices.Chunk(records, min(atOnce, recordsPerStatement)) {
		ids, values := make([]any, len(chunk)), []any{}
		for i, r := range chunk {
			ids[i] = r.Number
			before, after, err := encode(r)
			if err != nil {
				return err
			}
			values = append(values, r.Number, w.Time(r.At), w.Text(r.Admin), w.Text(r.Key), w.Text(r.Kind), w.Text(r.Target),
				r.Reason, before, after, r.UndoneBy)
		}
		if err := Delete(ctx, w.Tx, "clickky_audit", "id", ids); err != nil {
			return err
		}
		const into = "`clickky_audit` (`id`, `at`, `who`, `fingerprint`, `what`, `target`, `why`, `was`, `became`, `undone_by`)"
		if err := Insert(ctx, w.Tx, into, 10, values, ""); err != nil {
			return err
		}
	}
	return nil
}

// encode returns what was before and after an action as JSON.
func encode(r game.AuditRecord) (before, after string, err error) {
	b, err := json.Marshal(r.Before)
	if err != nil {
		return "", "", fmt.Errorf("encode record %d of the audit log: %w", r.Number, err)
	}
	a, err := json.Marshal(r.After)
	if err != nil {
		return "", "", fmt.Errorf("encode record %d of the audit log: %w", r.Number, err)
	}
	return string(b), string(a), nil
}

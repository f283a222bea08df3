package sqlstore

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

// Audit implements store.Store.
func (s *Store) Audit(ctx context.Context, limit int, before uint64) (found []game.AuditRecord, err error) {
	err = s.read(ctx, func(tx *sql.Tx) (err error) {
		found, err = s.readRecords(ctx, tx, limit, before)
		return err
	})
	return found, s.d.Wrap("read the audit log", err)
}

// recordColumns are those of a record, in the order in which they are written.
const recordColumns = "`who`, `fingerprint`, `what`, `target`, `why`, `was`, `became`, `undone_by`"

// readRecords returns at most so many records, newest first, of those before a number; 0: of all.
func (s *Store) readRecords(ctx context.Context, tx *sql.Tx, limit int, before uint64) (records []game.AuditRecord, err error) {
	query := "SELECT `id`, " + s.d.Unix(Second, "`at`") + ", " + recordColumns +
		" FROM `clickky_audit` WHERE ? = 0 OR `id` < ? ORDER BY `id` DESC LIMIT ?"
	err = Each(ctx, tx, func(row *sql.Rows) error {
		var r game.AuditRecord
		var at int64
		var was, became []byte
		err := row.Scan(&r.Number, &at, &r.Admin, &r.Key, &r.Kind, &r.Target, &r.Reason, &was, &became, &r.UndoneBy)
		if err != nil {
			return err
		}
		if err := errors.Join(json.Unmarshal(was, &r.Before), json.Unmarshal(became, &r.After)); err != nil {
			return fmt.Errorf("read record %d of the audit log: %w", r.Number, err)
		}
		r.At = time.Unix(at, 0).UTC()
		records = append(records, r)
		return nil
	}, query, before, before, limit)
	return records, err
}

// recordsPerStatement keeps a statement below the smallest packet that is configured anywhere: a
// record may have some thousand letters.
const recordsPerStatement = 50

func (s *Store) saveRecords(ctx context.Context, tx *sql.Tx, records []game.AuditRecord) error {
	text := s.d.Text
	for chunk := range slices.Chunk(records, recordsPerStatement) {
		ids, values := make([]any, len(chunk)), []any{}
		for i, r := range chunk {
			ids[i] = r.Number
			was, wasErr := json.Marshal(r.Before)
			became, becameErr := json.Marshal(r.After)
			if err := errors.Join(wasErr, becameErr); err != nil {
				return fmt.Errorf("encode record %d of the audit log: %w", r.Number, err)
			}
			values = append(values, r.Number, s.d.Second(r.At), text(r.Admin), text(r.Key), text(r.Kind), text(r.Target),
				r.Reason, string(was), string(became), r.UndoneBy)
		}
		if err := remove(ctx, tx, "clickky_audit", "id", ids); err != nil {
			return err
		}
		if err := insert(ctx, tx, "`clickky_audit` (`id`, `at`, "+recordColumns+")", 10, values, ""); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) readBans(ctx context.Context, tx *sql.Tx) (bans []game.Ban, err error) {
	err = Each(ctx, tx, func(row *sql.Rows) error {
		var b game.Ban
		var until int64
		err := row.Scan(&b.Target, &until)
		b.Until = time.Unix(until, 0).UTC()
		bans = append(bans, b)
		return err
	}, "SELECT `target`, "+s.d.Unix(Second, "`until`")+" FROM `clickky_bans`")
	return bans, err
}

func (s *Store) saveBans(ctx context.Context, tx *sql.Tx, bans []game.Ban) error {
	for chunk := range slices.Chunk(bans, rowsPerStatement) {
		targets, values := make([]any, len(chunk)), []any{}
		for i, b := range chunk {
			targets[i] = s.d.Text(b.Target)
			if !b.Until.IsZero() {
				values = append(values, targets[i], s.d.Second(b.Until))
			}
		}
		if err := remove(ctx, tx, "clickky_bans", "target", targets); err != nil {
			return err
		}
		if err := insert(ctx, tx, "`clickky_bans` (`target`, `until`)", 2, values, ""); err != nil {
			return err
		}
	}
	return nil
}

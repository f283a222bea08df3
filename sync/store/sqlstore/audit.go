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

// readRecords returns the records that are kept, newest first.
func (s *Store) readRecords(ctx context.Context, tx *sql.Tx) ([]game.AuditRecord, error) {
	query := "SELECT `id`, " + s.d.Unix(Second, "`at`") + ", `who`, `fingerprint`, `what`, `target`, `why`, `was`, `became`, `undone_by`" +
		" FROM `clickky_audit` ORDER BY `id` DESC LIMIT ?"
	return All(ctx, tx, func(row *sql.Rows, r *game.AuditRecord) error {
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
		return nil
	}, query, game.KeptRecords)
}

// recordsPerStatement keeps a statement below the smallest packet limit of any configuration: a
// record may have some thousand characters.
const recordsPerStatement = 50

func (s *Store) saveRecords(ctx context.Context, tx *sql.Tx, records []game.AuditRecord) error {
	number := func(r game.AuditRecord) any { return r.Number }
	for chunk := range slices.Chunk(records, recordsPerStatement) {
		if err := replaceRows(ctx, tx, "clickky_audit", chunk, number, s.recordRow); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) recordRow(r game.AuditRecord) ([]any, error) {
	was, wasErr := json.Marshal(r.Before)
	became, becameErr := json.Marshal(r.After)
	if err := errors.Join(wasErr, becameErr); err != nil {
		return nil, fmt.Errorf("encode record %d of the audit log: %w", r.Number, err)
	}
	text := s.d.Text
	return []any{
		r.Number, s.d.Second(r.At), text(r.Admin), text(r.Key), text(r.Kind), text(r.Target),
		r.Reason, string(was), string(became), r.UndoneBy,
	}, nil
}

func (s *Store) readBans(ctx context.Context, tx *sql.Tx) ([]game.Ban, error) {
	return All(ctx, tx, func(row *sql.Rows, b *game.Ban) error {
		var until int64
		err := row.Scan(&b.Target, &until)
		b.Until = time.Unix(until, 0).UTC()
		return err
	}, "SELECT `target`, "+s.d.Unix(Second, "`until`")+" FROM `clickky_bans`")
}

func (s *Store) saveBans(ctx context.Context, tx *sql.Tx, bans []game.Ban) error {
	target := func(b game.Ban) any { return s.d.Text(b.Target) }
	return replaceRows(ctx, tx, "clickky_bans", bans, target, func(b game.Ban) ([]any, error) {
		if b.Until.IsZero() {
			return nil, nil
		}
		return []any{target(b), s.d.Second(b.Until)}, nil
	})
}

// Package rows is what the stores have in common: how players, the owners of
// names, choices and bindings are read from rows and written to them, and how rows
// that a database refuses are told from the others.
//
// It guarantees that a player who is refused holds nobody back, nor does a choice,
// and that whatever a refused statement did is undone before anything else is tried.
package rows

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"clickky/sync/game"
	"clickky/sync/store"
)

// Load yields the players that a query finds, as rows of a name, a count, and when
// the player was seen as Seconds has it, and returns the sum of what it yielded. A player in aside has the count from there,
// also if there is no row; Load empties aside.
func Load(
	ctx context.Context, tx *sql.Tx, query string, aside map[string]uint64, yield func(game.Player) error,
) (sum uint64, err error) {
	rows, err := tx.QueryContext(ctx, query)
	if err != nil {
		return 0, err
	}
	defer func() { _ = rows.Close() }() // reading to the end or Err tells more
	for rows.Next() {
		var p game.Player
		var seen int64 // which takes a quicker way than an unsigned one
		if err := rows.Scan(&p.Name, &p.Clicks, &seen); err != nil {
			return 0, err
		}
		if seen != 0 {
			p.Seen = time.Unix(seen, 0).UTC()
		}
		if clicks, ok := aside[p.Name]; ok {
			p.Clicks = clicks
			delete(aside, p.Name)
		}
		sum += p.Clicks
		if err := yield(p); err != nil {
			return 0, err
		}
	}
	if err := rows.Err(); err != nil {
		return 0, err
	}
	for name, clicks := range aside {
		sum += clicks
		if err := yield(game.Player{Name: name, Clicks: clicks}); err != nil {
			return 0, err
		}
		delete(aside, name)
	}
	return sum, nil
}

// Seconds is when a player was seen as databases have it: in seconds of Unix time,
// from 0, which stands for the zero time, to what 32 bits can hold.
func Seconds(seen time.Time) int64 { return min(max(seen.Unix(), 0), math.MaxUint32) }

// Writer writes rows in a transaction that may be refused some of them.
type Writer[Row any] struct {
	Tx *sql.Tx
	// Write writes some rows, in any number of statements.
	Write func(ctx context.Context, rows []Row) error
	// Refused tells whether an error of Write is about the rows, so that
	// writing the same again would always fail, and others need not.
	Refused func(error) bool

	refusals []Refusal[Row]
}

// Refusal is a row that the database refuses, and why, in one line.
type Refusal[Row any] struct {
	Row    Row
	Reason string
}

// Save writes all rows, so many at a time, and returns those that were refused.
// An error of any other kind ends it.
func (w *Writer[Row]) Save(ctx context.Context, rows []Row, atOnce int) ([]Refusal[Row], error) {
	for chunk := range slices.Chunk(rows, atOnce) {
		if err := w.save(ctx, chunk); err != nil {
			return nil, err
		}
	}
	return w.refusals, nil
}

// save halves what is refused until single rows are left. The savepoint
// undoes what the other statements of a refused Write have done. It also shows
// that the transaction is still there: after an error that ended it, what
// follows would be written without one, but going back to the savepoint fails.
func (w *Writer[Row]) save(ctx context.Context, rows []Row) error {
	if err := w.exec(ctx, "SAVEPOINT `attempt`"); err != nil {
		return err
	}
	refusal := w.Write(ctx, rows)
	if refusal != nil {
		if !w.Refused(refusal) {
			return refusal
		}
		if err := w.exec(ctx, "ROLLBACK TO SAVEPOINT `attempt`"); err != nil {
			return fmt.Errorf("%w; and rollback: %w", refusal, err)
		}
	}
	if err := w.exec(ctx, "RELEASE SAVEPOINT `attempt`"); err != nil || refusal == nil {
		return err
	}
	if len(rows) == 1 {
		w.refusals = append(w.refusals, Refusal[Row]{rows[0], reason(refusal)})
		return nil
	}
	half := len(rows) / 2
	if err := w.save(ctx, rows[:half]); err != nil {
		return err
	}
	return w.save(ctx, rows[half:])
}

func (w *Writer[Row]) exec(ctx context.Context, statement string) error {
	_, err := w.Tx.ExecContext(ctx, statement)
	return err
}

// Rejected are the players who were refused.
func Rejected(refusals []Refusal[game.Player]) (rejected []store.Rejected) {
	for _, r := range refusals {
		player := game.Player{Name: r.Row.Name, Clicks: r.Row.Clicks}
		rejected = append(rejected, store.Rejected{Player: player, Reason: r.Reason})
	}
	return rejected
}

// reasonLength is how many letters of an error there is room for.
const reasonLength = 500

// reason is an error in one line that a database can hold. Databases repeat
// what they were sent, but were sent no secret here.
func reason(err error) string {
	text := []rune(strings.Join(strings.Fields(strings.ToValidUTF8(err.Error(), "\uFFFD")), " "))
	return string(text[:min(len(text), reasonLength)])
}

package transfer

import (
	"bufio"
	"cmp"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"clickky/sync/game"
	"clickky/sync/store"
)

// Source is the part of a store that an export needs.
type Source interface {
	Load(ctx context.Context, yield func(game.Player) error) (store.Snapshot, error)
}

// WriteLines writes everything in a source as JSON lines, the newest records of the audit log only
// if audit is set. Players are in the order of the source, everything else is sorted. It returns
// what it found besides the players.
func WriteLines(ctx context.Context, w io.Writer, from Source, at time.Time, audit bool) (store.Snapshot, error) {
	buffered := bufio.NewWriterSize(w, 1<<16)
	lines := json.NewEncoder(buffered)
	lines.SetEscapeHTML(false)
	if err := lines.Encode(headerLine{new(version), toSeconds(at)}); err != nil {
		return store.Snapshot{}, err
	}
	players, line := 0, playerLine{}
	found, err := from.Load(ctx, func(p game.Player) error {
		if !utf8.ValidString(p.Name) {
			return fmt.Errorf("the name %q in the database isn't valid UTF-8; fix it there", p.Name)
		}
		players++
		line = playerLine{&p.Name, &p.Clicks, p.Seen, p.Days}
		return lines.Encode(&line)
	})
	if err != nil {
		return store.Snapshot{}, err
	}
	if err := writeRest(lines, found, audit); err != nil {
		return store.Snapshot{}, err
	}
	if err := lines.Encode(endLine{&endInfo{players, found.Total, found.Journal, found.State.Position}}); err != nil {
		return store.Snapshot{}, err
	}
	return found, buffered.Flush()
}

// writeRest writes everything but the players.
func writeRest(lines *json.Encoder, found store.Snapshot, audit bool) error {
	var rest []any
	for _, o := range sortBy(found.Owners, func(o game.Owner) string { return o.Name }) {
		rest = append(rest, ownerLine{&o.Name, o.Keys})
	}
	for _, c := range sortBy(found.Preferences, func(c game.Preference) string { return c.Name }) {
		rest = append(rest, preferenceLine{&c.Name, c.Text})
	}
	for _, b := range sortBy(found.Bans, func(b game.Ban) string { return b.Target }) {
		rest = append(rest, banLine{&b.Target, b.Until})
	}
	if audit {
		for _, r := range found.Records {
			rest = append(rest, newAuditLine(r))
		}
	}
	for _, line := range rest {
		if err := lines.Encode(line); err != nil {
			return err
		}
	}
	return nil
}

func sortBy[T any](all []T, key func(T) string) []T {
	return slices.SortedFunc(slices.Values(all), func(a, b T) int { return cmp.Compare(key(a), key(b)) })
}

// WriteCSV writes names and counts as CSV, with names that are printable and that no spreadsheet
// takes for a formula.
func WriteCSV(ctx context.Context, w io.Writer, from Source, printable func(string) string) (store.Snapshot, error) {
	rows := csv.NewWriter(w)
	if err := rows.Write([]string{"name", "clicks"}); err != nil {
		return store.Snapshot{}, err
	}
	found, err := from.Load(ctx, func(p game.Player) error {
		return rows.Write([]string{EscapeCell(printable(p.Name)), strconv.FormatUint(p.Clicks, 10)})
	})
	if err != nil {
		return store.Snapshot{}, err
	}
	rows.Flush()
	return found, rows.Error()
}

// formula has the first characters of formulas, and the one that makes spreadsheets treat a cell as
// text.
const formula = "=+-@'"

// EscapeCell returns a name as a CSV cell that no spreadsheet takes for a formula. Read reverses
// it.
func EscapeCell(name string) string {
	if name != "" && strings.IndexByte(formula, name[0]) >= 0 {
		return "'" + name
	}
	return name
}

func unescapeCell(cell string) string {
	if len(cell) > 1 && cell[0] == '\'' && strings.IndexByte(formula, cell[1]) >= 0 {
		return cell[1:]
	}
	return cell
}

package transfer

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"clickky/sync/game"
	"clickky/sync/store"
)

// Load reads everything in a source, including the audit log. It also returns what it found besides
// the players.
func Load(ctx context.Context, from Source) (*Input, store.Snapshot, error) {
	in := newInput()
	found, err := from.Load(ctx, func(p game.Player) error {
		in.addPlayer(0, p)
		return nil
	})
	if err != nil {
		return nil, found, err
	}
	for _, o := range found.Owners {
		in.addOwner(0, o)
	}
	for _, c := range found.Preferences {
		in.addPreference(0, c)
	}
	for _, b := range found.Bans {
		in.addBan(0, b)
	}
	for _, r := range found.Records {
		in.addRecord(0, r, true)
	}
	in.setTotal(0, found.Total)
	return in, found, nil
}

// Read reads JSON lines from WriteLines, or CSV with a header that names the columns: name and
// clicks, or username and user_count. If the input as a whole is invalid, the error names the line.
// Lines that can't be imported are in the Input.
//
// play returns the form of a name under which people can play. It is used for names in CSV. Names
// without such a form, and those in JSON lines, stay unchanged.
func Read(r io.Reader, play func(string) (name string, ok bool)) (*Input, error) {
	in := bufio.NewReaderSize(r, 1<<16)
	if mark, _ := in.Peek(3); bytes.Equal(mark, []byte("\uFEFF")) {
		_, _ = in.Discard(len(mark))
	}
	switch first, err := in.Peek(1); {
	case errors.Is(err, io.EOF):
		return nil, errors.New("the file is empty")
	case err != nil:
		return nil, err
	case first[0] == '{':
		return readLines(in)
	}
	return readCSV(in, play)
}

func readLines(r io.Reader) (*Input, error) {
	in := newInput()
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, 1<<16), maxLine)
	number, ended := 0, false
	for lines.Scan() {
		number++
		if ended {
			return nil, fmt.Errorf("line %d: there's more text after the end of the export", number)
		}
		var l anyLine
		if err := parseLine(lines.Bytes(), &l); err != nil {
			return nil, fmt.Errorf("line %d isn't part of an export: %w", number, err)
		}
		if err := in.addLine(number, &l); err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
		ended = l.End != nil
	}
	switch err := lines.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return nil, fmt.Errorf("line %d is longer than %d bytes", number+1, maxLine)
	case err != nil:
		return nil, err
	case !ended:
		return nil, fmt.Errorf("the export is cut off after line %d", number)
	}
	return in, nil
}

func parseLine(text []byte, l *anyLine) error {
	if !utf8.Valid(text) {
		return errors.New("it isn't valid UTF-8")
	}
	if err := json.Unmarshal(text, l); err != nil {
		return explainJSONError(err, len(text))
	}
	if n := l.countKinds(); n != 1 {
		return errors.New(`it must have exactly one of the keys "player", "owner", "choice", "ban", "act" and "end"`)
	}
	return nil
}

// explainJSONError explains an error in a line of that length to people who don't know package
// json.
func explainJSONError(err error, length int) error {
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		if syntax.Offset >= int64(length) && strings.Contains(syntax.Error(), "unexpected end") {
			return errors.New("its end is missing")
		}
		return fmt.Errorf("it isn't valid JSON at byte %d", syntax.Offset)
	}
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		field := wrong.Field[strings.LastIndexByte(wrong.Field, '.')+1:] // without the embedded types
		if k := wrong.Type.Kind(); k == reflect.Uint64 || k == reflect.Int {
			return fmt.Errorf("%q must be a whole number, 0 or more", field)
		}
		return fmt.Errorf("%q can't be a JSON %s", field, wrong.Value)
	}
	if wrong, ok := errors.AsType[*time.ParseError](err); ok {
		if wrong.Layout == time.DateOnly {
			return fmt.Errorf("%q isn't a date such as 2026-11-30", wrong.Value)
		}
		return fmt.Errorf("%q isn't a time such as 2026-11-30T12:00:00Z", wrong.Value)
	}
	return err
}

func (in *Input) addLine(number int, l *anyLine) error {
	switch first := number == 1; {
	case first != (l.Clickky != nil):
		return errors.New(`an export starts with exactly one line like {"clickky":1}`)
	case first && *l.Clickky != version:
		return fmt.Errorf("the export has version %d, but this Clickky reads version %d", *l.Clickky, version)
	case first:
	case l.Player != nil && l.Clicks == nil:
		in.Reject(number, *l.Player, "has no clicks")
	case l.Player != nil:
		in.addPlayer(number, game.Player{Name: *l.Player, Clicks: *l.Clicks, Seen: toSeconds(l.Seen), Days: l.Days})
	case l.Owner != nil:
		for i := range l.Keys {
			l.Keys[i].Since = toSeconds(l.Keys[i].Since)
		}
		in.addOwner(number, game.Owner{Name: *l.Owner, Keys: l.Keys})
	case l.Choice != nil:
		in.addPreference(number, game.Preference{Name: *l.Choice, Text: l.Text})
	case l.Ban != nil:
		in.addBan(number, game.Ban{Target: *l.Ban, Until: toSeconds(l.Until)})
	case l.Act != nil:
		in.addRecord(number, l.record(), l.Before != nil && l.After != nil)
	default:
		if len(in.Rejected) == 0 && l.End.Players != len(in.players) {
			return fmt.Errorf("the export should have %d players, but has %d", l.End.Players, len(in.players))
		}
		in.setTotal(number, l.End.Total)
	}
	return nil
}

// Accepted names of CSV columns.
var (
	nameColumns  = []string{"name", "username"}
	countColumns = []string{"clicks", "user_count"}
)

func readCSV(r io.Reader, play func(string) (string, bool)) (*Input, error) {
	in := newInput()
	bounded := &boundedReader{r: r, left: maxLine}
	rows := csv.NewReader(bounded)
	rows.ReuseRecord = true
	header, err := rows.Read()
	if err != nil {
		return nil, lineError(1, err)
	}
	column := func(names []string) int {
		return slices.IndexFunc(header, func(cell string) bool {
			return slices.Contains(names, strings.ToLower(strings.TrimSpace(cell)))
		})
	}
	name, count := column(nameColumns), column(countColumns)
	if name < 0 || count < 0 {
		return nil, errors.New("line 1 must name the columns, as in name,clicks, or start an export in JSON lines")
	}
	for line := 1; ; {
		bounded.left = maxLine
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, lineError(line+1, err)
		}
		line, _ = rows.FieldPos(0)
		in.addRow(line, strings.Clone(unescapeCell(row[name])), row[count], play)
	}
	in.setTotal(0, in.sum)
	return in, nil
}

// lineError adds the line number, unless the error has one.
func lineError(line int, err error) error {
	parse, ok := errors.AsType[*csv.ParseError](err)
	switch {
	case ok && errors.Is(parse.Err, csv.ErrFieldCount):
		return fmt.Errorf("line %d doesn't have as many columns as line 1", parse.Line)
	case ok:
		return fmt.Errorf("line %d: %w", parse.Line, parse.Err)
	}
	return fmt.Errorf("line %d: %w", line, err)
}

func (in *Input) addRow(line int, name, count string, play func(string) (string, bool)) {
	clicks, err := strconv.ParseUint(strings.TrimSpace(count), 10, 64)
	switch {
	case errors.Is(err, strconv.ErrRange):
		in.Reject(line, name, errTooMany.Error())
		return
	case err != nil:
		in.Reject(line, name, "has an invalid count: it must be a whole number")
		return
	}
	if played, ok := play(name); ok {
		name = played
	}
	in.addPlayer(line, game.Player{Name: name, Clicks: clicks})
}

// boundedReader fails if a row is too long.
type boundedReader struct {
	r    io.Reader
	left int
}

// Read implements io.Reader.
func (b *boundedReader) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, fmt.Errorf("longer than %d bytes", maxLine)
	}
	n, err := b.r.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}

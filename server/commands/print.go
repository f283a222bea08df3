package commands

import (
	"encoding/json"
	"io"
	"time"
	"unicode/utf8"

	"clickky/server/identity"
	"clickky/sync/live"
)

const (
	// outputBuffer is the size in bytes of the output buffer, and all the memory that a client that
	// doesn't read takes.
	outputBuffer = 16 << 10
	// maxPage is how many rows are kept for a client. Of longer lists, which only admins get, each
	// row is looked up when it is printed.
	maxPage = 1000
)

// list is n players in an order. at returns line i, counted from 0.
type list struct {
	n  int
	at func(i int) live.Row
}

func listOf(rows []live.Row) list {
	return list{len(rows), func(i int) live.Row { return rows[i] }}
}

// sublist returns a part of a list. A short one keeps nothing of the list in memory, however slowly
// a client reads.
func (l list) sublist(from, to int) list {
	if to-from > maxPage {
		return list{to - from, func(i int) live.Row { return l.at(from + i) }}
	}
	few := make([]live.Row, 0, to-from)
	for i := from; i < to; i++ {
		few = append(few, l.at(i))
	}
	return listOf(few)
}

// printArray prints a JSON array of n elements, one at a time. Strings are safe to print in a
// terminal.
func printArray[T any](w io.Writer, n int, at func(i int) T) error {
	separator := "["
	for i := range n {
		text, err := json.Marshal(at(i))
		if err != nil {
			return err
		}
		if _, err := io.WriteString(w, separator+identity.Printable(string(text))); err != nil {
			return err
		}
		separator = ","
	}
	if n == 0 {
		separator = "[]"
	} else {
		separator = "]"
	}
	_, err := io.WriteString(w, separator+"\n")
	return err
}

// printColumns prints n lines of cells in columns, two spaces apart. It asks for each line twice,
// for its widths and for its text, and keeps none.
func printColumns(w io.Writer, n int, line func(i int) []string) error {
	const gap = 2
	var widths []int
	for i := range n {
		for column, cell := range line(i) {
			if column == len(widths) {
				widths = append(widths, 0)
			}
			widths[column] = max(widths[column], utf8.RuneCountInString(cell))
		}
	}
	var text []byte
	for i := range n {
		cells := line(i)
		text = text[:0]
		for column, cell := range cells {
			text = append(text, cell...)
			if column == len(cells)-1 {
				break
			}
			for range widths[column] + gap - utf8.RuneCountInString(cell) {
				text = append(text, ' ')
			}
		}
		if _, err := w.Write(append(text, '\n')); err != nil {
			return err
		}
	}
	return nil
}

// timestamp returns a time as commands print it.
func timestamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// knownTime returns a time as in JSON, which has null for an unknown one.
func knownTime(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	return new(timestamp(t))
}

package commands

import (
	"encoding/json"
	"io"
	"unicode/utf8"

	"clickky/server/identity"
	"clickky/sync/live"
)

const (
	// outputBuffer is how many bytes of an answer are made before they are sent, and
	// all of it that a client who does not read takes.
	outputBuffer = 16 << 10
	// maxPage is how many lines of a list are kept for a client. Of a longer list,
	// which only admins get, each line is looked up when it is its turn.
	maxPage = 1000
)

// list is players in an order.
type list interface {
	Len() int
	At(i int) live.Row
}

// rows are a list of few players.
type rows []live.Row

// Len implements list.
func (r rows) Len() int { return len(r) }

// At implements list.
func (r rows) At(i int) live.Row { return r[i] }

// section is some lines of a list.
type section struct {
	list

	from, to int
}

// Len implements list.
func (s section) Len() int { return s.to - s.from }

// At implements list.
func (s section) At(i int) live.Row { return s.list.At(s.from + i) }

// cut returns some lines of a list. Few of them keep nothing of the list in memory,
// however long a client takes to read them.
func cut(all list, from, to int) list {
	if to-from > maxPage {
		return section{all, from, to}
	}
	few := make(rows, 0, to-from)
	for i := from; i < to; i++ {
		few = append(few, all.At(i))
	}
	return few
}

// printArray prints one JSON array of n elements, each of which is made when the one
// before is written. Texts in it are made safe to print in a terminal.
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

// printColumns prints n lines of cells as columns that are two spaces apart. It asks
// for each line twice, for its widths and for its text, and keeps none of them.
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

package terminal

import (
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
)

const (
	bel = 0x07
	esc = 0x1b
	del = 0x7f
)

// maxCluster bounds the bytes of a character with its marks. Longer ones are reduced to the base
// character.
const maxCluster = 64

// cell is one character on the screen. Its text is line.text[start:start+size].
type cell struct {
	style     style
	start     uint32
	size      uint8
	width     uint8 // columns, 1 or 2
	ambiguous bool  // terminals disagree on its width
}

// line is a parsed line. It copies the text, so that scratch space doesn't keep frames alive.
type line struct {
	text      []byte
	cells     []cell
	ambiguous bool // a cell is; otherwise a cell's index is its column
}

func (l *line) at(i int) []byte {
	c := &l.cells[i]
	return l.text[c.start : c.start+uint32(c.size)]
}

// isBlank reports whether the cell looks erased.
func (l *line) isBlank(i int) bool {
	return l.isSpace(i) && l.cells[i].style.visibleOnSpace() == style{}
}

// isSpace reports whether the cell is a space without marks.
func (l *line) isSpace(i int) bool {
	c := &l.cells[i]
	return c.size == 1 && l.text[c.start] == ' '
}

// parseLine parses a row of both layers into at most width columns: the text of own, and from where
// that ends, the text of shared. Of the control sequences, only SGR and OSC 8 have an effect. All
// others are dropped, as are invalid UTF-8 and marks without a base character. Blank cells at the
// end are left out.
func (d *differ) parseLine(l *line, width int, own, shared string) {
	l.text, l.cells, l.ambiguous = l.text[:0], l.cells[:0], false
	if len(own)+len(shared) > math.MaxUint32 {
		return
	}
	end := d.parseText(l, own, 0, width)
	if shared != "" {
		d.parseText(l, shared, end, width)
	}
	for n := len(l.cells); n > 0 && l.isBlank(n-1); n-- {
		l.cells = l.cells[:n-1]
	}
}

// parseText adds the characters of text between two columns and returns the column in which text
// ends.
func (d *differ) parseText(l *line, text string, from, to int) (end int) {
	base := len(l.text)
	l.text = append(l.text, text...)
	var pen style
	for i := 0; i < len(text); {
		b := text[i]
		if b == esc {
			i += d.parseEscape(text[i:], &pen)
			continue
		}
		if b < ' ' || b == del {
			i++
			continue
		}
		c := cell{style: pen, start: uint32(base + i), size: 1, width: 1}
		n := 1
		if b >= utf8.RuneSelf || i+1 < len(text) && text[i+1] >= utf8.RuneSelf {
			n = c.parseCluster(text[i:])
		}
		i += n
		if c.width == 0 {
			continue
		}
		if end+int(c.width) > to {
			break
		}
		if end += int(c.width); end <= from {
			continue
		}
		if d.ascii && n > 1 {
			r, _ := utf8.DecodeRuneInString(text[i-n:])
			l.appendASCII(c, r)
			continue
		}
		l.ambiguous = l.ambiguous || c.ambiguous
		l.cells = append(l.cells, c)
	}
	return end
}

// hasAmbiguousWidth reports whether text may contain characters whose width differs between
// terminals.
func hasAmbiguousWidth(text string) bool {
	for i := 0; i < len(text); i++ {
		if text[i] < utf8.RuneSelf {
			continue
		}
		for _, r := range text[i:] {
			if !isSingleWidth(r) && r >= utf8.RuneSelf {
				return true
			}
		}
		return false
	}
	return false
}

// parseCluster measures the character at the start of text, with its marks, and returns its length
// in bytes. The width stays 0 if it must not be shown.
func (c *cell) parseCluster(text string) int {
	c.width = 0
	r, size := utf8.DecodeRuneInString(text)
	if r == utf8.RuneError && size < 2 || r >= 0x80 && r < 0xa0 {
		return size
	}
	if isSingleWidth(r) {
		next, _ := utf8.DecodeRuneInString(text[size:])
		if size == len(text) || next < utf8.RuneSelf || isSingleWidth(next) {
			c.size, c.width = uint8(size), 1
			return size
		}
	}
	cluster, width := ansi.FirstGraphemeCluster(text, ansi.GraphemeWidth)
	if !utf8.ValidString(cluster) {
		cluster, width = ansi.FirstGraphemeCluster(text[:size], ansi.GraphemeWidth)
	}
	c.width = uint8(min(max(width, 0), 2))
	c.ambiguous = !isSingleWidth(r) || len(cluster) > size
	c.size = uint8(size)
	if len(cluster) <= maxCluster {
		c.size = uint8(len(cluster))
	}
	return len(cluster)
}

// isSingleWidth reports whether all terminals draw the character in exactly one column: ASCII,
// Latin, Greek and Cyrillic letters, punctuation, arrows, box drawing, blocks, braille and simple
// shapes, but nothing that some show as an emoji.
func isSingleWidth(r rune) bool {
	switch {
	case r < utf8.RuneSelf:
		return r >= ' ' && r != del
	case r < 0x2010:
		return r >= 0xa1 && r < 0x300 && r != 0xa9 && r != 0xad && r != 0xae ||
			r >= 0x391 && r < 0x483 && r != 0x3a2 || r >= 0x48a && r < 0x530
	case r < 0x2190:
		return r >= 0x2010 && r <= 0x2027 || r >= 0x2030 && r < 0x203c || r == 0x20ac
	case r < 0x2500:
		return r <= 0x21ff && (r < 0x2194 || r > 0x2199) && r != 0x21a9 && r != 0x21aa ||
			r >= 0x2200 && r <= 0x22ff
	case r < 0x2600:
		switch r {
		case 0x25aa, 0x25ab, 0x25b6, 0x25c0, 0x25fb, 0x25fc, 0x25fd, 0x25fe:
			return false
		}
		return true
	}
	return r == 0x2605 || r == 0x2606 || r == 0x2713 || r == 0x2717 || r >= 0x2800 && r <= 0x28ff
}

// parseEscape parses the escape sequence at the start of text, applies it to the pen if it is SGR
// or OSC 8, and returns its length.
func (d *differ) parseEscape(text string, pen *style) int {
	if len(text) < 2 {
		return 1
	}
	switch text[1] {
	case '[':
		i := 2 + countLeading(text[2:], '0', '?')
		end := i + countLeading(text[i:], ' ', '/')
		if end == len(text) || text[end] < '@' || text[end] > '~' {
			return end
		}
		if text[end] == 'm' && end == i && (i == 2 || text[2] < '<') {
			pen.apply(text[2:i], &d.palette)
		}
		return end + 1
	case ']':
		end := strings.IndexAny(text[2:], "\x07\x1b")
		if end < 0 {
			return len(text)
		}
		if data, ok := strings.CutPrefix(text[2:2+end], "8;"); ok {
			pen.link = d.linkIndex(data)
		}
		return 2 + end + terminatorLength(text[2+end:])
	case 'P', 'X', '^', '_':
		end := strings.IndexByte(text[2:], esc)
		if end < 0 {
			return len(text)
		}
		return 2 + end + terminatorLength(text[2+end:])
	}
	if end := 1 + countLeading(text[1:], ' ', '/'); end < len(text) && text[end] >= '0' && text[end] <= '~' {
		return end + 1
	}
	return 1
}

// countLeading counts the leading bytes of text between two bounds.
func countLeading(text string, from, to byte) int {
	n := 0
	for n < len(text) && text[n] >= from && text[n] <= to {
		n++
	}
	return n
}

// terminatorLength returns the length of a string terminator at the start of text: BEL, ST, or
// nothing for an ESC that starts another sequence.
func terminatorLength(text string) int {
	switch {
	case text[0] == bel:
		return 1
	case strings.HasPrefix(text, "\x1b\\"):
		return 2
	}
	return 0
}

// maxLinks bounds the number of different links in a frame.
const maxLinks = 1000

// linkIndex returns the index of the link "parameters;address", or 0 for none. An address with
// control characters counts as none, because it could end the sequence.
func (d *differ) linkIndex(data string) uint16 {
	_, address, _ := strings.Cut(data, ";")
	if address == "" || d.palette.profile <= colorprofile.NoTTY || !utf8.ValidString(data) || strings.ContainsFunc(data, unicode.IsControl) {
		return 0
	}
	if i := slices.Index(d.links, data); i >= 0 {
		return uint16(i + 1)
	}
	if len(d.links) == maxLinks {
		return 0
	}
	d.links = append(d.links, data)
	return uint16(len(d.links))
}

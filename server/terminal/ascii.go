package terminal

import (
	"strings"
	"unicode"
)

// endControls ends a control string and a protected area. On a terminal with another encoding than
// UTF-8, the bytes of a character can begin both, and the screen couldn't be erased.
const endControls = "\x1b\\\x1b[0\"q"

// ASCII returns the ASCII character that stands for another one on terminals that show no others. It
// returns a question mark for characters that no screen draws, such as letters in names.
func ASCII(r rune) byte {
	switch r {
	case '│', '┃':
		return '|'
	case '─', '╸', '–', '—':
		return '-'
	case '━':
		return '='
	case '╭', '╮', '╰', '╯', '┬', '┴':
		return '+'
	case '╱':
		return '/'
	case '▀':
		return '\''
	case '▁':
		return '_'
	case '▂':
		return ','
	case '·':
		return '.'
	case '▃':
		return ':'
	case '▄':
		return '-'
	case '▅':
		return '='
	case '▆':
		return '+'
	case '▇', '★', '●', '◆', '▾':
		return '*'
	case '█':
		return '#'
	case '▲':
		return '!'
	case '↑', '♛':
		return '^'
	case '↓':
		return 'v'
	case '▸':
		return '>'
	case '○':
		return 'o'
	case '×':
		return 'x'
	case '…':
		return '~'
	}
	if r <= unicode.MaxASCII {
		return byte(r)
	}
	return '?'
}

// toASCII replaces all characters of a text.
func toASCII(text string) string {
	return strings.Map(func(r rune) rune { return rune(ASCII(r)) }, text)
}

// appendASCII appends a cell with its character in ASCII, once for each of its columns. The characters
// replace the bytes of the cell, which are at least as many.
func (l *line) appendASCII(c cell, r rune) {
	c.size, c.ambiguous = 1, false
	for range c.width {
		c.width = 1
		l.text[c.start] = ASCII(r)
		l.cells = append(l.cells, c)
		c.start++
	}
}

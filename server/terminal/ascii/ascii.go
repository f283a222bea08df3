// Package ascii replaces the characters of the screens for terminals that show only ASCII.
package ascii

import (
	"strings"
	"unicode"
)

// Of returns the ASCII character that replaces another one. That is a question mark for characters
// that no screen draws, such as letters in names.
func Of(r rune) byte {
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

// Text replaces all characters of a text that aren't ASCII.
func Text(text string) string {
	return strings.Map(func(r rune) rune { return rune(Of(r)) }, text)
}

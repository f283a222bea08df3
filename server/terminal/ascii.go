package terminal

import "clickky/server/terminal/ascii"

// endControls ends a control string and a protected area. On a terminal that doesn't use UTF-8, the
// bytes of a character can begin either, and then the screen couldn't be erased.
const endControls = "\x1b\\\x1b[0\"q"

// appendASCII appends a cell with its character in ASCII, once for each of its columns. The characters
// replace the bytes of the cell, which are at least as many.
func (l *line) appendASCII(c cell, r rune) {
	c.size, c.ambiguous = 1, false
	for range c.width {
		c.width = 1
		l.text[c.start] = ascii.Of(r)
		l.cells = append(l.cells, c)
		c.start++
	}
}

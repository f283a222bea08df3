// Package digits renders numbers in large digits.
package digits

import "strings"

// Font is a size of large digits. A cell has two pixels, one above the other, so a pixel is about
// as wide as high.
type Font struct {
	pixels  string // rows of 0 to 9 and the comma, with a blank column after each
	w, h    int    // of a digit, in pixels
	comma   int    // width of the comma in pixels
	scale   int    // the width of a pixel in cells
	height  int    // the height of a pixel in half cells
	isASCII bool
	isDrawn bool // each pixel is the character of a cell
}

// fonts returns the fonts, largest first. In ASCII, strokes of half a cell would be hard to read, so the
// smallest digits are drawn with lines.
func fonts(ascii bool) [8]Font {
	smallest := Font{tinyDigits, 3, 5, 1, 1, 1, false, false}
	if ascii {
		smallest = Font{lineDigits, 3, 3, 1, 1, 1, true, true}
	}
	return [8]Font{
		{largeDigits, 9, 14, 3, 2, 3, ascii, false},
		{mediumDigits, 6, 10, 2, 2, 3, ascii, false},
		{largeDigits, 9, 14, 3, 2, 2, ascii, false},
		{mediumDigits, 6, 10, 2, 2, 2, ascii, false},
		{largeDigits, 9, 14, 3, 1, 1, ascii, false},
		{mediumDigits, 6, 10, 2, 1, 1, ascii, false},
		{smallDigits, 5, 8, 2, 1, 1, ascii, false},
		smallest,
	}
}

// Rows returns the height of the digits in lines.
func (f *Font) Rows() int {
	if f.isDrawn {
		return f.h
	}
	return (f.h*f.height + 1) / 2
}

// Width returns the width of a number with separators in cells.
func (f *Font) Width(number string) int {
	w := -1 // no space after the last character
	for i := range len(number) {
		_, gw := f.glyph(number[i])
		w += gw + 1
	}
	return w * f.scale
}

// glyph returns the first column and the width of a character.
func (f *Font) glyph(c byte) (x, w int) {
	if c == ',' {
		return 10 * (f.w + 1), f.comma
	}
	return int(c-'0') * (f.w + 1), f.w
}

// Line returns line i of the characters from index from to before index to.
func (f *Font) Line(number string, i, from, to int) string {
	cells := [...]string{" ", "▀", "▄", "█"} // with no pixel lit, the upper one, the lower one, both
	if f.isASCII {
		cells = [...]string{" ", "'", ".", "#"}
	}
	var b strings.Builder
	b.Grow(3 * f.Width(number))
	upper, lower := f.row(2*i), f.row(2*i+1)
	if f.isDrawn {
		upper = f.row(i)
	}
	for n := from; n < to; n++ {
		x, w := f.glyph(number[n])
		if n < len(number)-1 {
			w++
		}
		if f.isDrawn {
			b.WriteString(upper[x : x+w])
			continue
		}
		for ; w > 0; x, w = x+1, w-1 {
			cell := cells[lit(upper, x)+2*lit(lower, x)]
			for range f.scale {
				b.WriteString(cell)
			}
		}
	}
	return b.String()
}

// row returns row y of the scaled pixels; rows below the last one are blank.
func (f *Font) row(y int) string {
	stride := 10*(f.w+1) + f.comma + 1
	if y /= f.height; y < f.h {
		return f.pixels[y*stride : (y+1)*stride]
	}
	return ""
}

// lit returns 1 if a pixel of a row is lit, else 0.
func lit(row string, x int) int {
	if x < len(row) && row[x] == '#' {
		return 1
	}
	return 0
}

// Glyph returns the pixels of a digit or a comma in its finest shape: a string for each row, with #
// for each pixel that is lit.
func Glyph(c byte) []string {
	f := fonts(false)[4] // with one pixel for each of its own
	x, w := f.glyph(c)
	rows := make([]string, f.h)
	for y := range rows {
		rows[y] = f.row(y)[x : x+w]
	}
	return rows
}

// Largest returns the largest font in which a number fits into w by h cells.
func Largest(number string, w, h int, ascii bool) (Font, bool) {
	for _, f := range fonts(ascii) {
		if f.Rows() <= h && f.Width(number) <= w {
			return f, true
		}
	}
	return Font{}, false
}

// MaxLength returns the length of the longest number, including separators, that fits into w by h
// cells.
func MaxLength(w, h int, ascii bool) int {
	const longest = "18,446,744,073,709,551,615"
	for i := range longest {
		if _, ok := Largest(longest[i:], w, h, ascii); ok {
			return len(longest) - i
		}
	}
	return 0
}

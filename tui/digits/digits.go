// Package digits draws numbers in large digits.
package digits

import "strings"

// Font is a way of drawing large digits: two pixels to a cell, one above the
// other, so that a pixel is about as wide as it is high.
type Font struct {
	pixels string // rows of 0 to 9 and the comma, a column of space after each
	w, h   int    // of a digit, in pixels
	comma  int    // width of the comma, in pixels
	scale  int    // how many pixels wide and high a pixel is drawn
}

// fonts are the sizes of the digits, the largest first.
func fonts() [6]Font {
	return [6]Font{
		{largeDigits, 9, 14, 3, 2},
		{mediumDigits, 6, 10, 2, 2},
		{largeDigits, 9, 14, 3, 1},
		{mediumDigits, 6, 10, 2, 1},
		{smallDigits, 5, 8, 2, 1},
		{tinyDigits, 3, 5, 1, 1},
	}
}

// Rows is how many lines the digits take.
func (f *Font) Rows() int { return (f.h*f.scale + 1) / 2 }

// Width is how many cells a number with its separators takes.
func (f *Font) Width(number string) int {
	w := -1 // there is no space after the last one
	for i := range len(number) {
		_, gw := f.glyph(number[i])
		w += gw + 1
	}
	return w * f.scale
}

// glyph is the first column and the width of a character.
func (f *Font) glyph(c byte) (x, w int) {
	if c == ',' {
		return 10 * (f.w + 1), f.comma
	}
	return int(c-'0') * (f.w + 1), f.w
}

// Line is line i of the characters of a number from one to before another.
func (f *Font) Line(number string, i, from, to int) string {
	var b strings.Builder
	b.Grow(3 * f.Width(number))
	stride := 10*(f.w+1) + f.comma + 1
	upper, lower := f.row(2*i, stride), f.row(2*i+1, stride)
	for n := from; n < to; n++ {
		x, w := f.glyph(number[n])
		if n < len(number)-1 {
			w++ // the space after it
		}
		for ; w > 0; x, w = x+1, w-1 {
			cell := block(lit(upper, x), lit(lower, x))
			for range f.scale {
				b.WriteString(cell)
			}
		}
	}
	return b.String()
}

// row is row y of the pixels as drawn; below the last one all is dark.
func (f *Font) row(y, stride int) string {
	if y /= f.scale; y < f.h {
		return f.pixels[y*stride : (y+1)*stride]
	}
	return ""
}

func lit(row string, x int) bool { return x < len(row) && row[x] == '#' }

// block is the character of two pixels.
func block(upper, lower bool) string {
	switch {
	case upper && lower:
		return "█"
	case upper:
		return "▀"
	case lower:
		return "▄"
	default:
		return " "
	}
}

// For is the largest font in which a number fits into w by h cells.
func For(number string, w, h int) (Font, bool) {
	for _, f := range fonts() {
		if f.Rows() <= h && f.Width(number) <= w {
			return f, true
		}
	}
	return Font{}, false
}

// Fits reports whether numbers of so many characters, separators included, fit into w by h cells.
func Fits(length, w, h int) bool {
	const longest = "18,446,744,073,709,551,615"
	if length > len(longest) {
		return false
	}
	_, ok := For(longest[len(longest)-length:], w, h)
	return ok
}

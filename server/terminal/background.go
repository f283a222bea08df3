package terminal

import (
	"bytes"
	imagecolor "image/color"
	"strings"
)

// queryBackground asks a terminal for its background color.
const queryBackground = "\x1b]11;?\x1b\\"

// parseBackground returns the color in an answer without its terminator. Terminals write each
// component with one to four hexadecimal digits, and some add an alpha.
func parseBackground(answer []byte) (c imagecolor.RGBA64, ok bool) {
	answer, ok = bytes.CutPrefix(answer, []byte("\x1b]11;rgb"))
	if !ok {
		return c, false
	}
	answer, alpha := bytes.CutPrefix(answer, []byte("a"))
	if answer, ok = bytes.CutPrefix(answer, []byte(":")); !ok {
		return c, false
	}
	parts := []*uint16{&c.R, &c.G, &c.B}
	if alpha {
		parts = append(parts, &c.A)
	}
	for i, part := range parts {
		digits, rest, more := bytes.Cut(answer, []byte("/"))
		if *part, ok = parseHex(digits); !ok || more != (i < len(parts)-1) {
			return c, false
		}
		answer = rest
	}
	c.A = 0xffff // what is behind a transparent background is unknown
	return c, true
}

// parseHex scales a hexadecimal fraction to 16 bits: all digits f are 65535.
func parseHex(digits []byte) (uint16, bool) {
	if len(digits) < 1 || len(digits) > 4 {
		return 0, false
	}
	var n, limit uint32
	for _, d := range digits {
		v := strings.IndexByte("0123456789abcdef", d|0x20)
		if v < 0 || d < '0' {
			return 0, false
		}
		n, limit = n<<4|uint32(v), limit<<4|0xf
	}
	return uint16(n * 0xffff / limit), true
}

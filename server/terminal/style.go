package terminal

import (
	"strconv"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
)

// color is a terminal color as a comparable word: its kind in the top byte, its value below. The
// zero value is the default color.
type color uint32

const (
	basicColor   color = 1 << 24 // 0 to 15, SGR 30 to 37 and 90 to 97
	indexedColor color = 2 << 24 // 0 to 255, SGR 38;5
	rgbColor     color = 3 << 24 // 24 bits, SGR 38;2
	colorKind    color = 0xff << 24
)

// attrs are the attributes of a cell as bits; three bits above them hold the kind of underline.
type attrs uint16

const (
	bold attrs = 1 << iota
	faint
	italic
	blink
	rapidBlink
	reverse
	conceal
	strike

	underlineShift       = 8
	underline      attrs = 7 << underlineShift
)

// style is the style of a cell: a small comparable value without pointers. link is an index into
// the differ's links; 0 is no link.
type style struct {
	fg, bg, ul color
	attrs      attrs
	link       uint16
}

// visibleOnSpace returns the part of a style that is visible on a space. Spaces that agree in it
// look the same.
func (s style) visibleOnSpace() style {
	if s.attrs&(reverse|underline|strike) != 0 {
		return s
	}
	return style{bg: s.bg, link: s.link}
}

// param is a parameter of an SGR sequence; more says that the next one belongs to it, as in 4:3.
type param struct {
	value int
	more  bool
}

// maxParams bounds the parameters of an SGR sequence, as terminals do.
const maxParams = 32

// readParams parses the parameters of an SGR sequence. Values are capped; missing ones are 0.
func readParams(params *[maxParams]param, text string) []param {
	n := 0
	for i := range len(text) {
		switch b := text[i]; {
		case b >= '0' && b <= '9':
			params[n].value = min(params[n].value*10+int(b-'0'), 1<<16)
		case n == maxParams-1:
			return params[:n]
		default:
			params[n].more = b == ':'
			n++
		}
	}
	return params[:n+1]
}

// apply applies an SGR sequence with these parameters, within the palette's profile.
func (s *style) apply(text string, palette *palette) {
	if palette.profile <= colorprofile.NoTTY {
		return
	}
	var array [maxParams]param
	params := readParams(&array, text)
	for i := 0; i < len(params); i++ {
		switch v := params[i].value; {
		case v == 4 && params[i].more && i+1 < len(params):
			i++
			s.setUnderline(params[i].value)
		case v == 38 || v == 48 || v == 58:
			c, used := readColor(params[i:])
			s.setColor(v, palette.convert(c))
			i += used - 1
		case v >= 30 && v <= 37:
			s.fg = palette.convert(basicColor + color(v-30))
		case v >= 40 && v <= 47:
			s.bg = palette.convert(basicColor + color(v-40))
		case v >= 90 && v <= 97:
			s.fg = palette.convert(basicColor + color(v-82))
		case v >= 100 && v <= 107:
			s.bg = palette.convert(basicColor + color(v-92))
		default:
			s.setAttr(v)
		}
	}
}

func (s *style) setAttr(v int) {
	switch v {
	case 0:
		*s = style{link: s.link}
	case 1, 2, 3:
		s.attrs |= bold << (v - 1)
	case 4:
		s.setUnderline(1)
	case 5, 6, 7, 8, 9:
		s.attrs |= blink << (v - 5)
	case 22:
		s.attrs &^= bold | faint
	case 23:
		s.attrs &^= italic
	case 24:
		s.attrs &^= underline
	case 25:
		s.attrs &^= blink | rapidBlink
	case 27:
		s.attrs &^= reverse
	case 28:
		s.attrs &^= conceal
	case 29:
		s.attrs &^= strike
	case 39, 49, 59:
		s.setColor(v-1, 0)
	}
}

// setUnderline sets the kind of underline: 0 none, 1 single, 2 double, 3 curly, 4 dotted, 5 dashed.
func (s *style) setUnderline(kind int) {
	if kind > 5 {
		return
	}
	s.attrs = s.attrs&^underline | attrs(kind)<<underlineShift
}

// setColor sets the color of SGR 38, 48 or 58.
func (s *style) setColor(which int, c color) {
	switch which {
	case 38:
		s.fg = c
	case 48:
		s.bg = c
	case 58:
		s.ul = c
	}
}

// readColor parses a color that starts with parameter 38, 48 or 58, and returns how many parameters
// it used. An invalid color uses all the rest.
func readColor(params []param) (color, int) {
	group := len(params)
	if params[0].more {
		for i, p := range params {
			if !p.more {
				group = i + 1
				break
			}
		}
	}
	switch {
	case group >= 3 && params[1].value == 5:
		if !params[0].more {
			group = 3
		}
		return indexedColor + color(params[2].value&0xff), group
	case group >= 5 && params[1].value == 2:
		rgb := params[2:5]
		if !params[0].more {
			group = 5
		} else if group >= 6 { // 38:2:space:r:g:b
			rgb = params[3:6]
		}
		return rgbColor + color(rgb[0].value&0xff)<<16 + color(rgb[1].value&0xff)<<8 +
			color(rgb[2].value&0xff), group
	}
	return 0, group
}

// appendStyle appends the shorter way from one style to another: the changes, or everything after a
// reset. It ignores links.
func appendStyle(dst []byte, from, to style) []byte {
	from.link, to.link = 0, 0
	switch {
	case from == to:
		return dst
	case to == style{}:
		return append(dst, ansi.ResetStyle...)
	}
	start := len(dst)
	dst = appendChange(append(dst, "\x1b["...), from, to)
	if from == (style{}) {
		return dst
	}
	middle := len(dst)
	dst = appendChange(append(dst, "\x1b[0;"...), style{}, to)
	if len(dst)-middle < middle-start {
		return append(dst[:start], dst[middle:]...)
	}
	return dst[:middle]
}

// appendChange appends the parameters that turn one style into another, different one, and the
// final m.
func appendChange(dst []byte, from, to style) []byte {
	on, off := to.attrs&^from.attrs, from.attrs&^to.attrs
	if off&(bold|faint) != 0 {
		dst = append(dst, "22;"...)
		on |= to.attrs & (bold | faint)
	}
	if off&(blink|rapidBlink) != 0 {
		dst = append(dst, "25;"...)
		on |= to.attrs & (blink | rapidBlink)
	}
	if off&italic != 0 {
		dst = append(dst, "23;"...)
	}
	for a, code := reverse, byte('7'); a <= strike; a, code = a<<1, code+1 {
		if off&a != 0 {
			dst = append(dst, '2', code, ';')
		}
	}
	for a, code := bold, byte('1'); a <= strike; a, code = a<<1, code+1 {
		if a == blink {
			code = '5'
		}
		if on&a != 0 {
			dst = append(dst, code, ';')
		}
	}
	if from.attrs&underline != to.attrs&underline {
		dst = appendUnderline(dst, to.attrs&underline>>underlineShift)
	}
	if from.fg != to.fg {
		dst = appendColor(dst, to.fg, 30)
	}
	if from.bg != to.bg {
		dst = appendColor(dst, to.bg, 40)
	}
	if from.ul != to.ul {
		dst = appendColor(dst, to.ul, 50)
	}
	dst[len(dst)-1] = 'm'
	return dst
}

func appendUnderline(dst []byte, kind attrs) []byte {
	switch kind {
	case 0:
		return append(dst, "24;"...)
	case 1:
		return append(dst, "4;"...)
	}
	return append(dst, '4', ':', '0'+byte(kind), ';')
}

// appendColor appends a color and a semicolon; base is 30 for the foreground, 40 for the
// background, 50 for underlines, which have no basic colors.
func appendColor(dst []byte, c color, base int64) []byte {
	value := int64(c &^ colorKind)
	switch kind := c & colorKind; {
	case kind == 0:
		dst = strconv.AppendInt(dst, base+9, 10)
	case kind == basicColor && base != 50 && value < 8:
		dst = strconv.AppendInt(dst, base+value, 10)
	case kind == basicColor && base != 50:
		dst = strconv.AppendInt(dst, base+52+value, 10)
	case kind == rgbColor:
		dst = append(strconv.AppendInt(dst, base+8, 10), ";2;"...)
		dst = append(strconv.AppendInt(dst, value>>16, 10), ';')
		dst = append(strconv.AppendInt(dst, value>>8&0xff, 10), ';')
		dst = strconv.AppendInt(dst, value&0xff, 10)
	default:
		dst = append(strconv.AppendInt(dst, base+8, 10), ";5;"...)
		dst = strconv.AppendInt(dst, value, 10)
	}
	return append(dst, ';')
}

// palette reduces colors to a profile. It caches the latest ones: finding the nearest of 256 colors
// is expensive, and screens use few.
type palette struct {
	profile colorprofile.Profile
	cache   [64]struct{ from, to color }
}

// setProfile switches to a profile.
func (p *palette) setProfile(profile colorprofile.Profile) {
	if p.profile != profile {
		*p = palette{profile: profile}
	}
}

// convert returns the color to show for c.
func (p *palette) convert(c color) color {
	kind := c & colorKind
	switch {
	case p.profile <= colorprofile.ASCII:
		return 0
	case kind == 0, kind == basicColor, p.profile >= colorprofile.TrueColor,
		kind == indexedColor && p.profile == colorprofile.ANSI256:
		return c
	}
	entry := &p.cache[(c^c>>8^c>>16)%color(len(p.cache))]
	if entry.from != c {
		entry.from, entry.to = c, nearestColor(c, p.profile)
	}
	return entry.to
}

// nearestColor returns the color of an ANSI or ANSI256 profile that is closest to c, an indexed or
// RGB color.
func nearestColor(c color, profile colorprofile.Profile) color {
	var full ansi.Color = ansi.RGBColor{R: uint8(c >> 16), G: uint8(c >> 8), B: uint8(c)}
	if c&colorKind == indexedColor {
		full = ansi.IndexedColor(c)
	}
	if profile == colorprofile.ANSI256 {
		return indexedColor + color(ansi.Convert256(full))
	}
	return basicColor + color(ansi.Convert16(full))
}

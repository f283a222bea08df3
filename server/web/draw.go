package web

import (
	"bytes"
	"fmt"
	"html/template"
	"image/color"
	"slices"
	"strings"

	"github.com/charmbracelet/colorprofile"

	"clickky/sync/live"
	"clickky/tui/digits"
	"clickky/tui/theme"
)

// gap is the number of blank pixels between two digits.
const gap = 1

// darkBackground is the background of pictures, and of the page in dark.
var darkBackground = color.RGBA{R: 0x14, G: 0x14, B: 0x1b, A: 0xff}

// stylesOn returns the game's colours on a background.
func stylesOn(b theme.Background) *theme.Styles {
	const p = colorprofile.TrueColor
	return theme.Auto.Scheme(b, p).Styles(p)
}

// hexColour returns the foreground of a style as #rrggbb.
func hexColour(s theme.Style) string {
	c, _ := color.RGBAModel.Convert(s.GetForeground()).(color.RGBA)
	return fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B)
}

// colours returns CSS variables with the game's colours.
func colours() []byte {
	var css bytes.Buffer
	variables := func(b theme.Background) string {
		s := stylesOn(b)
		return fmt.Sprintf("--top:%s;--bottom:%s;--text:%s;--accent:%s;--dim:%s;--frame:%s;--good:%s;--warn:%s;--gold:%s;--silver:%s;--bronze:%s",
			hexColour(s.Gradient[0]), hexColour(s.Gradient[len(s.Gradient)-1]), hexColour(s.Changed), hexColour(s.Accent), hexColour(s.Dim), hexColour(s.Frame),
			hexColour(s.Good), hexColour(s.Warn), hexColour(s.Medals[0]), hexColour(s.Medals[1]), hexColour(s.Medals[2]))
	}
	light, dark := variables(theme.LightBackground), variables(theme.DarkBackground)
	fmt.Fprintf(&css, ":root{%s}\n@media (prefers-color-scheme:dark){:root{%s}}\n", light, dark)
	fmt.Fprintf(&css, "html.embed{%s}\n", dark) // over any video
	return css.Bytes()
}

// glyphWidth returns the width of a character in pixels of the digits.
func glyphWidth(c byte) int { return len(digits.Glyph(c)[0]) }

// glyphPath returns a digit or a comma as the path of an SVG, one unit for each pixel. Rows of pixels
// that repeat become one rectangle.
func glyphPath(c byte) string {
	var path strings.Builder
	rows := digits.Glyph(c)
	for y, row := range rows {
		for _, run := range litRuns(row) {
			if y > 0 && slices.Contains(litRuns(rows[y-1]), run) {
				continue
			}
			high := 1
			for y+high < len(rows) && slices.Contains(litRuns(rows[y+high]), run) {
				high++
			}
			fmt.Fprintf(&path, "M%d %dh%dv%dh-%dz", run.from, y, run.width, high, run.width)
		}
	}
	return path.String()
}

type run struct{ from, width int }

func litRuns(row string) (runs []run) {
	for x := 0; x < len(row); x++ {
		from := x
		for x < len(row) && row[x] == '#' {
			x++
		}
		if x > from {
			runs = append(runs, run{from, x - from})
		}
	}
	return runs
}

// digitsSVG returns the content of an SVG that shows a number, and the width of the number. It
// begins with the shapes of all digits, from which the script draws other numbers.
func digitsSVG(number string) (content template.HTML, width int) {
	var svg strings.Builder
	svg.WriteString("<defs>")
	for _, c := range []byte("0123456789,") {
		fmt.Fprintf(&svg, `<path id="glyph%c" data-width="%d" d="%s"/>`, c, glyphWidth(c)+gap, glyphPath(c))
	}
	svg.WriteString(`</defs><g id="number" fill="url(#ink)">`)
	for _, c := range []byte(number) {
		fmt.Fprintf(&svg, `<use href="#glyph%c" x="%d"/>`, c, width)
		width += glyphWidth(c) + gap
	}
	svg.WriteString("</g>")
	return template.HTML(svg.String()), width - gap //nolint:gosec // it consists of digits
}

// chartHeight is the height of the chart of the last minute, whose bars are 4 wide.
const chartHeight = 48

// minutePath returns the last minute as the path of an SVG.
func minutePath(h *live.History) string {
	var path strings.Builder
	for i, n := range h.Seconds {
		if n > 0 {
			high := max(1, int(n)*chartHeight/int(h.Peak))
			fmt.Fprintf(&path, "M%d %dv-%dh3v%dz", 4*i, chartHeight, high, high)
		}
	}
	return path.String()
}

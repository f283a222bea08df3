package main

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"image/color"
	"strings"

	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/vt"
)

// Measures of the picture in pixels. A cell's sides are whole pixels, so that neighbouring cells
// meet.
const (
	cellW    = 10
	cellH    = 20
	fontSize = 16
	baseline = 15 // from the top of a cell
	bar      = 40 // height of the window's title
	margin   = 16 // between the window and the cells
)

// colours are the colours of the pictured terminal.
type colours struct {
	text, back, title, border string
}

func darkColours() colours  { return colours{"#e4e4ea", "#16161d", "#8b8b96", "#34343f"} }
func lightColours() colours { return colours{"#22222a", "#fbfbfd", "#7a7a85", "#d5d5dd"} }

// picture builds the SVG.
type picture struct {
	bytes.Buffer
	theme  colours
	shapes []shape // of the current line
}

// shape is all blocks of a line in one colour.
type shape struct{ fill, path string }

// fill adds a rectangle to the shape of its colour.
func (p *picture) fill(colour string, x int, y, w, h float64) {
	path := fmt.Sprintf("M%d %gh%gv%gh%gz", x, y, w, h, -w)
	for i := range p.shapes {
		if p.shapes[i].fill == colour {
			p.shapes[i].path += path
			return
		}
	}
	p.shapes = append(p.shapes, shape{colour, path})
}

func (p *picture) printf(format string, args ...any) { fmt.Fprintf(&p.Buffer, format, args...) }

// draw draws a frame in the window of a terminal of w by h cells.
func draw(frame string, w, h int, t colours) ([]byte, error) {
	lines, err := cells(frame, w, h, t)
	if err != nil {
		return nil, err
	}
	p := &picture{theme: t}
	p.begin(size(w, h))
	p.window(w, h, "ssh -p 2222 alice@localhost")
	for _, line := range lines {
		p.printf("%s", line)
	}
	p.printf("</g>\n</svg>\n")
	return p.Bytes(), nil
}

// cells shows a frame to an emulator of w by h cells and returns the drawn lines.
func cells(frame string, w, h int, t colours) ([]string, error) {
	term := vt.NewEmulator(w, h)
	if _, err := term.WriteString(strings.ReplaceAll(frame, "\n", "\r\n")); err != nil {
		return nil, err
	}
	lines := make([]string, h)
	for y := range lines {
		p := &picture{theme: t}
		p.line(term, y, w)
		lines[y] = p.String()
	}
	return lines, term.Close()
}

// size returns the size of the window around w by h cells.
func size(w, h int) (width, height int) { return w*cellW + 2*margin, h*cellH + bar + margin }

// begin starts the picture.
func (p *picture) begin(w, h int) {
	const fonts = "ui-monospace, 'SF Mono', 'JetBrains Mono', 'Cascadia Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace"
	p.printf(`<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" font-family="%s" font-size="%d">`+"\n",
		w, h, w, h, fonts, fontSize)
}

// window draws the window around w by h cells, and opens the group of its lines.
func (p *picture) window(w, h int, title string) {
	w, h = size(w, h)
	p.printf(`<rect x="0.5" y="0.5" width="%d" height="%d" rx="10" fill="%s" stroke="%s"/>`+"\n", w-1, h-1, p.theme.back, p.theme.border)
	for i, c := range []string{"#ff5f57", "#febc2e", "#28c840"} {
		p.printf(`<circle cx="%d" cy="%d" r="6" fill="%s"/>`+"\n", 22+20*i, bar/2, c)
	}
	p.printf(`<text x="%d" y="%d" text-anchor="middle" font-size="13" fill="%s">%s</text>`+"\n", w/2, bar/2+5, p.theme.title, title)
	p.printf(`<g transform="translate(%d %d)">`+"\n", margin, bar)
}

// cellStyle is what cells that are drawn together have in common.
type cellStyle struct {
	fill, back string
	bold, dim  bool
}

// line draws a line, with runs of cells of the same style together.
func (p *picture) line(term *vt.Emulator, y, w int) {
	for x := 0; x < w; {
		cell := term.CellAt(x, y)
		from, l, kind := x, p.cellStyle(cell), kindOf(cell)
		var text strings.Builder
		for x < w {
			c := term.CellAt(x, y)
			if p.cellStyle(c) != l || kindOf(c) != kind || (kind == blocks && c.Content != cell.Content) {
				break
			}
			text.WriteString(c.Content)
			x += max(c.Width, 1)
		}
		p.run(kind, l, text.String(), from, y, x-from)
	}
	for _, s := range p.shapes {
		p.printf(`<path fill="%s" shape-rendering="crispEdges" d="%s"/>`+"\n", s.fill, s.path)
	}
	p.shapes = nil
}

// cellStyle returns the style of a cell.
func (p *picture) cellStyle(c *uv.Cell) cellStyle {
	l := cellStyle{fill: p.theme.text}
	if c == nil {
		return l
	}
	if c.Style.Fg != nil {
		l.fill = hex(c.Style.Fg)
	}
	if c.Style.Bg != nil {
		l.back = hex(c.Style.Bg)
	}
	if c.Style.Attrs&uv.AttrReverse != 0 {
		l.fill, l.back = p.theme.back, l.fill
	}
	l.bold = c.Style.Attrs&uv.AttrBold != 0
	l.dim = c.Style.Attrs&uv.AttrFaint != 0
	return l
}

func hex(c color.Color) string {
	r, g, b, _ := c.RGBA()
	return fmt.Sprintf("#%02x%02x%02x", r>>8, g>>8, b>>8)
}

// kind is the way a cell is drawn.
type kind int

const (
	empty  kind = iota
	letter      // with the viewer's font
	blocks      // as a rectangle
	frames      // as a line
)

func kindOf(c *uv.Cell) kind {
	switch {
	case c == nil || strings.TrimSpace(c.Content) == "":
		return empty
	case c.Content >= "▀" && c.Content <= "▏", strings.Contains("━┃╸", c.Content):
		return blocks
	case strings.Contains("─│╭╮╰╯┬┴", c.Content):
		return frames
	default:
		return letter
	}
}

// run draws n cells from x on.
func (p *picture) run(k kind, l cellStyle, text string, x, y, n int) {
	left, top, width := x*cellW, y*cellH, n*cellW
	if l.back != "" {
		p.printf(`<rect x="%d" y="%d" width="%d" height="%d" fill="%s"/>`+"\n", left, top, width, cellH, l.back)
	}
	switch k {
	case letter:
		p.text(l, text, left, top+baseline, width)
	case blocks:
		p.block(l, []rune(text)[0], left, top, width)
	case frames:
		cells := []rune(text)
		for i, n := 0, 0; i < len(cells); i += n {
			for n = 1; cells[i] == '─' && i+n < len(cells) && cells[i+n] == '─'; {
				n++
			}
			p.frame(l, cells[i], left+i*cellW, top, n)
		}
	case empty:
	}
}

// text writes letters, stretched to their cells whatever the font.
func (p *picture) text(l cellStyle, text string, x, y, width int) {
	weight := ""
	if l.bold {
		weight = ` font-weight="bold"`
	}
	if l.dim {
		weight += ` opacity="0.6"`
	}
	p.printf(`<text x="%d" y="%d" textLength="%d" lengthAdjust="spacingAndGlyphs" fill="%s"%s>`, x, y, width, l.fill, weight)
	_ = xml.EscapeText(&p.Buffer, []byte(text)) // a buffer returns no error
	p.printf("</text>\n")
}

// block draws one of U+2580 to U+258F, a heavy line or a heavy side, over the width of its run.
func (p *picture) block(l cellStyle, r rune, x, y, width int) {
	w, h := float64(width), float64(cellH)
	top := float64(y)
	switch {
	case r == '━', r == '╸':
		top, h = top+cellH/2-2, 4
		if r == '╸' {
			w /= 2
		}
	case r == '┃':
		x, w = x+cellW/2-2, 4
	case r == '▀':
		h /= 2
	case r >= '▁' && r <= '█': // lower eighths, up to the full block
		h = h * float64(r-'▁'+1) / 8
		top += cellH - h
	default: // left eighths, from seven down to one
		w = cellW * float64('▏'-r+1) / 8
	}
	p.fill(l.fill, x, top, w, h)
}

// frame draws a corner, a branch or a vertical side of a panel, or n cells of a horizontal one.
func (p *picture) frame(l cellStyle, r rune, x, y, n int) {
	const midX, midY = cellW / 2, cellH / 2
	path := map[rune]string{
		'─': fmt.Sprintf("M0 %d H%d", midY, n*cellW),
		'│': fmt.Sprintf("M%d 0 V%d", midX, cellH),
		'╭': fmt.Sprintf("M%d %d V%d Q%d %d %d %d", midX, cellH, midY+5, midX, midY, cellW, midY),
		'╮': fmt.Sprintf("M%d %d V%d Q%d %d 0 %d", midX, cellH, midY+5, midX, midY, midY),
		'╰': fmt.Sprintf("M%d 0 V%d Q%d %d %d %d", midX, midY-5, midX, midY, cellW, midY),
		'╯': fmt.Sprintf("M%d 0 V%d Q%d %d 0 %d", midX, midY-5, midX, midY, midY),
		'┬': fmt.Sprintf("M0 %d H%d M%d %d V%d", midY, cellW, midX, midY, cellH),
		'┴': fmt.Sprintf("M0 %d H%d M%d 0 V%d", midY, cellW, midX, midY),
	}[r]
	p.printf(`<path transform="translate(%d %d)" d="%s" fill="none" stroke="%s" stroke-width="1.4"/>`+"\n", x, y, path, l.fill)
}

package web

import (
	"bytes"
	"image"
	"image/color"
	"image/png"

	"clickky/sync/live"
	"clickky/tui/digits"
	"clickky/tui/text"
	"clickky/tui/theme"
)

// The picture for previews of links, in pixels.
const (
	cardWidth, cardHeight, cardMargin = 1200, 630, 60
	// maxScale is the maximum size of a pixel of the digits.
	maxScale = 22
)

// The indexes of the card's palette, which continues with the gradient of the digits.
const (
	background uint8 = iota
	accent
	frameColour
	gradientFrom
)

// wordmark is the name of the game in pixels.
func wordmark() []string {
	return []string{
		".###. #.... ### .###. #...# #...# #...#",
		"#...# #.... .#. #...# #..#. #..#. #...#",
		"#.... #.... .#. #.... #.#.. #.#.. .#.#.",
		"#.... #.... .#. #.... ##... ##... ..#..",
		"#.... #.... .#. #.... #.#.. #.#.. ..#..",
		"#...# #.... .#. #...# #..#. #..#. ..#..",
		".###. ##### ### .###. #...# #...# ..#..",
	}
}

// drawCard returns the picture as a PNG: the name, the count in the game's digits, and the last
// minute.
func (s *Server) drawCard() []byte {
	snap, styles := s.Live.Latest(), stylesOn(theme.DarkBackground)
	palette := color.Palette{darkBackground, styles.Accent.GetForeground(), styles.Frame.GetForeground()}
	for i := range styles.Gradient {
		palette = append(palette, styles.Gradient[i].GetForeground())
	}
	img := image.NewPaletted(image.Rect(0, 0, cardWidth, cardHeight), palette)
	drawPixels(img, image.Pt(cardMargin, cardMargin), wordmark(), 6, func(int) uint8 { return accent })
	drawNumber(img, text.Grouped(snap.Total), len(styles.Gradient))
	if snap.History != nil {
		drawMinute(img, snap.History)
	}
	var out bytes.Buffer
	_ = (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&out, img) // a buffer takes everything
	return out.Bytes()
}

// drawNumber draws a number in the middle, as large as possible.
func drawNumber(img *image.Paletted, number string, colours int) {
	width := -gap
	for i := range len(number) {
		width += glyphWidth(number[i]) + gap
	}
	rows := len(digits.Glyph('0'))
	scale := min((cardWidth-2*cardMargin)/width, maxScale)
	at := image.Pt((cardWidth-width*scale)/2, (cardHeight-rows*scale)/2)
	for i := range len(number) {
		drawPixels(img, at, digits.Glyph(number[i]), scale, func(y int) uint8 {
			return gradientFrom + uint8(y*(colours-1)/(rows-1))
		})
		at.X += (glyphWidth(number[i]) + gap) * scale
	}
}

// drawMinute draws the clicks of the last minute at the bottom.
func drawMinute(img *image.Paletted, h *live.History) {
	const bar, high = (cardWidth - 2*cardMargin) / len(h.Seconds), 80
	for i, n := range h.Seconds {
		x, y := cardMargin+i*bar+2, cardHeight-cardMargin
		colour, top := frameColour, y-2
		if n > 0 {
			colour, top = accent, y-max(2, int(n)*high/int(h.Peak))
		}
		fill(img, image.Rect(x, top, x+bar-4, y), colour)
	}
}

// drawPixels draws rows of pixels as squares of a size. colour returns the colour of a row.
func drawPixels(img *image.Paletted, at image.Point, rows []string, size int, colour func(y int) uint8) {
	for y, row := range rows {
		for x := range len(row) {
			if row[x] == '#' {
				pixel := image.Rect(x*size, y*size, (x+1)*size, (y+1)*size)
				fill(img, pixel.Add(at), colour(y))
			}
		}
	}
}

func fill(img *image.Paletted, r image.Rectangle, colour uint8) {
	for y := r.Min.Y; y < r.Max.Y; y++ {
		row := img.Pix[img.PixOffset(r.Min.X, y):img.PixOffset(r.Max.X, y)]
		for i := range row {
			row[i] = colour
		}
	}
}

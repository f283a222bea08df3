package main

import "clickky/tui/theme"

// galleryRow is a row of the gallery: a theme at several colour depths.
type galleryRow struct {
	name  string
	theme theme.Theme
	light bool
	// depths are the colour depths, side by side.
	depths []string
}

func galleryRows() []galleryRow {
	depths := []string{"true", "256", "16"}
	return []galleryRow{
		{"dark", theme.Dark, false, depths},
		{"light", theme.Light, true, depths},
		{"high contrast", theme.Contrast, false, depths},
		{"high contrast on light", theme.Contrast, true, depths},
		{"monochrome", theme.Mono, false, []string{"true", "none"}},
	}
}

// drawGallery draws the same game in all themes and colour depths: a theme per row, a depth per
// column.
func drawGallery(sc shotOptions) ([]byte, error) {
	sc.view = "game"
	w, h := size(sc.width, sc.height)
	p := &picture{theme: darkColours()}
	rows := galleryRows()
	p.begin(len(rows[0].depths)*(w+gap)-gap, len(rows)*(h+gap)-gap)
	for row, e := range rows {
		for column, depth := range e.depths {
			p.theme = darkColours()
			if e.light {
				p.theme = lightColours()
			}
			sc.theme, sc.light, sc.profile = e.theme, e.light, profiles()[depth]
			frame, err := play(sc)
			if err != nil {
				return nil, err
			}
			lines, err := cells(frame, sc.width, sc.height, p.theme)
			if err != nil {
				return nil, err
			}
			p.printf(`<g transform="translate(%d %d)">`+"\n", column*(w+gap), row*(h+gap))
			p.window(sc.width, sc.height, e.name+", colours: "+depth)
			for _, line := range lines {
				p.printf("%s", line)
			}
			p.printf("</g>\n</g>\n")
		}
	}
	p.printf("</svg>\n")
	return p.Bytes(), nil
}

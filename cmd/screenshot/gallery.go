package main

import "clickky/tui/theme"

// exhibit is one window of the gallery: a theme on a terminal of some colours.
type exhibit struct {
	name  string
	theme theme.Theme
	light bool
	// colors are the depths in which it is shown, side by side.
	colors []string
}

func exhibits() []exhibit {
	depths := []string{"true", "256", "16"}
	return []exhibit{
		{"dark", theme.Dark, false, depths},
		{"light", theme.Light, true, depths},
		{"high contrast", theme.Contrast, false, depths},
		{"high contrast on light", theme.Contrast, true, depths},
		{"monochrome", theme.Mono, false, []string{"true", "none"}},
	}
}

// drawGallery draws the same game in all themes and colours, for people to look
// at: a theme in each row, the depths of colour side by side.
func drawGallery(sc scene) ([]byte, error) {
	sc.view = "game"
	w, h := size(sc.width, sc.height)
	p := &picture{theme: dark()}
	rows := exhibits()
	p.begin(len(rows[0].colors)*(w+gap)-gap, len(rows)*(h+gap)-gap)
	for row, e := range rows {
		for column, depth := range e.colors {
			p.theme = dark()
			if e.light {
				p.theme = bright()
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

// Command screenshot draws a picture of the game. It plays a short scripted game on the real
// screen, shows the frame to a terminal emulator, and writes the result as a self-contained SVG
// file. The same flags always give the same bytes.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/charmbracelet/colorprofile"

	"clickky/tui/theme"
)

func main() {
	if err := run(os.Args[1:], os.Stderr); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "screenshot:", err)
		os.Exit(1)
	}
}

// run draws what the arguments ask for.
func run(args []string, stderr io.Writer) error {
	flags := flag.NewFlagSet("screenshot", flag.ContinueOnError)
	flags.SetOutput(stderr)
	out := flags.String("o", "screen.svg", "`file` to write")
	size := flags.String("size", "80x24", "columns and lines of the terminal, as in 80x24")
	view := flags.String("view", "game", "what to show: game, leaderboard, dashboard, player, help, welcome, milestone, duel (animated) or gallery (all themes and colours)")
	colors := flags.String("colors", "true", "colours of the terminal: true, 256, 16 or none")
	light := flags.Bool("light", false, "draw a terminal with a light background")
	named := flags.String("theme", "auto", "colours of the game: auto, dark, light, contrast or mono")
	all := flags.String("all", "", "draw all pictures of the documentation into this `directory`; other flags don't count")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *all != "" {
		return drawAll(*all)
	}
	var w, h int
	if n, err := fmt.Sscanf(*size, "%dx%d", &w, &h); n != 2 || err != nil || w < 1 || h < 1 || w > 500 || h > 200 {
		return fmt.Errorf("-size %q: write columns and lines, as in 80x24, up to 500x200", *size)
	}
	profile, ok := profiles()[*colors]
	if !ok {
		return fmt.Errorf("-colors %q: choose true, 256, 16 or none", *colors)
	}
	chosen, ok := themes()[*named]
	if !ok {
		return fmt.Errorf("-theme %q: choose auto, dark, light, contrast or mono", *named)
	}
	t := darkColours()
	if *light {
		t = lightColours()
	}
	picture, err := render(shotOptions{width: w, height: h, view: *view, profile: profile, theme: chosen, light: *light}, t)
	if err != nil {
		return err
	}
	return os.WriteFile(*out, picture, 0o644) //nolint:gosec // a picture for everybody
}

// render draws a picture.
func render(sc shotOptions, t colours) ([]byte, error) {
	switch sc.view {
	case "duel":
		return drawDuel(sc, t)
	case "gallery":
		return drawGallery(sc)
	}
	frame, err := play(sc)
	if err != nil {
		return nil, err
	}
	return draw(frame, sc.width, sc.height, t)
}

func themes() map[string]theme.Theme {
	return map[string]theme.Theme{
		"auto": theme.Auto, "dark": theme.Dark, "light": theme.Light, "contrast": theme.Contrast, "mono": theme.Mono,
	}
}

func profiles() map[string]colorprofile.Profile {
	return map[string]colorprofile.Profile{
		"true": colorprofile.TrueColor,
		"256":  colorprofile.ANSI256,
		"16":   colorprofile.ANSI,
		"none": colorprofile.ASCII,
	}
}

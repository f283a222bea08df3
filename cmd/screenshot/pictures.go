package main

import (
	"fmt"
	"io"
	"path/filepath"
)

// pictures are the pictures of the README and the gallery: their files, and the arguments that draw
// them.
func pictures() map[string][]string {
	return map[string][]string{
		"screen.svg":         {},
		"leaderboard.svg":    {"-view", "leaderboard"},
		"dashboard.svg":      {"-view", "dashboard", "-size", "100x30"},
		"player.svg":         {"-view", "player", "-size", "100x30"},
		"wide.svg":           {"-size", "120x40"},
		"wall.svg":           {"-size", "200x60"},
		"light.svg":          {"-light"},
		"duel.svg":           {"-view", "duel", "-size", "48x18"},
		"gallery-40x12.svg":  {"-view", "gallery", "-size", "40x12"},
		"gallery-80x24.svg":  {"-view", "gallery"},
		"gallery-120x40.svg": {"-view", "gallery", "-size", "120x40"},
	}
}

// drawAll draws all pictures into a directory.
func drawAll(dir string) error {
	for file, args := range pictures() {
		if err := run(append([]string{"-o", filepath.Join(dir, file)}, args...), io.Discard); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
	}
	return nil
}

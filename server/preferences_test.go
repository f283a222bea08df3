package server

import (
	"strings"
	"testing"

	"clickky/sync/game"
	"clickky/tui"
	"clickky/tui/theme"
)

func TestChoiceOfIsStable(t *testing.T) {
	t.Parallel()
	for choice, want := range map[string]tui.Preferences{
		"theme=auto":                {},
		"theme=dark":                {Theme: theme.Dark},
		"theme=light,calm":          {Theme: theme.Light, ReducedMotion: true},
		"theme=contrast":            {Theme: theme.Contrast},
		"theme=mono,calm":           {Theme: theme.Mono, ReducedMotion: true},
		"theme=auto,calm":           {ReducedMotion: true},
		"theme=contrast,calm":       {Theme: theme.Contrast, ReducedMotion: true},
		"theme=auto,plainkeys":      {PlainKeys: true},
		"theme=mono,calm,plainkeys": {Theme: theme.Mono, ReducedMotion: true, PlainKeys: true},
		"theme=auto,bell":           {Bell: true},
		"theme=auto,bell,hidden":    {Bell: true, Hidden: true},
		"theme=dark,ascii":          {Theme: theme.Dark, Charset: tui.ASCII},
		"theme=auto,unicode,hidden": {Charset: tui.Unicode, Hidden: true},
	} {
		if got := encodePreferences(want); got != choice {
			t.Errorf("%+v is written as %q, want %q", want, got, choice)
		}
		if got := decodePreferences(choice); got != want {
			t.Errorf("%q is read as %+v, want %+v", choice, got, want)
		}
	}
}

// TestDecodePreferencesKnowsAllThemes covers themes that later versions may add.
func TestDecodePreferencesKnowsAllThemes(t *testing.T) {
	t.Parallel()
	for chosen := theme.Auto; chosen == theme.Auto || chosen.String() != theme.Auto.String(); chosen++ {
		for _, calm := range []bool{false, true} {
			want := tui.Preferences{Theme: chosen, ReducedMotion: calm}
			if got := decodePreferences(encodePreferences(want)); got != want {
				t.Errorf("%+v comes back as %+v", want, got)
			}
		}
	}
}

func TestDecodePreferencesIgnoresUnknownWords(t *testing.T) {
	t.Parallel()
	for choice, want := range map[string]tui.Preferences{
		"":                                   {},
		"sound=off":                          {},
		"theme=,,":                           {},
		"theme=neon":                         {},
		"calm=":                              {},
		"Calm":                               {},
		" theme=light":                       {},
		"sound=off,theme=light,x y z,calm,~": {Theme: theme.Light, ReducedMotion: true},
		"theme=neon,calm":                    {ReducedMotion: true},
		"theme=light,theme=dark":             {Theme: theme.Dark},
		"\x00\xff,calm":                      {ReducedMotion: true},
	} {
		if got := decodePreferences(choice); got != want {
			t.Errorf("%q is read as %+v, want %+v", choice, got, want)
		}
	}
}

func FuzzDecodePreferences(f *testing.F) {
	for _, seed := range []string{"", "theme=light,calm", "theme=mono", "calm,calm", "theme=neon,sound=off", "theme=\x00,\xff", ",,,"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, choice string) {
		p := decodePreferences(choice)
		again := encodePreferences(p)
		if got := decodePreferences(again); got != p {
			t.Errorf("%q is read as %+v, which comes back as %+v", choice, p, got)
		}
		printable := !strings.ContainsFunc(again, func(r rune) bool { return r < ' ' || r > '~' })
		if len(again) == 0 || len(again) > game.MaxPreference || !printable {
			t.Errorf("the ledger would not remember %q", again)
		}
	})
}

package main

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// shoot runs the command and returns the picture.
func shoot(t *testing.T, args ...string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "screen.svg")
	if err := run(append([]string{"-o", file}, args...), io.Discard); err != nil {
		t.Fatal(err)
	}
	picture, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(picture)
}

func requireWellFormed(t *testing.T, picture string) {
	t.Helper()
	for d := xml.NewDecoder(strings.NewReader(picture)); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

func TestPictureShowsGame(t *testing.T) {
	picture := shoot(t)
	requireWellFormed(t, picture)
	for _, want := range []string{">1,342,977<", ">alice<", ">13,034<", ">leaderboard<", ` width="832" `} {
		if !strings.Contains(picture, want) {
			t.Errorf("the picture does not hold %s", want)
		}
	}
	if strings.ContainsAny(picture, "▀▄█─│") {
		t.Error("blocks and lines are left to the viewer's font")
	}
}

func TestPictureShowsLeaderboard(t *testing.T) {
	picture := shoot(t, "-view", "leaderboard", "-size", "100x30", "-colors", "16", "-light")
	requireWellFormed(t, picture)
	for _, want := range []string{">margaret<", ">412,906<", ">★<", ">1,342,977<"} {
		if !strings.Contains(picture, want) {
			t.Errorf("the picture does not hold %s", want)
		}
	}
}

func TestPictureShowsAdminScreens(t *testing.T) {
	for view, wants := range map[string][]string{
		"dashboard": {">margaret<", ">goroutines<", ">▾rank<", ">●<"},
		"player":    {">grace<", ">session<", ">UTC<"},
	} {
		picture := shoot(t, "-view", view)
		requireWellFormed(t, picture)
		for _, want := range wants {
			if !strings.Contains(picture, want) {
				t.Errorf("the picture of %s does not hold %s", view, want)
			}
		}
	}
}

func TestPictureOfDuelIsAnimated(t *testing.T) {
	picture := shoot(t, "-view", "duel", "-size", "48x16")
	requireWellFormed(t, picture)
	for _, want := range []string{"alice@localhost", "radia@localhost", "<animate ", ">reached!<", ">999,99"} {
		if !strings.Contains(picture, want) {
			t.Errorf("the picture does not hold %s", want)
		}
	}
}

func TestPictureOfEveryViewAndTheme(t *testing.T) {
	for _, view := range []string{"game", "leaderboard", "dashboard", "player", "help", "welcome", "milestone"} {
		for theme := range themes() {
			requireWellFormed(t, shoot(t, "-view", view, "-theme", theme))
		}
	}
}

// TestPicturesOfDocumentationAreCurrent is the golden test of the screens as images; make
// pictures accepts the current ones.
func TestPicturesOfDocumentationAreCurrent(t *testing.T) {
	for file, args := range pictures() {
		picture := shoot(t, args...)
		requireWellFormed(t, picture)
		kept, err := os.ReadFile(filepath.Join("../../docs", file))
		if err != nil {
			t.Error(err)
		} else if string(kept) != picture {
			t.Errorf("docs/%s is not what is drawn today: look at it after make pictures", file)
		}
	}
}

func TestPictureIsDeterministic(t *testing.T) {
	for _, view := range []string{"game", "dashboard", "player"} {
		first, second := shoot(t, "-view", view), shoot(t, "-view", view)
		if first != second {
			t.Errorf("two runs drew different pictures of the view %s", view)
		}
	}
}

func TestPictureEscapesText(t *testing.T) {
	picture, err := draw("<a&b>\x1b[7mx", 10, 2, darkColours())
	if err != nil {
		t.Fatal(err)
	}
	requireWellFormed(t, string(picture))
	if !bytes.Contains(picture, []byte("&lt;a&amp;b&gt;")) {
		t.Errorf("%s", picture)
	}
}

func TestFlagsInvalidAreRejected(t *testing.T) {
	file := filepath.Join(t.TempDir(), "x.svg")
	for _, args := range [][]string{
		{"-theme", "pink"}, {"-size", "80"}, {"-size", "0x0"}, {"-size", "9999x9999"}, {"-view", "cellar"}, {"-colors", "8"}, {"-nonsense"},
	} {
		if err := run(append([]string{"-o", file}, args...), io.Discard); err == nil {
			t.Errorf("%v is taken", args)
		}
	}
	if _, err := os.Stat(file); !errors.Is(err, os.ErrNotExist) {
		t.Error("a picture was written all the same")
	}
}

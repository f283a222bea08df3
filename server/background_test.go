package server_test

import (
	"bytes"
	"image/color"
	"strings"
	"testing"

	"clickky/cmd/clickky/sshtest"
)

const (
	askedFor = "\x1b]11;?"
	lightInk = "38;2;168;21;111" // of names, on a light background
)

func TestBackgroundSetsColors(t *testing.T) {
	t.Parallel()
	g := start(t, nil).load(t, 0)
	alice := sshtest.Dial(t, g.addr, "alice").PlayOn(t, color.RGBA{0xfd, 0xf6, 0xe3, 0xff}, 80, 24, "COLORTERM=truecolor")
	sshtest.Eventually(t, "the colours are those for a light background", func() bool {
		return bytes.Contains(alice.Bytes(), []byte(lightInk))
	})
	alice.Type(t, strings.Repeat("\x1b]11;rgb:0/0/0\a\x1b]11;rgb:f/f/f\x1b\\", 100)+"\x1b]11;rgb:0/0/0\a") // nobody asks again
	alice.Type(t, "t")
	alice.WaitFor(t, "colours: high contrast") // which comes after light
	if n := bytes.Count(alice.Bytes(), []byte(askedFor)); n != 1 {
		t.Errorf("it is asked %d times", n)
	}

	bob := sshtest.Dial(t, g.addr, "bob").PlayOn(t, color.Black, 80, 24, "COLORTERM=truecolor")
	bob.WaitFor(t, "press space")
	bob.Type(t, "q")
	bob.Status(t)
	if !bytes.Contains(bob.Bytes(), []byte(askedFor)) || bytes.Contains(bob.Bytes(), []byte(lightInk)) {
		t.Error("on a dark background the colours are those for a light one, or it was not asked")
	}
}

func TestBackgroundQueryNeedsColors(t *testing.T) {
	t.Parallel()
	g := start(t, nil).load(t, 0)
	s := sshtest.Dial(t, g.addr, "alice").Play(t, 80, 24, "NO_COLOR=1")
	s.WaitFor(t, "press space")
	s.Type(t, "q")
	s.Status(t)
	if bytes.Contains(s.Bytes(), []byte(askedFor)) {
		t.Error("it is asked")
	}
}

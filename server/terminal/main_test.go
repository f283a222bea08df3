package terminal

import (
	"fmt"
	imagecolor "image/color"
	"strings"
	"testing"

	"github.com/charmbracelet/colorprofile"
	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/vt"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

// look is what can be seen in one cell of a screen.
type look struct {
	text       string
	width      int
	fg, bg, ul imagecolor.Color
	underline  uv.Underline
	attrs      uint8
	link       uv.Link
}

// lookOf leaves out what cannot be seen on a space.
func lookOf(c *uv.Cell) look {
	if c == nil {
		return look{}
	}
	l := look{
		text: c.Content, width: c.Width, link: c.Link, underline: c.Style.Underline, attrs: c.Style.Attrs,
		fg: c.Style.Fg, bg: c.Style.Bg, ul: c.Style.UnderlineColor,
	}
	if l.text == " " && l.attrs&(uv.AttrReverse|uv.AttrStrikethrough) == 0 && l.underline == 0 {
		l = look{text: " ", width: l.width, link: l.link, bg: l.bg}
	}
	return l
}

// compare fails the test if two screens do not look the same.
func compare(t testing.TB, what string, got, want interface {
	CellAt(x, y int) *uv.Cell
	Bounds() uv.Rectangle
},
) {
	t.Helper()
	if got.Bounds() != want.Bounds() {
		t.Fatalf("%s: size %v, want %v", what, got.Bounds(), want.Bounds())
	}
	for y := range got.Bounds().Dy() {
		for x := range got.Bounds().Dx() {
			if g, w := lookOf(got.CellAt(x, y)), lookOf(want.CellAt(x, y)); g != w {
				t.Fatalf("%s: row %d column %d is %+v, want %+v", what, y, x, g, w)
			}
		}
	}
}

// newEmulator returns a terminal emulator on which a session has begun.
func newEmulator(t testing.TB, width, height int) *vt.Emulator {
	t.Helper()
	e := vt.NewEmulator(width, height)
	t.Cleanup(func() { _ = e.Close() })
	if _, err := e.WriteString(enter); err != nil {
		t.Fatal(err)
	}
	return e
}

// fill writes old content over a whole emulator, so that cells that were not erased show.
func fill(t testing.TB, e *vt.Emulator) {
	t.Helper()
	for y := range e.Height() {
		if _, err := fmt.Fprintf(e, "\x1b[%dH\x1b[7m%s\x1b[m", y+1, strings.Repeat("#", e.Width())); err != nil {
			t.Fatal(err)
		}
	}
}

func colored(content string, width, height int) frame {
	return frame{own: strings.Split(content, "\n"), width: width, height: height, profile: colorprofile.TrueColor, epoch: 1}
}

// text returns the text on the screen, without the spaces at line ends.
func text(e *vt.Emulator) string {
	var lines []string
	for y := range e.Height() {
		var b strings.Builder
		for x := range e.Width() {
			if c := e.CellAt(x, y); c != nil {
				b.WriteString(c.Content)
			}
		}
		lines = append(lines, strings.TrimRight(b.String(), " "))
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n")
}

// run writes frames until the end, as a Terminal does.
func (r *renderer) run() {
	r.begin()
	defer r.end()
	for range r.cfg.Wake {
		if r.step() {
			return
		}
	}
}

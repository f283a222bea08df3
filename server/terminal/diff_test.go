package terminal

import (
	"bytes"
	"strings"
	"testing"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/colorprofile"
	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/ansi"
)

func TestDiffIsShort(t *testing.T) {
	red := "\x1b[31m"
	for _, c := range []struct{ name, old, next, want string }{
		{"nothing changed", "abc\ndef", "abc\ndef", ""},
		{"only the way it is written changed", red + "a" + red + "b\x1b[m", red + "ab\x1b[m  ", ""},
		{"a style on nothing", "a", "a " + red + "  \x1b[m", ""},
		{"one digit", "a\nclicks: 41 now", "a\nclicks: 42 now", "\x1b[2;10H2"},
		{"one digit with style", "\x1b[1m41\x1b[m", "\x1b[1m42\x1b[m", "\x1b[1;2H\x1b[1m2\x1b[m"},
		{"first column", "x\ny", "x\nz", "\x1b[2Hz"},
		{"neighbors over a short way", "a1b1c", "a2b2c", "\x1b[1;2H2b2"},
		{"one column over another style", "a1" + red + "b\x1b[m1c", "a2" + red + "b\x1b[m2c", "\x1b[1;2H2\x1b[C2"},
		{"over a long way", "1 a long way 1", "2 a long way 2", "\x1b[1H2\x1b[14G2"},
		{"a shorter line", "a long line", "a", "\x1b[1;3H\x1b[K"},
		{"a slightly shorter line", "100", "99", "\x1b[1H99 "},
		{"a shorter line after a background", "\x1b[41mab\x1b[mcdefg", "\x1b[41mac\x1b[m", "\x1b[1;2H\x1b[41mc\x1b[m\x1b[K"},
		{"a line that goes", "abcdef\nb", "\nb", "\x1b[1H\x1b[K"},
		{"a line that comes", "a\n\nc", "a\nb\nc", "\x1b[2Hb"},
		{"a link", "a", "\x1b]8;;https://x.org\aa\x1b]8;;\a", "\x1b[1H\x1b]8;;https://x.org\x1b\\a\x1b]8;;\x1b\\"},
		{"an emoji", "a😀b", "a😀c", "\x1b[1H\x1b[Ka😀\x1b[4Gc\x1b[K"},
		{"an emoji goes", "a😀b", "a  b", "\x1b[1H\x1b[Ka  b"},
		{"an emoji at the end goes", "abcdefgh😀", "abcdefghi", "\x1b[1H\x1b[Kabcdefghi"},
		{"a row below an emoji", "😀\na", "😀\nb", "\x1b[2Hb"},
	} {
		got := string(appendDiff(nil, colored(c.old, 40, 3), colored(c.next, 40, 3), nil))
		if got != c.want {
			t.Errorf("%s: wrote %q, want %q", c.name, got, c.want)
		}
	}
}

func TestDiffRepaintsForSizeColorsOrEpoch(t *testing.T) {
	old := colored("abc", 10, 3)
	size, epoch, profile := old, old, old
	size.height, epoch.epoch, profile.profile = 4, 2, colorprofile.ANSI
	for _, next := range []frame{size, epoch, profile} {
		if got, want := string(appendDiff(nil, old, next, nil)), "\x1b[2J\x1b[1Habc"; got != want {
			t.Errorf("%+v: wrote %q, want %q", next, got, want)
		}
	}
}

func TestDiffTruncatesToSize(t *testing.T) {
	e := newEmulator(t, 5, 2)
	_, _ = e.Write(appendDiff(nil, frame{}, colored("123456789\nabcd😀\nthird", 5, 2), nil))
	if got, want := text(e), "12345\nabcd"; got != want {
		t.Errorf("screen shows %q, want %q", got, want)
	}
}

func TestDiffPassesOnlyStylesAndLinks(t *testing.T) {
	for _, c := range []struct{ name, content, want string }{
		{"clipboard", "a\x1b]52;c;aGk=\ab", "ab"},
		{"title", "a\x1b]0;owned\x1b\\b", "ab"},
		{"title without end", "a\x1b]0;owned", "a"},
		{"cursor movement", "a\x1b[5;5Hb\x1b[2Jc\x1b[Kd", "abcd"},
		{"modes", "a\x1b[?1049lb", "ab"},
		{"private SGR", "a\x1b[>4;2mb", "ab"},
		{"device control", "a\x1bPq#0\x1b\\b\x1b_Gx\x1b\\c\x1b^x\x1b\\d\x1bXx\x1b\\e", "abcde"},
		{"reset", "a\x1bcb\x1b(0c\x1b7d", "abcd"},
		{"controls", "a\tb\rc\x00d\x7fe\x0ef\ag", "abcdefg"},
		{"C1 controls", "a\u009b31mb\x9b31mc", "a31mb31mc"},
		{"invalid UTF-8", "a\xffb\xc3", "ab"},
		{"marks without a character", "\u0301\u200ba\u202eb", "ab"},
		{"a link that would end early", "\x1b]8;;x\u009c\aa\x1b]8;;\a", "a"},
		{"sequence cut off", "a\x1b[31", "a"},
		{"escape at the end", "a\x1b", "a"},
		{"final byte missing", "a\x1b[31\u00e9", "aé"},
	} {
		got := string(appendDiff(nil, frame{}, colored(c.content, 40, 1), nil))
		if want := "\x1b[2J\x1b[1H" + c.want; got != want {
			t.Errorf("%s: wrote %q, want %q", c.name, got, want)
		}
	}
}

func TestDiffReducesHugeCluster(t *testing.T) {
	got := string(appendDiff(nil, frame{}, colored("a"+strings.Repeat("\u0301", 1000)+"b", 40, 1), nil))
	if want := "\x1b[2J\x1b[1H\x1b[Ka\x1b[2Gb\x1b[K"; got != want {
		t.Errorf("wrote %q, want %q", got, want)
	}
}

func TestDiffReducesColorsToProfile(t *testing.T) {
	content := "\x1b[1;38;2;255;0;0;48;5;21mx\x1b[m"
	for profile, want := range map[colorprofile.Profile]string{
		colorprofile.TrueColor: "\x1b[1;38;2;255;0;0;48;5;21mx\x1b[m",
		colorprofile.ANSI256:   "\x1b[1;38;5;196;48;5;21mx\x1b[m",
		colorprofile.ANSI:      "\x1b[1;91;104mx\x1b[m",
		colorprofile.ASCII:     "\x1b[1mx\x1b[m",
		colorprofile.NoTTY:     "x",
		colorprofile.Unknown:   "x",
	} {
		next := colored(content, 10, 1)
		next.profile = profile
		if got := strings.TrimPrefix(string(appendDiff(nil, frame{}, next, nil)), "\x1b[2J\x1b[1H"); got != want {
			t.Errorf("%v: wrote %q, want %q", profile, got, want)
		}
	}
}

func TestDiffRendersLipglossStyles(t *testing.T) {
	box := lipgloss.NewStyle().Border(lipgloss.RoundedBorder()).BorderForeground(lipgloss.Color("#ff8800")).Padding(1, 3)
	title := lipgloss.NewStyle().Bold(true).Italic(true).Foreground(lipgloss.Color("12")).Background(lipgloss.Color("236"))
	under := lipgloss.NewStyle().UnderlineStyle(lipgloss.UnderlineCurly).UnderlineColor(lipgloss.Color("#00ff00"))
	content := lipgloss.JoinVertical(lipgloss.Center,
		title.Render(" Clickky "), box.Render("1,342,977\n"+under.Render("clicks — für alle ▁▂▃⣿")),
		lipgloss.NewStyle().Reverse(true).Strikethrough(true).Render("x y"),
		lipgloss.NewStyle().Hyperlink("https://example.org").Render("site"))
	const width, height = 60, 16

	want := uv.NewScreenBuffer(width, height)
	want.Method = ansi.GraphemeWidth
	uv.NewStyledString(content).Draw(want, want.Bounds())
	e := newEmulator(t, width, height)
	fill(t, e)
	_, _ = e.Write(appendDiff(nil, frame{}, colored(content, width, height), nil))
	for y := range height {
		for x := range width {
			got, want := lookOf(e.CellAt(x, y)), lookOf(want.CellAt(x, y))
			// The emulator has the two parts of a link the wrong way round.
			got.link.URL, got.link.Params = got.link.Params, got.link.URL
			if got != want {
				t.Fatalf("row %d column %d is %+v, want %+v", y, x, got, want)
			}
		}
	}
}

func TestDiffSafeCharactersAreOneColumnWide(t *testing.T) {
	for r := range rune(0x30000) {
		if isSingleWidth(r) && ansi.StringWidth(string(r)) != 1 {
			t.Errorf("%U is %d columns wide", r, ansi.StringWidth(string(r)))
		}
	}
}

func TestFarewellHasNoControls(t *testing.T) {
	got := string(appendLines(nil, "\x1b[1mbye\x1b[m\x1b[2J\nsee 😀 you\n", "\r\n", colorprofile.TrueColor, false))
	if want := "\x1b[1mbye\x1b[m\r\nsee 😀 you\r\n"; got != want {
		t.Errorf("wrote %q, want %q", got, want)
	}
}

func TestDiffSharedLayerIsRenderedOnce(t *testing.T) {
	var made layers
	above := []string{"alice\n\nx", "bob 17\n\n", "a😀\n\n"}
	old := strings.Split("\n1,342 clicks\n         one", "\n")
	next := strings.Split("\n1,343 clicks\n         two", "\n")
	cache := NewCache()
	change := func(i int) string {
		f := made.frame(above, i, -1, 40, 3)
		f.shared = old
		f.checkWidths(&frame{})
		g := f
		g.shared = next
		return string(appendDiff(nil, f, g, cache))
	}
	first := change(0)
	for range 3 {
		for i := range above[:2] {
			if got := change(i); got != first {
				t.Errorf("under %q it is %q, first it was %q", above[i], got, first)
			}
		}
	}
	kept := 0
	for i := range cache.slots {
		if cache.slots[i].diff.Load() != nil {
			kept++
		}
	}
	if kept != 1 {
		t.Errorf("%d changes are kept", kept)
	}
	if want := "\x1b[2;5H3\x1b[3;10Htwo"; first != want || change(2) != want {
		t.Errorf("wrote %q and below an emoji %q, want %q", first, change(2), want)
	}
	if !raceDetector {
		f := made.frame(above, 0, -1, 40, 3)
		g := f
		f.shared, g.shared = old, next
		var buf []byte
		if n := testing.AllocsPerRun(100, func() { buf = appendDiff(buf[:0], f, g, cache) }); n > 0 {
			t.Errorf("%v allocations", n)
		}
	}
}

// pieces are what fuzzed frames are made of.
var pieces = []string{
	"\n", " ", "    ", "a", "1,342", "\x1b[m", "\x1b[1m", "\x1b[2;3m", "\x1b[4m", "\x1b[7m", "\x1b[31m", "\x1b[92;101m",
	"\x1b[38;5;99m", "\x1b[48;2;1;2;3m", "\x1b[22;39m", "\x1b[49;24;27m", "\x1b[9;5m", "\x1b[29;25m", "\x1b[4:3;58;5;7m",
	"─│", "█▁⣿", "é", "\x1b]8;;https://a\x1b\\", "\x1b]8;id=1;https://b\a", "\x1b]8;;\a",
	// From here on terminals disagree about the width.
	"😀", "世", "👨‍👩‍👧", "e\u0301", "🇩🇪", "❤️", "\u200d", "\u0301",
}

const doubtfulPieces = 8

// build makes a frame's content out of pieces. It reports whether every parser must interpret
// the content alike.
func build(recipe []byte, raw string) (content string, plain bool) {
	var b strings.Builder
	plain = true
	for _, r := range recipe {
		i := int(r) % (len(pieces) + 1)
		if i == len(pieces) {
			b.WriteString(raw)
		} else {
			b.WriteString(pieces[i])
		}
		plain = plain && i < len(pieces)-doubtfulPieces
	}
	return b.String(), plain
}

// meant draws each line of the content with the parser of another package.
func meant(content string, width, height int) uv.ScreenBuffer {
	want := uv.NewScreenBuffer(width, height)
	want.Method = ansi.GraphemeWidth
	for y, row := range strings.Split(content, "\n") {
		if y < height {
			uv.NewStyledString(row).Draw(want, uv.Rect(0, y, width, 1))
		}
	}
	for y := range height {
		for x := range width {
			if c := want.CellAt(x, y); c != nil {
				c.Link.URL, c.Link.Params = c.Link.Params, c.Link.URL
			}
		}
	}
	return want
}

// layers makes frames of contents as a model does: what stands in the shared
// layer begins with blanks below the own one, and the same is the same in memory.
type layers struct {
	own, shared map[[2]int][]string
}

// frame returns a frame with one content above another; -1 stands for none.
func (m *layers) frame(contents []string, above, below, width, height int) frame {
	f := colored(contents[above], width, height)
	if m.own == nil {
		m.own, m.shared = map[[2]int][]string{}, map[[2]int][]string{}
	}
	key := [2]int{above, below}
	if m.own[[2]int{above}] == nil {
		m.own[[2]int{above}] = f.own
	}
	f.own = m.own[[2]int{above}]
	if below >= 0 && m.shared[key] == nil {
		for i, line := range strings.Split(contents[below], "\n") {
			own, _ := f.lines(i)
			m.shared[key] = append(m.shared[key], strings.Repeat(" ", columnsOf(own))+line)
		}
	}
	f.shared = m.shared[key]
	f.checkWidths(&frame{})
	return f
}

// columnsOf returns how many columns a line takes.
func columnsOf(line string) int {
	p := newDiffer(nil, 1000, colorprofile.TrueColor, false)
	defer p.release()
	return p.parseText(&p.next, line, 0, p.width)
}

// flat merges two layers into the content of one.
func (f *frame) flat() string {
	var lines []string
	for i := range max(len(f.own), len(f.shared)) {
		own, shared := f.lines(i)
		if shared != "" {
			own += "\x1b[m\x1b]8;;\a" + shared[columnsOf(own):]
		}
		lines = append(lines, own)
	}
	return strings.Join(lines, "\n")
}

// FuzzDiff plays frames to an emulator. Each step of the script shows one of three contents:
// the lowest bits say which one, then whether the screen was resized before, and whether the
// frame is dropped, as for a slow client. The next two bits put another content into the
// shared layer; 0 puts none there.
func FuzzDiff(f *testing.F) {
	f.Add([]byte("\x03\x06\x03\x05\x00\x04"), []byte("\x0a\x04\x05"), []byte("\x0a\x03\x05"), "", uint8(20), uint8(4), []byte{0, 1, 0, 5, 2, 9, 1})
	f.Add([]byte("\x03\x06\x03\x05\x00\x04"), []byte("\x0a\x04\x05"), []byte("\x0a\x03\x05"), "", uint8(40), uint8(4), []byte{16, 17, 32, 53, 50, 41, 1, 18})
	f.Add([]byte("\x04\x19\x03\x00\x04"), []byte("\x04\x05"), []byte("\x03\x00\x13"), "é", uint8(30), uint8(3), []byte{16, 33, 50, 16, 18, 34, 49})
	f.Add([]byte("\x03\x19\x03"), []byte("\x03\x1a\x1a\x03"), []byte("\x1c\x04\x1b\x00\x19\x20"), "\x1b[", uint8(6), uint8(2), []byte{0, 1, 2, 0, 2, 1})
	f.Add([]byte("\x0d\x02\x05\x09\x02"), []byte("\x21"), []byte("\x16\x04\x17\x04"), "\u0300\xff\x9b\x1b]8;;a", uint8(9), uint8(3), []byte{0, 1, 2, 8, 2, 4, 4})
	f.Fuzz(func(t *testing.T, r0, r1, r2 []byte, raw string, width, height uint8, script []byte) {
		if len(script) > 16 || len(r0)+len(r1)+len(r2)+len(raw) > 2000 {
			t.Skip("longer inputs find nothing new")
		}
		var contents [3]string
		var plain [3]bool
		for i, r := range [][]byte{r0, r1, r2} {
			contents[i], plain[i] = build(r, raw)
		}
		w, h := int(width)%60+1, int(height)%12+1
		e, fresh := newEmulator(t, w, h), newEmulator(t, w, h)
		fill(t, e)
		var sent frame
		cache := NewCache()
		epoch := uint32(1)
		var made layers
		for _, step := range script {
			which, below := int(step&3)%3, int(step>>4&3)-1
			if step&4 != 0 {
				w, h = h*3, w/3+1
				e.Resize(w, h)
				epoch++
			}
			if step&8 != 0 {
				continue
			}
			next := made.frame(contents[:], which, below, w, h)
			next.epoch = epoch
			alone := next.ambiguous
			if next.checkWidths(&sent); next.ambiguous != alone {
				t.Fatalf("after another frame it is doubtful: %v, alone: %v", next.ambiguous, alone)
			}
			change := appendDiff(nil, sent, next, nil)
			for range 3 { // from the third one on it was kept
				if got := appendDiff(nil, sent, next, cache); !bytes.Equal(got, change) {
					t.Fatalf("shared with others the change is %q, alone it is %q", got, change)
				}
			}
			_, _ = e.Write(change)
			if again := appendDiff(nil, next, next, nil); len(again) > 0 {
				t.Fatalf("the same frame again writes %q", again)
			}
			sent = next

			fresh.Resize(w, h)
			fill(t, fresh)
			_, _ = fresh.Write(appendDiff(nil, frame{}, next, nil))
			compare(t, "against a fresh screen", e, fresh)
			if plain[which] && (below < 0 || plain[below]) {
				compare(t, "against the content", e, meant(next.flat(), w, h))
			}
		}
		_, _ = e.WriteString("\x1b[HX")
		if got := lookOf(e.CellAt(0, 0)); got != (look{text: "X", width: 1}) {
			t.Fatalf("a style is left on: %+v", got)
		}
	})
}

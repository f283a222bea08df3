package terminal

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	uv "github.com/charmbracelet/ultraviolet"
)

// name describes an event.
func name(e uv.Event) string {
	switch e := e.(type) {
	case uv.KeyPressEvent:
		if e.IsRepeat {
			return "repeat " + e.String()
		}
		return e.String()
	case uv.KeyReleaseEvent:
		return "release " + e.String()
	case uv.BackgroundColorEvent:
		return "background " + e.String()
	case uv.MouseEvent:
		m := e.Mouse()
		return fmt.Sprintf("%T %v %d,%d", e, m, m.X, m.Y)
	}
	return fmt.Sprintf("%T", e)
}

// decode returns the events of an input in parts, when nothing follows.
func decode(parts ...string) []string {
	var got []string
	d := decoder{emit: func(e uv.Event) { got = append(got, name(e)) }}
	for _, p := range parts {
		d.decode([]byte(p))
	}
	d.expire()
	return got
}

var inputs = []struct {
	name, in string
	want     []string
}{
	{"letters", "aQ", []string{"a", "Q"}},
	{"space", " ", []string{"space"}},
	{"wide and fixed spaces", "\u3000\u00a0\u2003\x1b\u00a0", []string{"space", "space", "space", "alt+space"}},
	{"kitty wide and fixed spaces", "\x1b[0;1;12288u\x1b[0;;160u\x1b[32;3;160u\x1b[32;3u", []string{"space", "space", "space", "alt+space"}},
	{"controls", "\x03\x04\r\t\x7f\x00", []string{"ctrl+c", "ctrl+d", "enter", "tab", "backspace", "ctrl+space"}},
	{"UTF-8", "é世😀", []string{"é", "世", "😀"}},
	{"invalid UTF-8", "a\xff\xc3b\xe4\xb8c\xf0\x9f\x98\x1b[A\x80\x9bA", []string{"a", "b", "c", "up", "A"}},
	{"C1 controls as UTF-8", "\u009b\u009da", []string{"a"}},
	{"arrows", "\x1b[A\x1b[1;5B\x1bOC\x1b[D", []string{"up", "ctrl+down", "right", "left"}},
	{"more keys", "\x1b[5~\x1b[6~\x1b[H\x1b[F\x1b[Z\x1b[3;2~", []string{"pgup", "pgdown", "home", "end", "shift+tab", "shift+delete"}},
	{"function keys", "\x1bOP\x1b[15~\x1b[[A\x1b[[E", []string{"f1", "f5", "f1", "f5"}},
	{"escape", "\x1b", []string{"esc"}},
	{"escapes", "\x1b\x1b\x1b", []string{"esc", "esc", "esc"}},
	{"escape before a sequence", "\x1b\x1b[A", []string{"esc", "up"}},
	{"escape before what is nothing", "\x1b\xff", []string{"esc"}},
	{"alt", "\x1ba\x1b \x1bé\x1b\r", []string{"alt+a", "alt+space", "alt+é", "alt+enter"}},
	{"alt with an introducer", "\x1b[", []string{"alt+["}},
	{"alt with another", "\x1b]", []string{"alt+]"}},
	{"alt with an introducer before a key", "\x1b[\r\x1bO\x1b[A", []string{"alt+[", "enter", "alt+shift+o", "up"}},
	{"kitty", "\x1b[97u\x1b[32;1:2u\x1b[32;1:3u\x1b[97;5u", []string{"a", "repeat space", "release space", "ctrl+a"}},
	{
		"kitty keys", "\x1b[32;1:1u\x1b[32;1:2u\x1b[32;1:3u\x1b[13u\x1b[9u\x1b[27u\x1b[127u\x1b[99;5u\x1b[100;5u\x1b[113u\x1b[47u",
		[]string{"space", "repeat space", "release space", "enter", "tab", "esc", "backspace", "ctrl+c", "ctrl+d", "q", "/"},
	},
	{
		"kitty keys with text", "\x1b[32;;32u\x1b[32;1:2;32u\x1b[97:65;2;65u\x1b[45:95;2;95u\x1b[55:47;2;47u\x1b[0;;229u\x1b[0;;97:98u",
		[]string{"space", "repeat space", "A", "_", "/", "å", "ab"},
	},
	{"kitty keys without text", "\x1b[97;2u\x1b[45:95;2u", []string{"A", "_"}},
	{
		"kitty keys with locks on", "\x1b[32;129;32u\x1b[13;129u\x1b[113;129;113u\x1b[113;65;81u\x1b[99;197u\x1b[1;129A",
		[]string{"space", "enter", "q", "Q", "ctrl+c", "up"},
	},
	{
		"kitty keys of other layouts", "\x1b[1089::99;5u\x1b[106::99;5u\x1b[99::105;5u\x1b[1081::113;;1081u",
		[]string{"ctrl+c", "ctrl+j", "ctrl+c", "й"},
	},
	{"kitty arrows", "\x1b[A\x1b[1;1:2B\x1b[1;1:3A\x1b[6;1:2~\x1b[6;1:3~", []string{"up", "repeat down", "release up", "repeat pgdown", "release pgdown"}},
	{"kitty keypad", "\x1b[57414u\x1b[57419u\x1b[57422u\x1b[57400;129;49u", []string{"enter", "up", "pgdown", "1"}},
	{
		"kitty keys that had no code of their own", "\x1b[32;2;32u\x1b[13;2u\x1b[105;5u\x1b[109;5u\x1b[91;5u\x1b[9;2u\x1b[32;5u",
		[]string{"space", "enter", "tab", "enter", "esc", "shift+tab", "ctrl+space"},
	},
	{"kitty modifiers", "\x1b[57441;2u\x1b[57441;1:3u", []string{"leftshift", "release leftshift"}},
	{"kitty text that is a control", "\x1b[97;1;27ua", []string{"a"}},
	{"windows key with a repeat count", "\x1b[32;57;32;1;0;65535_a", []string{"a"}},
	{"SGR mouse", "\x1b[<0;5;3M\x1b[<0;5;3m", []string{"uv.MouseClickEvent left 4,2", "uv.MouseReleaseEvent left 4,2"}},
	{"SGR wheel", "\x1b[<64;1;1M", []string{"uv.MouseWheelEvent wheelup 0,0"}},
	{"X10 mouse", "\x1b[M \x25\x23\x1b[M#\x25\x23", []string{"uv.MouseClickEvent left 4,2", "uv.MouseReleaseEvent  4,2"}},
	{"X10 mouse far to the right", "\x1b[M \xff!", []string{"uv.MouseClickEvent left 222,0"}},
	{"X10 mouse cut off", "\x1b[M \x1b[A", []string{"up"}},
	{"focus", "\x1b[I\x1b[O", []string{"uv.FocusEvent", "uv.BlurEvent"}},
	{"paste", "a\x1b[200~ qp\x1b[A\x03\x1b[201~b", []string{"a", "b"}},
	{"paste with almost its end in it", "\x1b[200~\x1b[201\x1b[20\x1b\x1b[201~a", []string{"a"}},
	{"paste without end", "a\x1b[200~bc", []string{"a"}},
	{"end of no paste", "\x1b[201~a", []string{"a"}},
	{"empty paste", "\x1b[200~\x1b[201~a", []string{"a"}},
	{"answers of terminals", "\x1b[?1;2c\x1b[?2026;2$y\x1b[5;1R\x1b[?1u\x1b]10;rgb:0/0/0\a\x1bP>|x\x1b\\\x1b_Gi=1\x1b\\a", []string{"uv.CursorPositionEvent", "a"}},
	{
		"backgrounds", "\x1b]11;rgb:ffff/8080/0000\x1b\\a\x1b]11;rgb:FF/80/00\a\x1b]11;rgb:fff/7f7/0\a\x1b]11;rgb:f/8/0\x1b\\\x1b]11;rgba:ffff/ffff/0/8000\a",
		[]string{"background #ff8000", "a", "background #ff8000", "background #ff7f00", "background #ff8800", "background #ffff00"},
	},
	{
		"backgrounds that are none", "\x1b]11;rgb:f/f\a\x1b]11;rgb:f/f/f/f\a\x1b]11;rgba:f/f/f\a\x1b]11;rgb:f//f\a\x1b]11;rgb:fffff/f/f\a\x1b]11;rgb:g/f/f\a" +
			"\x1b]11;rgb:f/f/f \a\x1b]11;rgb:f/f/f;f\a\x1b]11;#ffffff\a\x1b]11;?\a\x1b]11;\a\x1b]11\a\x1b]12;rgb:f/f/f\a\x1b]111;rgb:f/f/f\a\x1bP11;rgb:f/f/f\x1b\\a",
		[]string{"a"},
	},
	{"background cut off", "\x1b]11;rgb:f/f/f\x18\x1b]11;rgb:f/f/f\x1b[A\x1b]11;rgb:f/f/f\x1b", []string{"up", "esc"}},
	{"background after a long string", "\x1b]11;rgb:" + strings.Repeat("f", 1000) + "/f/f\a\x1b]0;" + strings.Repeat("x", 1000) + "\x1b]11;rgb:f/f/f\a", []string{"background #ffffff"}},
	{"clipboard", "\x1b]52;c;cQ==\x1b\\a", []string{"a"}},
	{"window sizes", "\x1b[8;9999;9999t\x1b[48;9999;9999;1;1ta", []string{"a"}},
	{"position that may be a key", "\x1b[1;2R", []string{"shift+f3", "uv.CursorPositionEvent"}},
	{"string ended by another sequence", "\x1b]0;abc\x1b[A", []string{"up"}},
	{"string cancelled", "\x1b]0;abc\x18a\x1bPabc\x1aa", []string{"a", "a"}},
	{"string without end", "\x1b]0;abc", nil},
	{"string cut off by escape", "\x1bPabc\x1b", []string{"esc"}},
	{"sequence cancelled", "\x1b[1;\x18a", []string{"a"}},
	{"sequence cut off by a control", "\x1b[1;\ra", []string{"enter", "a"}},
	{"sequence without end", "\x1b[1;5", nil},
	{"long sequence", "\x1b[" + strings.Repeat("1", 1000) + "Aa", []string{"a"}},
	{"many parameters", "\x1b[" + strings.Repeat("1;", 50) + "Aa", []string{"a"}},
	{"unknown sequences", "\x1b[99~\x1b[1;2;3;4x\x1bOza", []string{"a"}},
}

func TestDecoderKeys(t *testing.T) {
	for _, c := range inputs {
		if got := decode(c.in); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q is %q, want %q", c.name, c.in, got, c.want)
		}
	}
}

func TestDecoderReadsMayEndAnywhere(t *testing.T) {
	for _, c := range inputs {
		for i := range len(c.in) + 1 {
			if got := decode(c.in[:i], c.in[i:]); !slices.Equal(got, c.want) {
				t.Errorf("%s: cut at %d %q is %q, want %q", c.name, i, c.in, got, c.want)
			}
		}
		if got := decode(strings.Split(c.in, "")...); !slices.Equal(got, c.want) {
			t.Errorf("%s: byte by byte %q is %q, want %q", c.name, c.in, got, c.want)
		}
	}
}

func TestDecoderRecoversAfterGarbage(t *testing.T) {
	// Whatever was open, it ends when nothing more comes.
	for _, c := range inputs {
		for i := range len(c.in) {
			var last string
			d := decoder{emit: func(e uv.Event) { last = name(e) }}
			d.decode([]byte(c.in[:i]))
			d.expire()
			if d.decode([]byte("q")); last != "q" || d.timeout() != 0 {
				t.Errorf("%s: after %q, q is %q, and the wait %v", c.name, c.in[:i], last, d.timeout())
			}
		}
	}
}

func TestDecoderEndlessSequencesStayCheap(t *testing.T) {
	for _, start := range []string{"\x1b]0;", "\x1b]11;rgb:", "\x1b]11;rgb:f/f/f\x1b[", "\x1bP1$r", "\x1b_G", "\x1b^", "\x1bX", "\x1b[", "\x1bO", "\x1b[200~", "\x1b]0;\x1b", "\x1b[200~\x1b["} {
		chunk := bytes.Repeat([]byte("1"), 512)
		d := decoder{emit: func(e uv.Event) { t.Errorf("%q: event %v", start, e) }}
		d.decode([]byte(start))
		if strings.HasSuffix(start, "0;\x1b") {
			d.decode([]byte("[")) // A string cut off by a sequence without end.
		}
		begin := time.Now()
		if n := testing.AllocsPerRun(8<<20/len(chunk), func() { d.decode(chunk) }); n > 0 {
			t.Errorf("%q: %v allocations for %d bytes", start, n, len(chunk))
		}
		// One scan of 8 MB takes some 50 ms, one for each read half a minute.
		if took := time.Since(begin); took > 5*time.Second {
			t.Errorf("%q: 8 MB took %v", start, took)
		}
	}
}

// typist feeds an input and notes what it makes of it and when.
type typist struct {
	io.WriteCloser
	input  *input
	events chan string
	ended  chan error
}

func newTypist(t *testing.T) *typist {
	t.Helper()
	r, w := io.Pipe()
	p := &typist{WriteCloser: w, events: make(chan string, 100), ended: make(chan error, 10)}
	p.input = newInput(r, 0, func(e uv.Event) { p.events <- name(e) }, func(err error) { p.ended <- err })
	go p.input.run(t.Context())
	return p
}

// hangUp ends the input and waits until the decoder has noticed.
func (p *typist) hangUp(t *testing.T) {
	t.Helper()
	_ = p.Close()
	if err := <-p.ended; err != ErrHungUp {
		t.Errorf("ended with %v", err)
	}
}

func (p *typist) write(t *testing.T, s string) {
	t.Helper()
	if _, err := io.WriteString(p, s); err != nil {
		t.Fatal(err)
	}
	synctest.Wait()
}

// got returns the events since the last call.
func (p *typist) got() []string {
	synctest.Wait()
	var events []string
	for len(p.events) > 0 {
		events = append(events, <-p.events)
	}
	return events
}

func (p *typist) expect(t *testing.T, when string, want ...string) {
	t.Helper()
	if got := p.got(); !slices.Equal(got, want) {
		t.Errorf("%s: %q, want %q", when, got, want)
	}
}

// pause lets time pass, and everything that is due happen.
func pause(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func TestDecoderEscapeIsKeyAfterTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newTypist(t)
		p.write(t, "\x1b")
		pause(49 * time.Millisecond)
		p.input.expire() // As a timer does that was set for something before.
		p.expect(t, "after 49 ms")
		pause(time.Millisecond)
		p.expect(t, "after 50 ms", "esc")
		p.write(t, "[A")
		p.expect(t, "what follows", "[", "A")

		p.write(t, "\x1b")
		pause(40 * time.Millisecond)
		p.write(t, "[")
		pause(40 * time.Millisecond)
		p.write(t, "A")
		p.expect(t, "in time", "up")

		p.write(t, "\x1b[")
		pause(50 * time.Millisecond)
		p.write(t, "q")
		p.expect(t, "an introducer alone", "alt+[", "q")
		p.hangUp(t)
	})
}

func TestDecoderAbandonsIncompleteSequence(t *testing.T) {
	for _, start := range []string{"\x1b[200~", "\x1b[200~text\x1b[20", "\x1b]0;title", "\x1bPq", "\x1b[1;", "\x1b[M ", "\x1b[[", "\xe4\xb8"} {
		synctest.Test(t, func(t *testing.T) {
			p := newTypist(t)
			p.write(t, start)
			pause(1900 * time.Millisecond)
			p.write(t, "1") // It goes on.
			_ = p.got()     // A key if what went on was a character.
			pause(2 * time.Second)
			p.write(t, "q")
			p.expect(t, fmt.Sprintf("%q", start), "q")
			p.hangUp(t)
		})
	}
}

func TestDecoderWaitsForConsumer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newTypist(t)
		taken := make(chan struct{})
		p.input.decoder.emit = func(uv.Event) { <-taken }
		wrote := make(chan error, 1)
		go func() {
			_, err := io.WriteString(p, strings.Repeat("x", 2*len(p.input.buf)))
			wrote <- err
		}()
		synctest.Wait()
		if len(wrote) > 0 {
			t.Fatal("more was read than one buffer although nothing was taken")
		}
		close(taken)
		if err := <-wrote; err != nil {
			t.Error(err)
		}
		p.hangUp(t)
	})
}

func TestDecoderKeepsOrderAfterLateEscape(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newTypist(t)
		taken := make(chan string)
		p.input.decoder.emit = func(e uv.Event) { taken <- name(e) }
		p.write(t, "\x1b")
		pause(time.Second) // The model is busy when the escape is due.
		p.write(t, "a")
		if first, second := <-taken, <-taken; first != "esc" || second != "a" {
			t.Errorf("got %q, then %q", first, second)
		}
		p.hangUp(t)
	})
}

func TestDecoderPanicEndsSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, in := range []string{"a", "\x1b"} {
			p := newTypist(t)
			p.input.decoder.emit = func(uv.Event) { panic("oops") }
			p.write(t, in)
			if err := <-p.ended; !strings.Contains(err.Error(), "oops") {
				t.Errorf("ended with %v", err)
			}
			p.hangUp(t)
		}
	})
}

func FuzzDecoder(f *testing.F) {
	for _, c := range inputs {
		f.Add([]byte(c.in), uint16(len(c.in)/2))
	}
	for _, attack := range []string{
		"\x1b[200~", "\x1b]0;", "\x1b]11;rgb:f/f/f\a", "\x1b]11;rgba:ffff/0/8", "\x1b]52;c;", "\x1bP1$r", "\x1b_G", "\x1b^", "\x1bX", "\x1b[", "\x1bO", "\x1b[200~\x1b[", "\x1b]0;\x1b", "\x1b", " ", "q",
		"\x1b[<0;40;8M\x1b[<0;40;8m", "\x1b[<64;1;1M", "\x1b[M \x21\x21", "\x1b[<0;99999999999;1M", "\x1b[32;1:2;32u", "\xff", "\xf0\x9f", "\x9b",
	} {
		f.Add([]byte(strings.Repeat(attack, 20)), uint16(len(attack)))
		f.Add([]byte(attack+strings.Repeat("1;", 200)+"q"), uint16(len(attack)+9))
	}
	f.Fuzz(func(t *testing.T, in []byte, cut uint16) {
		i := min(int(cut), len(in))
		whole := decode(string(in))
		if got := decode(string(in[:i]), string(in[i:])); !slices.Equal(got, whole) {
			t.Errorf("cut at %d %q, whole %q", i, got, whole)
		}
		if got := decode(strings.Split(string(bytes.ToValidUTF8(in, nil)), "")...); len(in) > 0 && bytes.Equal(bytes.ToValidUTF8(in, nil), in) && !slices.Equal(got, whole) {
			t.Errorf("character by character %q, whole %q", got, whole)
		}
		if len(whole) > len(in) {
			t.Errorf("%d events from %d bytes", len(whole), len(in))
		}
		d := decoder{emit: func(uv.Event) {}}
		d.decode(in)
		if d.n > maxSequence {
			t.Errorf("%d bytes pending", d.n)
		}
		if d.expire(); d.timeout() != 0 {
			t.Error("waits for ever")
		}
	})
}

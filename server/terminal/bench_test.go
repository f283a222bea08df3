package terminal

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"charm.land/lipgloss/v2"
	uv "github.com/charmbracelet/ultraviolet"
)

// benchFrame returns a screen of 80 by 24 as the game shows it.
func benchFrame(clicks int) frame {
	border := lipgloss.NewStyle().Border(lipgloss.RoundedBorder()).BorderForeground(lipgloss.Color("#7d56f4")).Padding(1, 4).Width(60)
	number := lipgloss.NewStyle().Bold(true).Foreground(lipgloss.Color("#fafafa"))
	faint := lipgloss.NewStyle().Faint(true)
	rows := []string{faint.Render("Clickky — everybody clicks")}
	for i := range 12 {
		rows = append(rows, number.Render(fmt.Sprintf("%2d. player%02d", i, i))+"  "+faint.Render(strings.Repeat("█", 30-i)))
	}
	rows = append(rows, number.Render(fmt.Sprintf("%09d", clicks)), faint.Render("space click · q quit"))
	return colored(lipgloss.Place(80, 24, lipgloss.Center, lipgloss.Center, border.Render(strings.Join(rows, "\n"))), 80, 24)
}

func benchDiff(b *testing.B, old, next frame) {
	b.Helper()
	buf := appendFrame(nil, old, next, nil)
	b.ReportMetric(float64(len(buf)), "B/frame")
	b.ReportAllocs()
	for b.Loop() {
		buf = appendFrame(buf[:0], old, next, nil)
	}
}

func BenchmarkDiffUnchanged(b *testing.B) { benchDiff(b, benchFrame(41), benchFrame(41)) }
func BenchmarkDiffOneDigit(b *testing.B)  { benchDiff(b, benchFrame(41), benchFrame(42)) }
func BenchmarkDiffAllDigits(b *testing.B) {
	benchDiff(b, benchFrame(123456789), benchFrame(987654321))
}
func BenchmarkDiffRepaint(b *testing.B) { benchDiff(b, frame{}, benchFrame(41)) }

// BenchmarkShow takes a frame from the model to a Write.
func BenchmarkShow(b *testing.B) {
	wrote := make(chan struct{})
	out := writerFunc(func(p []byte) (int, error) {
		wrote <- struct{}{}
		return len(p), nil
	})
	w := newRenderer(Config{Out: out, Width: 80, Height: 24}, func(err error) { b.Error(err) })
	go w.run()
	frames := [2][]string{benchFrame(41).own, benchFrame(42).own}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		w.setFrame(frames[i&1], nil)
		w.wakeUp()
		i++
		<-wrote
	}
	w.close("")
	<-wrote
	<-w.done
}

func BenchmarkDecoderSpaces(b *testing.B) {
	d := decoder{emit: func(uv.Event) {}}
	in := []byte(strings.Repeat(" ", 512))
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		d.decode(in)
	}
}

type writerFunc func(p []byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

func TestDiffAllocatesNothing(t *testing.T) {
	if raceDetector {
		t.Skip("under the race detector, pools drop what they hold")
	}
	same, other := benchFrame(41), benchFrame(41)
	other.own = slices.Clone(other.own)
	for i, line := range other.own {
		other.own[i] = strings.Clone(line)
	}
	changed := benchFrame(42)
	var buf []byte
	for _, c := range []struct {
		name      string
		old, next frame
	}{{"the same", same, same}, {"an equal one", same, other}, {"a changed one", same, changed}, {"a first one", frame{}, same}} {
		buf = appendFrame(buf[:0], c.old, c.next, nil)
		if n := testing.AllocsPerRun(100, func() { buf = appendFrame(buf[:0], c.old, c.next, nil) }); n >= 1 {
			t.Errorf("%s: %v allocations", c.name, n)
		}
	}
}

func TestShowUnchangedAllocatesNothing(t *testing.T) {
	w := newRenderer(Config{}, nil)
	content := benchFrame(41).own
	w.setFrame(content, nil)
	if n := testing.AllocsPerRun(100, func() { w.setFrame(content, nil) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

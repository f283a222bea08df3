package terminal

import (
	"testing"

	tea "charm.land/bubbletea/v2"
)

// benchFrames returns the frames of a watcher of the recorded game.
func benchFrames() []frame {
	r := oldGame()
	p := r.player()
	var frames []frame
	for i := range r.snapshots {
		p.take(r.snapshot(i))
		frames = append(frames, p.writer.sent)
	}
	return frames
}

// BenchmarkFrameDiff compares two frames of the recorded game.
func BenchmarkFrameDiff(b *testing.B) {
	frames := benchFrames()
	var buf []byte
	bytes := 0
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		i := n % (len(frames) - 1)
		buf = appendFrame(buf[:0], frames[i], frames[i+1], nil)
		bytes += len(buf)
		n++
	}
	b.ReportMetric(float64(bytes)/float64(n), "B/frame")
}

// BenchmarkFrameWrite takes a frame from show to a Write that costs nothing, goroutines
// included.
func BenchmarkFrameWrite(b *testing.B) {
	frames := benchFrames()
	wrote := make(chan struct{})
	out := writerFunc(func(p []byte) (int, error) {
		wrote <- struct{}{}
		return len(p), nil
	})
	w := newRenderer(Config{Out: out, Width: 80, Height: 24, Profile: frames[0].profile}, func(err error) { b.Error(err) })
	go w.run()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		f := &frames[i%len(frames)]
		w.setFrame(f.own, f.shared)
		w.wakeUp()
		<-wrote
	}
	w.close("")
	<-wrote
	<-w.done
}

// BenchmarkFrameAll takes a message to the bytes of its frame, without goroutines.
func BenchmarkFrameAll(b *testing.B) {
	for _, c := range []struct {
		name string
		msg  func(r *recording, i int) tea.Msg
	}{
		{"unchanged", func(r *recording, _ int) tea.Msg { return r.snapshot(0) }},
		{"others-click", (*recording).snapshot},
		{"own-click", func(*recording, int) tea.Msg { return space }},
	} {
		b.Run(c.name, func(b *testing.B) {
			r := oldGame()
			p := r.player()
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				p.take(c.msg(r, i))
			}
		})
	}
}

// BenchmarkFrameWatched does the same for one of a hundred players who watch and share what
// they can.
func BenchmarkFrameWatched(b *testing.B) {
	r := oldGame()
	watchers := r.watchers(100)
	b.ReportAllocs()
	var news tea.Msg
	for i := 0; b.Loop(); i++ {
		if i%len(watchers) == 0 {
			news = r.snapshot(i / len(watchers))
		}
		watchers[i%len(watchers)].take(news)
	}
}

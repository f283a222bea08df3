package admission

import (
	"bytes"
	"errors"
	"testing"

	gossh "golang.org/x/crypto/ssh"
)

// recordingChannel records writes, and fails after some of them.
type recordingChannel struct {
	gossh.Channel
	writes [][]byte
	err    error // of the third write
}

func (c *recordingChannel) Write(p []byte) (int, error) {
	if c.err != nil && len(c.writes) == 2 {
		return 1, c.err
	}
	c.writes = append(c.writes, bytes.Clone(p))
	return len(p), nil
}

func TestPiecewiseChannelBoundsWrites(t *testing.T) {
	t.Parallel()
	for _, size := range []int{0, 1, maxWrite, maxWrite + 1, 5 * maxWrite, 5*maxWrite + 1} {
		var ch recordingChannel
		p := bytes.Repeat([]byte("clickky"), size)[:size]
		if n, err := (piecewiseChannel{&ch}).Write(p); n != size || err != nil {
			t.Errorf("a write of %d bytes returns %d, %v", size, n, err)
		}
		if got := bytes.Join(ch.writes, nil); !bytes.Equal(got, p) {
			t.Errorf("a write of %d bytes arrives as %d others", size, len(got))
		}
		for _, piece := range ch.writes {
			if len(piece) > maxWrite || size > maxWrite && len(piece) < maxWrite/2 {
				t.Errorf("a write of %d bytes has a piece of %d", size, len(piece))
			}
		}
	}
}

func TestPiecewiseChannelReportsWhatWasWritten(t *testing.T) {
	t.Parallel()
	ch := recordingChannel{err: errors.New("gone")}
	if n, err := (piecewiseChannel{&ch}).Write(make([]byte, 5*maxWrite)); n != 2*maxWrite+1 || !errors.Is(err, ch.err) {
		t.Errorf("Write returns %d, %v, not %d, %v", n, err, 2*maxWrite+1, ch.err)
	}
}

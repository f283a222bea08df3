package server

import (
	"fmt"
	"strings"
	"testing"
)

func TestAnswerIsCut(t *testing.T) {
	t.Parallel()
	var a output
	for i := range 20_000 {
		if n, err := fmt.Fprintf(&a, "line %d\n", i); n == 0 || err != nil {
			t.Fatal(n, err)
		}
	}
	lines := a.lines()
	if got := len(strings.Join(lines, "\n")); got > maxOutput+100 || lines[1] != "line 1" || !strings.Contains(lines[len(lines)-1], "run the command over SSH") {
		t.Errorf("%d bytes, from %q to %q", got, lines[1], lines[len(lines)-1])
	}
	if lines := new(output).lines(); lines != nil {
		t.Errorf("nothing is %q", lines)
	}
}

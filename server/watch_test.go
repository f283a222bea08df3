package server_test

import (
	"strings"
	"testing"

	"clickky/cmd/clickky/sshtest"
)

func TestWatchCount(t *testing.T) {
	t.Parallel()
	g := start(t, nil).load(t, 5)
	conn := sshtest.Dial(t, g.addr, "alice")
	if r := conn.Run(t, "watch --count 1", false); r.Status != 0 || strings.Count(r.Out, "\n") != 1 {
		t.Errorf("--count 1: %+v", r)
	}
	if r := conn.Run(t, "watch --every 1s --count 2 --json", false); r.Status != 0 || strings.Count(r.Out, "\n") != 2 {
		t.Errorf("--every 1s: %+v", r)
	}
	for _, line := range []string{"watch --count=-1", "watch --every 1ms", "watch --every x"} {
		if r := conn.Run(t, line, false); r.Status != 2 {
			t.Errorf("%s: %+v", line, r)
		}
	}
}

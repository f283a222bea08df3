package server

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

func TestPacedIsRateLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		begun := time.Now()
		look := rateLimited(ctx, time.Second, func(int) time.Duration { return time.Since(begun) })
		first := look(0)
		second := look(0)
		time.Sleep(3 * time.Second)
		third := look(0)
		time.AfterFunc(time.Second/2, cancel)
		last := look(0)
		if first != 0 || second != time.Second || third != 4*time.Second || last != third+time.Second/2 {
			t.Errorf("it looks after %v, %v, %v and, at the end, %v", first, second, third, last)
		}
	})
}

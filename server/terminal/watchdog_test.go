package terminal

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// TestWatchdogIgnoresTimeOfStoppedProcess has a late timer, as after a SIGSTOP.
func TestWatchdogIgnoresTimeOfStoppedProcess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const limit = 20 * time.Second
		var w watchdog
		var barks atomic.Int32
		begun := time.Now()
		w.init(limit, func() { barks.Add(1) })
		defer w.timer.Stop()
		w.begin()
		w.timer.Stop() // and so does everything
		time.Sleep(65 * time.Second)
		w.check()
		time.Sleep(limit - time.Second)
		if barks.Load() != 0 {
			t.Fatal("it has barked though the other side had no time")
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if barks.Load() != 1 || w.end() {
			t.Errorf("%d barks %v after it began", barks.Load(), time.Since(begun))
		}
	})
}

package tui_test

import (
	"runtime"
	"sync"
	"testing"

	"clickky/tui"
	"clickky/tui/tuitest"
)

// TestScreensAlikeNeedLittleStack bounds the memory of a player: a goroutine keeps its largest
// stack until the next garbage collection, and half of it until the one after.
func TestScreensAlikeNeedLittleStack(t *testing.T) {
	if tuitest.RaceEnabled {
		t.Skip("the race detector has frames of its own")
	}
	const screens, most = 200, 12 << 10
	o := tuitest.Options(tuitest.Alice())
	o.Cache = tui.NewCache()
	o.Snapshot = tuitest.Snapshot()
	play := func() { tuitest.New(t, o).Send(tuitest.KeyPress("space")).Model.Layers() }
	play() // the first one renders for all
	stacks := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.StackInuse
	}
	before := stacks()
	var played, kept sync.WaitGroup
	leave := make(chan struct{})
	for range screens {
		played.Add(1)
		kept.Go(func() {
			play()
			played.Done()
			<-leave
		})
	}
	played.Wait()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	if each := (m.StackInuse - before) / screens; each > most {
		t.Errorf("each screen has %d bytes of stack, want at most %d", each, most)
	} else {
		t.Logf("each screen has %d bytes of stack", each)
	}
	close(leave)
	kept.Wait()
}

package main

import (
	"bytes"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"syscall"
)

// This file is built into the program by a benchmark that was asked for
// profiles, and by nothing else: SIGUSR1 begins a profile of the processor,
// SIGUSR2 ends it and adds those of the memory.
func init() {
	dir := os.Getenv("CLICKKY_LOADTEST_PROFILE")
	if dir == "" {
		return
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGUSR1, syscall.SIGUSR2)
	go func() {
		cpu, err := os.Create(filepath.Join(dir, "cpu.pprof"))
		if err != nil {
			panic(err)
		}
		for s := range signals {
			if s == syscall.SIGUSR1 {
				_ = pprof.StartCPUProfile(cpu)
				continue
			}
			pprof.StopCPUProfile()
			_ = cpu.Close()
			memory(dir)
		}
	}()
}

func memory(dir string) {
	write := func(name string, data []byte) { _ = os.WriteFile(filepath.Join(dir, name), data, 0o600) }
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	runtime.GC()
	runtime.ReadMemStats(&after)
	write("memory.txt", fmt.Appendf(nil,
		"goroutines %d\nheap in use %d, after GC: allocated %d, in use %d, idle %d, released %d, objects %d\nstacks %d\nother: mspan %d gc %d other %d\nsys %d\nGCs %d, GC CPU %.4f\n",
		runtime.NumGoroutine(), before.HeapInuse, after.HeapAlloc, after.HeapInuse, after.HeapIdle, after.HeapReleased, after.HeapObjects,
		after.StackInuse, after.MSpanSys, after.GCSys, after.OtherSys, after.Sys, after.NumGC, after.GCCPUFraction))
	for _, name := range []string{"heap", "goroutine"} {
		var b bytes.Buffer
		_ = pprof.Lookup(name).WriteTo(&b, 0)
		write(name+".pprof", b.Bytes())
	}
	var b bytes.Buffer
	_ = pprof.Lookup("goroutine").WriteTo(&b, 1)
	write("goroutines.txt", b.Bytes())
}

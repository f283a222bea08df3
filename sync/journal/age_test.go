package journal

import (
	"testing"
	"time"
)

func TestLastOlderThanFindsByTime(t *testing.T) {
	j := openJournal(t, t.TempDir())
	var between []time.Time // the moment before each event, and after the last
	for range 40 {
		between = append(between, time.Now())
		appendClicks(t, j, "alice")
	}
	between = append(between, time.Now())
	want := func(low uint64) {
		t.Helper()
		for i, at := range between {
			if got, err := j.lastBefore(shortContext(t), at); err != nil || got != max(uint64(i), low) {
				t.Fatalf("old at %d = %d, %v", i, got, err)
			}
		}
	}
	want(0)
	if err := j.Purge(shortContext(t), 30); err != nil {
		t.Fatal(err)
	}
	want(30)
	if got, err := j.LastOlderThan(shortContext(t), time.Hour); err != nil || got != 30 {
		t.Errorf("Old = %d, %v", got, err)
	}
	if got, err := j.LastOlderThan(shortContext(t), -time.Hour); err != nil || got != 40 {
		t.Errorf("Old of everything = %d, %v", got, err)
	}
}

func TestLastOlderThanCoversOlderHalfOfFullLog(t *testing.T) {
	j := openedWith(t, Config{Dir: t.TempDir(), MaxBytes: 20 << 10})
	for {
		st, err := j.backend.connection().js.Stream(shortContext(t), streamName)
		if err != nil {
			t.Fatal(err)
		}
		used := st.CachedInfo().State.Bytes
		got, err := j.LastOlderThan(shortContext(t), time.Hour)
		if err != nil || used <= 10<<10 && got != 0 {
			t.Fatalf("with %d bytes Old = %d, %v", used, got, err)
		}
		if used > 15<<10 {
			if last := appendClicks(t, j, "alice"); got < last/4 || got > last/2 {
				t.Errorf("with %d bytes of %d events Old = %d", used, last, got)
			}
			return
		}
		appendClicks(t, j, times(10, "alice")...)
	}
}

package admin

import (
	"testing"
	"time"
)

func TestBytesHaveThreeDigits(t *testing.T) {
	for bytes, want := range map[uint64]string{
		0: "0 KB", 999: "1 KB", 512_000: "512 KB", 999_400: "999 KB", 999_500: "1.0 MB", 9_949_000: "9.9 MB", 24_137_000: "24 MB",
		99_951_000: "100 MB", 1_250_000_000: "1.2 GB", 1 << 50: "1126 TB",
	} {
		if got := formatBytes(bytes); got != want {
			t.Errorf("%d bytes are %q, want %q", bytes, got, want)
		}
	}
}

func TestLastSeenIsCoarse(t *testing.T) {
	now := time.Unix(1e9, 0)
	for ago, want := range map[time.Duration][2]string{
		-time.Minute: {"just now", "<10 s"}, 9 * time.Second: {"just now", "<10 s"}, 59 * time.Second: {"50 s ago", "50 s"},
		time.Minute: {"1 min ago", "1 min"}, 26 * time.Hour: {"26 h ago", "26 h"}, 50 * 24 * time.Hour: {"50 days ago", "50 d"},
	} {
		long, short := seenText(false, now.Add(-ago), now, 20), seenText(false, now.Add(-ago), now, 6)
		if long != want[0] || short != want[1] {
			t.Errorf("%v ago is %q, in short %q; want %q", ago, long, short, want)
		}
	}
	if got := seenText(true, now, now, 6) + seenText(false, time.Time{}, now, 6); got != "now—" {
		t.Errorf("now and never are %q", got)
	}
}

func TestLeaderboardBarsBreakForDominantLeader(t *testing.T) {
	for _, c := range []struct {
		first, second, n uint64
		want             string
	}{
		{8030, 8000, 8030, "━━━━━━━━━━━━━━━━━━━━"},
		{8030, 8000, 4015, "━━━━━━━━━━"},
		{8030, 8000, 24, "╸"},
		{8030, 8000, 0, ""},
		{8030, 24, 8030, "━━━━━━━━━━━━━━━━╱╱━━"},
		{8030, 24, 24, "━━━━━━━━━━━━━━╸"},
		{8030, 24, 12, "━━━━━━━╸"},
		{8030, 0, 8030, "━━━━━━━━━━━━━━━━━━━━"},
		{0, 0, 0, ""},
	} {
		if got := clickBar(c.n, barScale(c.first, c.second), 20); got != c.want {
			t.Errorf("%d of %d and %d: %q, want %q", c.n, c.first, c.second, got, c.want)
		}
	}
}

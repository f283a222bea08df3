package text

import (
	"testing"
)

func TestNumber(t *testing.T) {
	for n, want := range map[uint64]string{
		0: "0", 7: "7", 999: "999", 1000: "1,000", 12345: "12,345", 1342977: "1,342,977", 1<<64 - 1: "18,446,744,073,709,551,615",
	} {
		if got := Grouped(n); got != want {
			t.Errorf("Grouped(%d) = %q", n, got)
		}
	}
	for w, want := range map[int]string{-1: "", 0: "", 1: "…", 5: "…", 6: "1.3e06", 7: "1342977", 8: "1342977", 9: "1,342,977"} {
		if got := Number(1342977, w); got != want {
			t.Errorf("Number(%d) = %q, want %q", w, got, want)
		}
	}
}

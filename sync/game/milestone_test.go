package game_test

import (
	"math"
	"testing"

	"clickky/sync/game"
)

func TestMilestoneLadder(t *testing.T) {
	for _, c := range []struct{ count, first, last, next uint64 }{
		{0, 1000, 0, 1000},
		{999, 1000, 0, 1000},
		{1000, 1000, 1000, 2500},
		{2500, 1000, 2500, 5000},
		{9_999, 1000, 5000, 10_000},
		{1_342_977, 1000, 1_000_000, 2_500_000},
		{0, 10, 0, 10},
		{12, 10, 10, 25},
		{99, 10, 50, 100},
		{math.MaxUint64, 1000, 1e19, 0},
		{1e19 - 1, 10, 5e18, 1e19},
	} {
		if last, next := game.Milestones(c.count, c.first); last != c.last || next != c.next {
			t.Errorf("%d from %d: %d and %d, want %d and %d", c.count, c.first, last, next, c.last, c.next)
		}
	}
}

func TestLastRoundNumberHasThreeDigits(t *testing.T) {
	for total, want := range map[uint64]uint64{
		0: 0, 999: 0, 1000: 1000, 42_999: 42_000, 999_999: 999_000, 1_342_977: 1_340_000, 12_345_678: 12_300_000, math.MaxUint64: 184e17,
	} {
		if got := game.LastRoundNumber(total); got != want {
			t.Errorf("the last round number of %d is %d, want %d", total, got, want)
		}
	}
}

package checkup

import (
	"math"
	"os"
	"testing"
)

func TestLimitsOfProcesses(t *testing.T) {
	const table = "Limit                     Soft Limit           Hard Limit           Units\n" +
		"Max processes             514                  514                  processes\nMax open files            1024                 524288               files\n"
	if n, err := parseLimits([]byte(table)); err != nil || n != 1024 {
		t.Errorf("%d, %v", n, err)
	}
	if n, err := parseLimits([]byte("Max open files  unlimited unlimited files\n")); err != nil || n != math.MaxUint64 {
		t.Errorf("%d, %v", n, err)
	}
	if _, err := parseLimits([]byte("nothing of it\nMax open files\n")); err == nil {
		t.Error("no limit is no error")
	}
	its, err := limitOf(os.Getpid())
	if own, ownErr := ownLimit(); err != nil || ownErr != nil || its != own {
		t.Errorf("this process may have %d, %v, or %d, %v", its, err, own, ownErr)
	}
}

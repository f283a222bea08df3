package checkup

import (
	"os"
	"testing"
)

func TestLimitOf(t *testing.T) {
	its, err := limitOf(os.Getpid())
	if own, ownErr := ownLimit(); err != nil || ownErr != nil || its != own {
		t.Errorf("this process may have %d, %v, or %d, %v", its, err, own, ownErr)
	}
	if _, err := limitOf(0); err == nil {
		t.Error("no process is no error")
	}
}

package mariadbtest

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// outcome records how a test would have ended.
type outcome struct {
	testing.TB
	skipped, failed string
}

func (o *outcome) Helper()                   {}
func (o *outcome) Skipf(f string, a ...any)  { o.skipped = fmt.Sprintf(f, a...); panic(o) }
func (o *outcome) Fatalf(f string, a ...any) { o.failed = fmt.Sprintf(f, a...); panic(o) }

func giveUpOutcome(t *testing.T, err error) *outcome {
	t.Helper()
	o := &outcome{TB: t}
	func() {
		defer func() { _ = recover() }() // neither of the two returns
		skipOrFail(o, err)
	}()
	return o
}

func TestServerMissingSkipsUnlessRequired(t *testing.T) {
	t.Setenv(envDir, "")
	_, missing := findProgram("clickky-no-such-daemon")
	if !errors.Is(missing, errNotInstalled) {
		t.Fatalf("find: %v", missing)
	}
	t.Setenv(envRequire, "")
	if o := giveUpOutcome(t, missing); o.failed != "" || !strings.Contains(o.skipped, "apt-get install mariadb-server") {
		t.Errorf("without MariaDB: %+v, want it skipped with a hint", o)
	}
	if o := giveUpOutcome(t, errors.New("no space left")); o.failed == "" {
		t.Errorf("with a MariaDB that does not start: %+v, want a failure", o)
	}
	t.Setenv(envRequire, "1")
	if o := giveUpOutcome(t, missing); o.failed == "" {
		t.Errorf("without a required MariaDB: %+v, want a failure", o)
	}
}

package checkup

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
)

// limitOf is how many descriptors a process may have.
func limitOf(pid int) (uint64, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/limits", pid))
	if err != nil {
		return 0, err
	}
	return parseLimits(data)
}

var errNoLimit = errors.New("the system doesn't report how many files a process can open")

// parseLimits finds the soft limit, which is the one that counts.
func parseLimits(data []byte) (uint64, error) {
	for lines := bufio.NewScanner(bytes.NewReader(data)); lines.Scan(); {
		rest, ok := strings.CutPrefix(lines.Text(), "Max open files")
		if !ok {
			continue
		}
		fields := strings.Fields(rest)
		if len(fields) > 0 && fields[0] == "unlimited" {
			return math.MaxUint64, nil
		}
		if len(fields) > 0 {
			return strconv.ParseUint(fields[0], 10, 64)
		}
	}
	return 0, errNoLimit
}

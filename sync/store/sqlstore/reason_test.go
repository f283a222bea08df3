package sqlstore

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestRejectionReason(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"Error 1644 (45000): no":    "Error 1644 (45000): no",
		" two\n\tlines\r\n":         "two lines",
		"bytes \xff\xfe":            "bytes \uFFFD",
		strings.Repeat("ä", 501):    strings.Repeat("ä", 500),
		strings.Repeat("🦆\n", 1000): strings.Repeat("🦆 ", 250),
	} {
		got := rejectionReason(errors.New(given))
		if got != want || !utf8.ValidString(got) {
			t.Errorf("reason of %q is %q, want %q", given, got, want)
		}
	}
}

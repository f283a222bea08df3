package deploy

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// setting is a line of a unit.
type setting struct{ section, name, value string }

// unit reads a unit file.
func unit(t *testing.T, path string) []setting {
	t.Helper()
	var settings []setting
	section := ""
	for line := range bytes.Lines([]byte(read(t, path))) {
		s := strings.TrimSpace(string(line))
		switch name, value, ok := strings.Cut(s, "="); {
		case s == "" || strings.HasPrefix(s, "#"):
		case strings.HasPrefix(s, "["):
			section = strings.Trim(s, "[]")
		case ok:
			settings = append(settings, setting{section, name, value})
		default:
			t.Errorf("%s: what is %q?", path, s)
		}
	}
	return settings
}

// only returns the value of a setting that must occur once.
func only(t *testing.T, settings []setting, section, name string) string {
	t.Helper()
	var values []string
	for _, s := range settings {
		if s.section == section && s.name == name {
			values = append(values, s.value)
		}
	}
	if len(values) != 1 {
		t.Fatalf("%s= in [%s]: %q, want one", name, section, values)
	}
	return values[0]
}

// TestUnitLeavesTimeToShutDown leaves time to say goodbye and to save, and gives the watchdog
// time for several rounds of the ledger, which has at least one a second.
func TestUnitLeavesTimeToShutDown(t *testing.T) {
	const goodbyeAndLastFlush = 3*time.Second + 10*time.Second // of cmd/clickky
	service := unit(t, "clickky.service")
	for name, atLeast := range map[string]time.Duration{"TimeoutStopSec": goodbyeAndLastFlush + 2*time.Second, "WatchdogSec": 10 * time.Second} {
		if d, err := time.ParseDuration(only(t, service, "Service", name)); err != nil || d < atLeast {
			t.Errorf("%s=%v (%v), want at least %v", name, d, err, atLeast)
		}
	}
	if got := only(t, service, "Service", "Type"); got != "notify" {
		t.Errorf("Type=%s", got)
	}
	if got := only(t, unit(t, "clickky.socket"), "Socket", "ListenStream"); got != "2222" {
		t.Errorf("ListenStream=%s, want the server's own port", got)
	}
}

// TestUnitsAreValid has systemd verify them, as on a machine where they are installed.
func TestUnitsAreValid(t *testing.T) {
	analyze := tool(t, "systemd-analyze", "what systemd says of the units")
	dir := t.TempDir()
	for _, name := range []string{"clickky.service", "clickky.socket"} {
		text := strings.ReplaceAll(read(t, name), "/usr/bin/clickky", program(t))
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	service := filepath.Join(dir, "clickky.service")
	out, err := command(t.Context(), dir, analyze, "verify", "--man=no", "--recursive-errors=one", service, filepath.Join(dir, "clickky.socket"))
	if err != nil || strings.Contains(out, "clickky") {
		t.Errorf("systemd-analyze verify: %v\n%s", err, out)
	}
	// Ten is a service without any limits, 1.1 what it has with systemd 252. The
	// rest is the network and sockets, which it needs.
	if out, err := command(t.Context(), dir, analyze, "security", "--offline=true", "--threshold=15", service); err != nil {
		t.Errorf("the service is exposed more than it should be: %v\n%s", err, out)
	}
}

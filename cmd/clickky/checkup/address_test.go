package checkup

import (
	"net"
	"strings"
	"syscall"
	"testing"
)

func TestNextPortKeepsHost(t *testing.T) {
	t.Parallel()
	for addr, want := range map[string]string{":2222": ":2223", "127.0.0.1:9090": "127.0.0.1:9091", "[::1]:65535": "[::1]:2222", ":ssh": ":2222"} {
		if got := nextPort(addr); got != want {
			t.Errorf("instead of %s: %s, want %s", addr, got, want)
		}
	}
}

func TestCannotListenSuggestsFreePort(t *testing.T) {
	first, second := neighbors(t)
	fix := CannotListen("--listen", first, syscall.EADDRINUSE).Fix
	if strings.HasSuffix(fix, second) || !strings.Contains(fix, "for example --listen 127.0.0.1:") {
		t.Errorf("with %s in use, too, doctor suggests %q", second, fix)
	}
}

// neighbors listens on two ports in a row until the test ends.
func neighbors(t *testing.T) (first, second string) {
	t.Helper()
	for range 100 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = l.Close() })
		first = l.Addr().String()
		second = nextPort(first)
		if next, err := net.Listen("tcp", second); err == nil {
			t.Cleanup(func() { _ = next.Close() })
			return first, second
		}
	}
	t.Fatal("no two ports in a row are free")
	return "", ""
}

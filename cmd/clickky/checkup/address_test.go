package checkup

import "testing"

func TestNextPortKeepsHost(t *testing.T) {
	t.Parallel()
	for addr, want := range map[string]string{":2222": ":2223", "127.0.0.1:9090": "127.0.0.1:9091", "[::1]:65535": "[::1]:2222", ":ssh": ":2222"} {
		if got := NextPort(addr); got != want {
			t.Errorf("instead of %s: %s, want %s", addr, got, want)
		}
	}
}

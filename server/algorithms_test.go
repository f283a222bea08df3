package server_test

import (
	"net"
	"os/exec"
	"strings"
	"testing"

	gossh "golang.org/x/crypto/ssh"

	"clickky/cmd/clickky/sshtest"
)

func TestAlgorithmsOldAreRejected(t *testing.T) {
	t.Parallel()
	g := start(t, nil).load(t, 0)
	ctr := []string{gossh.CipherAES128CTR}
	for _, c := range []struct {
		config gossh.Config
		ok     bool
	}{
		{gossh.Config{KeyExchanges: []string{gossh.KeyExchangeMLKEM768X25519}}, true},
		{gossh.Config{KeyExchanges: []string{gossh.KeyExchangeCurve25519}}, true},
		{gossh.Config{KeyExchanges: []string{"curve25519-sha256@libssh.org"}}, true},
		{gossh.Config{KeyExchanges: []string{gossh.KeyExchangeECDHP256}}, true},
		{gossh.Config{KeyExchanges: []string{gossh.KeyExchangeECDHP384}}, false},
		{gossh.Config{KeyExchanges: []string{gossh.KeyExchangeECDHP521}}, false},
		{gossh.Config{KeyExchanges: []string{gossh.KeyExchangeDH14SHA256}}, false},
		{gossh.Config{KeyExchanges: []string{gossh.KeyExchangeDH16SHA512}}, false},
		{gossh.Config{KeyExchanges: []string{gossh.KeyExchangeDHGEXSHA256}}, false},
		{gossh.Config{KeyExchanges: []string{gossh.InsecureKeyExchangeDH14SHA1}}, false},
		{gossh.Config{Ciphers: ctr, MACs: []string{gossh.HMACSHA256ETM}}, true},
		{gossh.Config{Ciphers: ctr, MACs: []string{gossh.HMACSHA512ETM}}, true},
		{gossh.Config{Ciphers: ctr, MACs: []string{gossh.HMACSHA256, gossh.HMACSHA512, gossh.HMACSHA1, gossh.InsecureHMACSHA196}}, false},
		{gossh.Config{Ciphers: []string{gossh.CipherAES128GCM}, MACs: []string{gossh.HMACSHA1}}, true}, // which is not used
		{gossh.Config{Ciphers: []string{gossh.CipherChaCha20Poly1305}}, true},
		{gossh.Config{Ciphers: []string{gossh.InsecureCipherAES128CBC, gossh.InsecureCipherTripleDESCBC}}, false},
	} {
		config := sshtest.Config("alice")
		config.Config = c.config
		client, err := gossh.Dial("tcp", g.addr, config)
		if (err == nil) != c.ok {
			t.Errorf("%v %v %v: %v", c.config.KeyExchanges, c.config.Ciphers, c.config.MACs, err)
		}
		if err == nil {
			_ = client.Close()
		}
	}
}

func TestRekeyTooOftenIsLoggedAndCounted(t *testing.T) {
	t.Parallel()
	g := start(t, nil).load(t, 0)
	s := g.server
	r, err := sshtest.RawLogin(dial(t, g.addr), "alice")
	if err != nil {
		t.Fatal(err)
	}
	if n := rekey(r); n != 3 {
		t.Errorf("new keys %d times, want 3", n)
	}
	sshtest.Eventually(t, "it is counted", func() bool { return s.Stats().Conns.Rekeying == 1 })
	g.end()
	if log := g.log.String(); !strings.Contains(log, "rekeys too often") {
		t.Errorf("the log:\n%s", log)
	}
}

// TestAlgorithmsPassSSHAudit allows the NIST curve, which old clients need.
func TestAlgorithmsPassSSHAudit(t *testing.T) {
	t.Parallel()
	audit, err := exec.LookPath("ssh-audit")
	if err != nil {
		t.Skip("ssh-audit is not installed")
	}
	g := start(t, nil).load(t, 0)
	host, port, err := net.SplitHostPort(g.addr)
	if err != nil {
		t.Fatal(err)
	}
	out, _ := exec.CommandContext(t.Context(), audit, "-n", "-p", port, host).Output()
	if !strings.Contains(string(out), "(kex) curve25519-sha256 ") || !strings.Contains(string(out), "(key) ssh-ed25519 ") {
		t.Fatalf("it says %q", out)
	}
	about := ""
	for line := range strings.Lines(string(out)) {
		if strings.HasPrefix(line, "(") { // others go on about the same algorithm
			about = line
		}
		if strings.Contains(line, "[fail]") && !strings.Contains(about, "nistp") {
			t.Errorf("%s%s", about, line)
		}
	}
}

package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"clickky/cmd/clickky/sshtest"
	"clickky/sync/cluster/natstest"
	"clickky/sync/store/mysql/mariadbtest"
)

var showing = regexp.MustCompile(`serving the web page.* addr=(\S+)`)

// TestWebPageShowsClicks plays beside the page of the real program.
func TestWebPageShowsClicks(t *testing.T) {
	t.Parallel()
	p := start(t, t.TempDir(), "--web", "127.0.0.1:0", "--public-address", "play.example.org")
	at := p.address(t, showing)
	alice := play(t, p, "alice")
	alice.Type(t, " ")
	alice.WaitFor(t, "1 click")
	_, port, _ := net.SplitHostPort(p.Addr)
	if _, body := get(t, at, "/"); !strings.Contains(body, "<strong id=\"total\">1</strong>") || !strings.Contains(body, "ssh -p "+port+" play.example.org<") {
		t.Errorf("the page:\n%s", body)
	}
	if _, body := get(t, at, "/stats.json"); !strings.HasPrefix(body, `{"total":1,"players":1,"online":1,`) {
		t.Errorf("the stats: %s", body)
	}
	if status, _ := get(t, at, "/metrics"); status != http.StatusNotFound {
		t.Errorf("metrics on the page: status %d", status)
	}
	p.terminate(t)
}

// TestWebPageOfAnyServerShowsWholeGame plays on two servers of one game.
func TestWebPageOfAnyServerShowsWholeGame(t *testing.T) {
	t.Parallel()
	db, nats := mariadbtest.New(t), natstest.Start(t, 1)
	var servers []*program
	for _, name := range []string{"alice", "bob"} {
		p := start(t, t.TempDir(), "--db", db.URL, "--nats", nats.URL(), "--web", "127.0.0.1:0", "--public-leaderboard")
		play(t, p, name).Type(t, " ")
		servers = append(servers, p)
	}
	for _, p := range servers {
		at := p.address(t, showing)
		sshtest.Eventually(t, "the page has the numbers of both servers", func() bool {
			_, stats := get(t, at, "/stats.json")
			return strings.HasPrefix(stats, `{"total":2,"players":2,"online":2,`) && strings.Contains(stats, `"server_count":2`)
		})
		sshtest.Eventually(t, "the page has the players of both servers", func() bool {
			_, body := get(t, at, "/")
			return strings.Contains(body, `<strong id="total">2</strong> <span id="players">clicks by 2 players</span>`) && strings.Contains(body, ">alice</span>") && strings.Contains(body, ">bob</span>")
		})
	}
	for _, p := range servers {
		p.terminate(t)
	}
}

// writeCertificate writes a certificate for loopback with a serial number, and its key.
func writeCertificate(t *testing.T, cert, key string, serial int64) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(serial), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	for path, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestReloadReadsCertificateOfWebPage renews the certificate, and then spoils it.
func TestReloadReadsCertificateOfWebPage(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	writeCertificate(t, cert, key, 1)
	p := start(t, dir, "--web", "127.0.0.1:0", "--web-tls", cert+","+key)
	at := p.address(t, showing)
	serves := func(serial int64) bool {
		conn, err := tls.Dial("tcp", at, &tls.Config{InsecureSkipVerify: true})
		if err != nil {
			t.Error(err)
			return false
		}
		defer conn.Close()
		return conn.ConnectionState().PeerCertificates[0].SerialNumber.Int64() == serial
	}
	if !serves(1) {
		t.Error("it doesn't serve the certificate")
	}
	writeCertificate(t, cert, key, 2)
	p.reloads(t, "reloaded")
	sshtest.Eventually(t, "the new certificate is served", func() bool { return serves(2) })
	if err := os.WriteFile(key, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if said := p.reloads(t, "--web-tls"); strings.Count(said, "\n") != 1 || !serves(2) {
		t.Errorf("with a broken key the log says\n%s", said)
	}
	if status, _ := get(t, at, "/"); status == http.StatusOK {
		t.Error("it answers without TLS")
	}
	p.terminate(t)
}

package mysql

import (
	"encoding/pem"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"clickky/sync/store"
	"clickky/sync/store/mysql/mariadbtest"
)

// openTrusting opens a store that trusts an authority, unless it is nil.
func openTrusting(t *testing.T, url string, ca *mariadbtest.Authority) *Store {
	t.Helper()
	cfg, err := ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	if ca != nil {
		if err := cfg.RequireCA(ca.PEM); err != nil {
			t.Fatal(err)
		}
	}
	s, err := Open(cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// cipher returns the cipher of the store's connection as the server sees it; empty without TLS.
func cipher(t *testing.T, s *Store) string {
	t.Helper()
	var variable, value string
	if err := s.db.QueryRowContext(t.Context(), "SHOW STATUS LIKE 'Ssl_cipher'").Scan(&variable, &value); err != nil {
		t.Fatal(err)
	}
	return value
}

// wantsDistrust requires one sentence that says what to do, and that ends a server.
func wantsDistrust(t *testing.T, s *Store, says ...string) {
	t.Helper()
	err := s.Migrate(t.Context())
	if !errors.Is(err, store.ErrRefused) || strings.Contains(err.Error(), "\n") {
		t.Errorf("%v, want one sentence, and that it is refused", err)
	}
	for _, what := range append(says, "isn't trusted", "--db-ca") {
		if err != nil && !strings.Contains(err.Error(), what) {
			t.Errorf("%v does not say %q", err, what)
		}
	}
}

func TestTLSTrustsOnlyAuthority(t *testing.T) {
	t.Parallel()
	ca, other := mariadbtest.NewAuthority(t), mariadbtest.NewAuthority(t)
	db := mariadbtest.StartTLS(t, ca)

	for what, s := range map[string]*Store{
		"the right CA":               openTrusting(t, db.URL, ca),
		"the right CA and tls=true":  openTrusting(t, db.URL+"?tls=true", ca),
		"the right CA, among others": openTrusting(t, db.URL, &mariadbtest.Authority{PEM: append(other.PEM, ca.PEM...)}),
		"tls=skip-verify":            openTrusting(t, db.URL+"?tls=skip-verify", nil),
		"tls=preferred":              openTrusting(t, db.URL+"?tls=preferred", nil),
	} {
		if err := s.Migrate(t.Context()); err != nil {
			t.Errorf("%s: %v", what, err)
		} else if cipher(t, s) == "" {
			t.Errorf("%s: the connection is not encrypted", what)
		}
	}
	for what, s := range map[string]*Store{"nothing": openTrusting(t, db.URL, nil), "tls=false": openTrusting(t, db.URL+"?tls=false", nil)} {
		if c := cipher(t, s); c != "" {
			t.Errorf("%s: encrypted with %s", what, c)
		}
	}
	wantsDistrust(t, openTrusting(t, db.URL, other), "unknown authority")
	wantsDistrust(t, openTrusting(t, db.URL+"?tls=true", nil), "certificate")
	wantsDistrust(t, openTrusting(t, strings.Replace(db.URL, "127.0.0.1", "localhost", 1), ca), "localhost", "host name in the URL")
}

// TestTLSCertificateWithoutHost is trusted because of its authority, and only with that
// authority.
func TestTLSCertificateWithoutHost(t *testing.T) {
	t.Parallel()
	ca, other := mariadbtest.NewAuthority(t), mariadbtest.NewAuthority(t)
	db := mariadbtest.StartNameless(t, ca)
	for _, host := range []string{"127.0.0.1", "localhost"} {
		at := strings.Replace(db.URL, "127.0.0.1", host, 1)
		s := openTrusting(t, at, ca)
		if err := s.Migrate(t.Context()); err != nil {
			t.Errorf("%s: %v", host, err)
		} else if cipher(t, s) == "" {
			t.Errorf("%s: the connection is not encrypted", host)
		}
		wantsDistrust(t, openTrusting(t, at, other), "unknown authority", "ca.pem")
	}
	wantsDistrust(t, openTrusting(t, db.URL+"?tls=true", nil), "certificate")
}

// TestTLSCertificatesOfMySQL uses those in its data directory, if it is readable.
func TestTLSCertificatesOfMySQL(t *testing.T) {
	t.Parallel()
	database := mariadbtest.New(t)
	var name, file string
	err := database.Open(t).QueryRowContext(t.Context(), "SHOW VARIABLES LIKE 'ssl_ca'").Scan(&name, &file)
	if err != nil || file == "" {
		t.Skip("the server has made no certificates")
	}
	if !filepath.IsAbs(file) {
		file = filepath.Join(scalar(t, database.Open(t), "SELECT @@datadir"), file)
	}
	bundle, err := os.ReadFile(file)
	if err != nil {
		t.Skipf("the server is elsewhere: %v", err)
	}
	s := openTrusting(t, database.URL, &mariadbtest.Authority{PEM: bundle})
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if cipher(t, s) == "" {
		t.Error("the connection is not encrypted")
	}
}

func TestTLSIsNeverDowngraded(t *testing.T) {
	t.Parallel()
	db := mariadbtest.Start(t)
	wantsDistrust(t, openTrusting(t, db.URL, mariadbtest.NewAuthority(t)), "doesn't support TLS")
	for _, tls := range []string{"true", "skip-verify"} {
		wantsDistrust(t, openTrusting(t, db.URL+"?tls="+tls, nil), "doesn't support TLS")
	}
	// The operator may turn it off.
	if s := openTrusting(t, db.URL+"?tls=preferred", nil); cipher(t, s) != "" {
		t.Error("encrypted, without TLS")
	}
}

func TestTLSRejectsInvalidCA(t *testing.T) {
	t.Parallel()
	good := string(mariadbtest.NewAuthority(t).PEM)
	broken := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("nonsense")}))
	key := string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte("s3cr3t")}))
	const url = "mysql://u:s3cr3t@db/game"
	for what, c := range map[string]struct{ url, bundle, says string }{
		"an empty file":           {url, "", "contains no certificate"},
		"something else":          {url, "s3cr3t", "contains no certificate"},
		"a broken one":            {url, good + broken, "something other than certificates"},
		"a key":                   {url, good + key, "something other than certificates"},
		"tls=false":               {url + "?tls=false", good, "turns certificate checks off"},
		"tls=skip-verify":         {url + "?tls=skip-verify", good, "turns certificate checks off"},
		"tls=preferred":           {url + "?tls=preferred", good, "turns certificate checks off"},
		"a fallback":              {url + "?tls=true&allowFallbackToPlaintext=true", good, "turns certificate checks off"},
		"a socket of the machine": {"u:s3cr3t@unix(/s)/game", good, "socket"},
	} {
		cfg, err := ParseURL(c.url)
		if err != nil {
			t.Fatal(err)
		}
		err = cfg.RequireCA([]byte(c.bundle))
		if err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "s3cr3t") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, want a sentence with %q", what, err, c.says)
		}
	}
}

func TestPasswordIsSetOrReplaced(t *testing.T) {
	t.Parallel()
	for _, in := range []string{"mysql://alice@db/game", "mysql://alice:old@db/game", "alice:old@tcp(db)/game", "alice@tcp(db)/game"} {
		cfg, err := ParseURL(in)
		if err != nil {
			t.Fatal(err)
		}
		cfg.SetPassword("p@/:?#%\n")
		if cfg.driver.Passwd != "p@/:?#%\n" || cfg.driver.User != "alice" || cfg.String() != "mysql://alice@db:3306/game" {
			t.Errorf("%s became %s with user %q and password %q", in, cfg, cfg.driver.User, cfg.driver.Passwd)
		}
	}
}

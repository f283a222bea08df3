package mysql

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net"

	driver "github.com/go-sql-driver/mysql"

	"clickky/sync/store"
)

// SetPassword has another password in the place of the one in the URL, or one
// where there was none.
func (c *Config) SetPassword(password string) { c.driver.Passwd = password }

// RequireCA has every connection encrypted, and the server show a certificate of one
// of the authorities in bundle (PEM), for the host of the URL. A certificate that names no
// host at all, as those that MySQL makes for itself, is good for every host: so the
// authority must be one that signs nothing but database servers. A server that cannot is
// refused, and so is one without TLS. It fails when the bundle holds anything but
// certificates, and when the URL asks for less.
//
// The error is one sentence for the operator.
func (c *Config) RequireCA(bundle []byte) error {
	switch {
	case c.driver.Net != "tcp":
		return errors.New("the database is on a local socket, which needs no certificate; remove --db-ca")
	case c.driver.TLSConfig != "" && c.driver.TLSConfig != "true", c.driver.AllowFallbackToPlaintext:
		return errors.New("the database URL turns certificate checks off; " +
			"remove tls= and allowFallbackToPlaintext= from it, or remove --db-ca")
	}
	authorities, err := parseAuthorities(bundle)
	if err != nil {
		return err
	}
	host, _, err := net.SplitHostPort(c.driver.Addr)
	if err != nil {
		host = c.driver.Addr
	}
	c.driver.TLS = &tls.Config{
		ServerName: host, MinVersion: tls.VersionTLS12,
		// The standard check refuses a certificate without a host. VerifyConnection does
		// all of it, and runs for each connection.
		InsecureSkipVerify: true, //nolint:gosec // G402: verified below
		VerifyConnection:   func(state tls.ConnectionState) error { return verify(state.PeerCertificates, authorities, host) },
	}
	return nil
}

// verify returns an error unless the first certificate leads to one of the authorities, for
// a database server, and is for the host or for none.
func verify(chain []*x509.Certificate, authorities *x509.CertPool, host string) error {
	if len(chain) == 0 {
		return errors.New("the server sent no certificate")
	}
	leaf, between := chain[0], x509.NewCertPool()
	for _, certificate := range chain[1:] {
		between.AddCert(certificate)
	}
	_, err := leaf.Verify(x509.VerifyOptions{Roots: authorities, Intermediates: between})
	if err == nil && namesHosts(leaf) {
		err = leaf.VerifyHostname(host)
	}
	if err != nil {
		return &tls.CertificateVerificationError{UnverifiedCertificates: chain, Err: err}
	}
	return nil
}

// namesHosts reports whether a certificate is for certain hosts. The common name is none of
// them, as everywhere by now.
func namesHosts(c *x509.Certificate) bool { return len(c.DNSNames)+len(c.IPAddresses) > 0 }

func parseAuthorities(bundle []byte) (*x509.CertPool, error) {
	authorities, found := x509.NewCertPool(), false
	for block, rest := pem.Decode(bundle); block != nil; block, rest = pem.Decode(rest) {
		authority, err := x509.ParseCertificate(block.Bytes)
		if block.Type != "CERTIFICATE" || err != nil {
			return nil, errors.New("the file contains something other than certificates; it must contain only CA certificates in PEM format")
		}
		authorities.AddCert(authority)
		found = true
	}
	if !found {
		return nil, errors.New("the file contains no certificate; it must contain the PEM certificate of the CA that signed the server's")
	}
	return authorities, nil
}

// wrapLogin says what to do about a server that cannot be trusted, or wants a kind of
// login that the driver has not; nil for other errors. Trying again would not help, so
// store.ErrRefused is in the chain.
func wrapLogin(doing string, err error) error {
	switch {
	case errors.Is(err, driver.ErrNoTLS):
		return fmt.Errorf("%s: %w: the server doesn't support TLS, and Clickky won't connect without it; "+
			"turn TLS on there, or remove --db-ca and tls=", doing, errDistrusted)
	case isCertificate(err):
		return fmt.Errorf("%s: %w: %w; set --db-ca to the CA that signed the server's certificate (MySQL's own is ca.pem "+
			"in its data directory), and use the certificate's host name in the URL", doing, errDistrusted, err)
	}
	for _, unknown := range []error{
		driver.ErrUnknownPlugin, driver.ErrOldPassword, driver.ErrCleartextPassword, driver.ErrNativePassword, driver.ErrOldProtocol,
	} {
		if errors.Is(err, unknown) {
			return fmt.Errorf("%s: %w: %w; give the user another authentication plugin", doing, store.ErrRefused, err)
		}
	}
	return nil
}

func isCertificate(err error) bool {
	_, is := errors.AsType[*tls.CertificateVerificationError](err)
	return is
}

// errDistrusted is store.ErrRefused in words that fit: it is not the database that
// refuses.
var errDistrusted error = distrusted{}

type distrusted struct{}

func (distrusted) Error() string { return "the database isn't trusted" }
func (distrusted) Unwrap() error { return store.ErrRefused }

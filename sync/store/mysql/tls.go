package mysql

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"slices"

	driver "github.com/go-sql-driver/mysql"

	"clickky/sync/store"
)

// SetPassword replaces the password of the URL, or adds one.
func (c *Config) SetPassword(password string) { c.driver.Passwd = password }

// RequireCA requires TLS, and a server certificate from an authority in bundle (PEM) for the host
// of the URL. A certificate without any host, such as MySQL's own, is valid for every host, so the
// authority must sign only database servers. RequireCA fails if the bundle has anything but
// certificates, or if the URL asks for less security.
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
		// The standard check rejects a certificate without a host. VerifyConnection does all of it,
		// for each connection.
		InsecureSkipVerify: true, //nolint:gosec // G402: verified below
		VerifyConnection:   func(state tls.ConnectionState) error { return verify(state.PeerCertificates, authorities, host) },
	}
	return nil
}

// verify returns an error unless the first certificate is signed by an authority and is for the
// host, or for no host at all.
func verify(chain []*x509.Certificate, authorities *x509.CertPool, host string) error {
	if len(chain) == 0 {
		return errors.New("the server sent no certificate")
	}
	leaf, between := chain[0], x509.NewCertPool()
	for _, certificate := range chain[1:] {
		between.AddCert(certificate)
	}
	_, err := leaf.Verify(x509.VerifyOptions{Roots: authorities, Intermediates: between})
	if err == nil && len(leaf.DNSNames)+len(leaf.IPAddresses) > 0 { // the common name doesn't count
		err = leaf.VerifyHostname(host)
	}
	if err != nil {
		return &tls.CertificateVerificationError{UnverifiedCertificates: chain, Err: err}
	}
	return nil
}

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

// wrapLoginError adds what to do about a server that can't be trusted, or requires an
// authentication that the driver lacks; it returns nil for other errors. Retrying won't help, so
// store.ErrRefused is in the chain.
func wrapLoginError(doing string, err error) error {
	switch {
	case errors.Is(err, driver.ErrNoTLS):
		return fmt.Errorf("%s: %w: the server doesn't support TLS, and Clickky won't connect without it; "+
			"turn TLS on there, or remove --db-ca and tls=", doing, errUntrusted)
	case errors.As(err, new(*tls.CertificateVerificationError)):
		return fmt.Errorf("%s: %w: %w; set --db-ca to the CA that signed the server's certificate (MySQL's own is ca.pem "+
			"in its data directory), and use the certificate's host name in the URL", doing, errUntrusted, err)
	}
	unknown := []error{driver.ErrUnknownPlugin, driver.ErrOldPassword, driver.ErrCleartextPassword, driver.ErrNativePassword, driver.ErrOldProtocol}
	if slices.ContainsFunc(unknown, func(target error) bool { return errors.Is(err, target) }) {
		return fmt.Errorf("%s: %w: %w; give the user another authentication plugin", doing, store.ErrRefused, err)
	}
	return nil
}

// errUntrusted is store.ErrRefused in fitting words: it isn't the database that refuses.
var errUntrusted error = untrusted{}

type untrusted struct{}

func (untrusted) Error() string { return "the database isn't trusted" }
func (untrusted) Unwrap() error { return store.ErrRefused }

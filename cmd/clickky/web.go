package main

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync/atomic"

	"clickky/cmd/clickky/telemetry"
	"clickky/server/admission"
	"clickky/server/web"
)

// webFlags are the flags of the public web page.
type webFlags struct {
	Web           string   `name:"web" env:"CLICKKY_WEB" placeholder:"ADDR" help:"HTTP address for the public web page, for example :8080 (off)."`
	WebTLS        string   `name:"web-tls" env:"CLICKKY_WEB_TLS" placeholder:"CERT,KEY" help:"Files with the certificate chain and the private key (PEM) of the web page, which makes it HTTPS."`
	WebProxy      []string `env:"CLICKKY_WEB_PROXY" placeholder:"FROM" help:"Address or prefix of HTTP proxies in front of the web page, whose Host and X-Forwarded headers are trusted. Repeatable, or separated by commas. Those of --proxy-protocol are trusted, too."`
	PublicAddress string   `env:"CLICKKY_PUBLIC_ADDRESS" placeholder:"HOST" help:"Name or HOST:PORT under which players reach the game, as the web page shows it (the address that the browser asked for)."`
}

// checkWeb returns an error if a flag is invalid.
func (c *serveCmd) checkWeb() error {
	if _, ok := web.ParseAddress(c.PublicAddress); c.PublicAddress != "" && !ok {
		return fmt.Errorf("--public-address %q: write a name or an address, such as play.example.org or play.example.org:22", c.PublicAddress)
	}
	if _, _, err := c.certificateFiles(); err != nil {
		return err
	}
	_, err := c.webProxies()
	return err
}

// webProxies returns the proxies in front of the page.
func (c *serveCmd) webProxies() (*admission.Proxies, error) {
	proxies, err := admission.ParseProxies(append(c.ProxyProtocol[:len(c.ProxyProtocol):len(c.ProxyProtocol)], c.WebProxy...))
	if err != nil {
		return nil, fmt.Errorf("--web-proxy: %w", err)
	}
	return proxies, nil
}

// certificateFiles returns the two files of --web-tls; none without it.
func (f *webFlags) certificateFiles() (cert, key string, err error) {
	cert, key, ok := strings.Cut(f.WebTLS, ",")
	if f.WebTLS != "" && (!ok || cert == "" || key == "") {
		return "", "", errors.New("--web-tls takes two files separated by a comma: the certificate chain and its private key")
	}
	return strings.TrimSpace(cert), strings.TrimSpace(key), nil
}

// certificate is the certificate of the page, which can be reloaded.
type certificate struct {
	cert, key string
	current   atomic.Pointer[tls.Certificate]
}

// newCertificate reads the certificate of --web-tls; nil without it.
func (f *webFlags) newCertificate() (*certificate, error) {
	cert, key, err := f.certificateFiles()
	if err != nil || cert == "" {
		return nil, err
	}
	c := &certificate{cert: cert, key: key}
	return c, c.reload()
}

// reload reads the files again. If it fails, the page keeps its certificate.
func (c *certificate) reload() error {
	pair, err := tls.LoadX509KeyPair(c.cert, c.key)
	if err != nil {
		return fmt.Errorf("read the files of --web-tls: %w", err)
	}
	c.current.Store(&pair)
	return nil
}

// get is tls.Config.GetCertificate.
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	return c.current.Load(), nil
}

// startWeb serves the web page until stop is called, which waits for the server to end. Without --web
// it does nothing. at is the address of the SSH server.
func (s *instance) startWeb(at net.Addr) (stop func(), err error) {
	if s.Web == "" {
		return func() {}, nil
	}
	proxies, err := s.webProxies()
	if err != nil {
		return nil, err
	}
	l, err := listen(s.process.ctx, "--web", s.Web)
	if err != nil {
		return nil, err
	}
	join, _ := web.ParseAddress(s.PublicAddress)
	if join.Port == "" {
		_, join.Port, _ = net.SplitHostPort(at.String())
	}
	config := web.Config{
		Live: s.screens, Loaded: s.game.Loaded(), GameStats: s.server.GameStats, PublicLeaderboard: s.PublicLeaderboard, Join: join, Proxies: proxies, Log: s.log,
	}
	if s.certificate != nil {
		config.Certificate = s.certificate.get
	}
	page := web.New(config)
	s.metrics.MustRegister(telemetry.WebReader{Page: page})
	s.log.Info("serving the web page", "addr", l.Addr().String(), "tls", s.certificate != nil)
	return serveUntilStopped(page, l, func(err error) { s.log.Error("the web page failed; the game continues", "err", err) }), nil
}

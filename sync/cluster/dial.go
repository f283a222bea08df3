package cluster

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
)

const (
	// retryInterval is the minimum pause between two attempts to connect; the maximum is twice
	// that.
	retryInterval = 500 * time.Millisecond
	// A server that doesn't answer maxPingsLost pings is replaced by another one.
	pingInterval = 2 * time.Second
	maxPingsLost = 2
	dialTimeout  = 2 * time.Second
)

// Config says where the NATS servers are and how to connect.
type Config struct {
	// URL has the URLs of one or more servers, separated by commas, as in
	// nats://user:password@host:4222; tls:// requires TLS.
	URL string
	// Creds is a file with credentials (a JWT and a seed); empty if there is none.
	Creds string
	// CA is a PEM file with the trusted certificate authorities; empty: those of the system.
	CA string
	// Name is the name of this connection on the NATS servers.
	Name string
}

// ErrConfig is in the chain of an error that waiting won't fix: the URL or a file is wrong.
var ErrConfig = errors.New("invalid settings")

// WithPassword sets the password of the user in each URL. It fails, with ErrConfig in the chain of
// the error, if a URL has no user, or already has a password.
func (c Config) WithPassword(password string) (Config, error) {
	urls := strings.Split(c.URL, ",")
	for i, one := range urls {
		u, err := url.Parse(strings.TrimSpace(one))
		if err != nil { // Check has a better message
			return c, c.Check()
		}
		if _, has := u.User.Password(); has || u.User.Username() == "" {
			return c, fmt.Errorf("%w: with a separate password, the NATS URL needs a user and no password, as in nats://clickky@host:4222", ErrConfig)
		}
		u.User = url.UserPassword(u.User.Username(), password)
		urls[i] = u.String()
	}
	c.URL = strings.Join(urls, ",")
	return c, nil
}

// Servers returns the URLs without users and passwords.
func (c Config) Servers() string {
	var hosts []string
	for _, one := range strings.Split(c.URL, ",") {
		if u, err := url.Parse(strings.TrimSpace(one)); err == nil && u.Host != "" {
			hosts = append(hosts, u.Scheme+"://"+u.Host)
		}
	}
	return strings.Join(hosts, ",")
}

// Check returns an error with ErrConfig in its chain if the URL or a file is invalid.
func (c Config) Check() error {
	for _, one := range strings.Split(c.URL, ",") {
		u, err := url.Parse(strings.TrimSpace(one))
		switch {
		case err != nil: // err contains the URL
			return fmt.Errorf("%w: the NATS URL is malformed; write it as nats://host:4222", ErrConfig)
		case u.Scheme != "nats" && u.Scheme != "tls":
			return fmt.Errorf("%w: the NATS URL must start with nats:// or tls://", ErrConfig)
		case u.Hostname() == "" || strings.Contains(u.Hostname(), ":") && !strings.HasPrefix(u.Host, "[") || u.Path != "" && u.Path != "/":
			return fmt.Errorf("%w: the NATS URL must look like nats://host:4222", ErrConfig)
		}
	}
	if c.Creds != "" {
		text, err := os.ReadFile(c.Creds)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrConfig, err)
		}
		if !bytes.Contains(text, []byte("SEED")) {
			return fmt.Errorf("%w: %s contains no NATS credentials", ErrConfig, c.Creds)
		}
	}
	if c.CA != "" {
		text, err := os.ReadFile(c.CA)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrConfig, err)
		}
		if !x509.NewCertPool().AppendCertsFromPEM(text) {
			return fmt.Errorf("%w: %s contains no PEM certificates", ErrConfig, c.CA)
		}
	}
	return nil
}

// Dial connects to one of the servers, retrying until ctx ends or an error shows that retrying
// won't help. The connection reconnects, to any of the servers, until it is closed. Messages
// published meanwhile fail. log gets lost and restored connections, and once that no server can be
// reached.
func Dial(ctx context.Context, c Config, log *slog.Logger) (*nats.Conn, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	where := c.Servers()
	for logged := false; ; logged = true {
		nc, err := nats.Connect(c.URL, c.options(log)...)
		if err == nil {
			log.Info("connected to NATS", "server", nc.ConnectedAddr())
			return nc, nil
		}
		err = c.maskSecrets(err)
		if isPermanent(err) {
			return nil, fmt.Errorf("connect to NATS at %s: %w", where, err)
		}
		if !logged {
			log.Warn("can't reach any NATS server; retrying", "servers", where, "err", err)
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("connect to NATS at %s: %w: %w", where, context.Cause(ctx), err)
		case <-time.After(retryInterval):
		}
	}
}

func (c Config) options(log *slog.Logger) []nats.Option {
	options := []nats.Option{
		nats.Name(c.Name),
		nats.Timeout(dialTimeout),
		nats.MaxReconnects(-1),
		nats.ReconnectWait(retryInterval),
		nats.ReconnectJitter(retryInterval, retryInterval),
		nats.ReconnectBufSize(-1),
		nats.PingInterval(pingInterval),
		nats.MaxPingsOutstanding(maxPingsLost),
		nats.FlusherTimeout(dialTimeout),
		// A password that was just changed must not end the connection for good.
		nats.IgnoreAuthErrorAbort(),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil {
				log.Warn("lost the connection to NATS; reconnecting", "err", c.maskSecrets(err))
			}
		}),
		nats.ReconnectHandler(func(nc *nats.Conn) { log.Info("reconnected to NATS", "server", nc.ConnectedAddr()) }),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			log.Debug("NATS reported an error", "err", c.maskSecrets(err))
		}),
	}
	if c.Creds != "" {
		options = append(options, nats.UserCredentials(c.Creds))
	}
	if c.CA != "" {
		options = append(options, nats.RootCAs(c.CA))
	}
	return options
}

// isPermanent reports whether retrying won't help until somebody changes something.
func isPermanent(err error) bool {
	return errors.Is(err, nats.ErrAuthorization) || errors.Is(err, nats.ErrAuthExpired) || errors.Is(err, nats.ErrAuthRevoked)
}

// maskedError is an error without its secrets.
type maskedError struct {
	text string
	err  error
}

// Error implements error.
func (e *maskedError) Error() string { return e.text }

// Unwrap is for errors.Is; the secrets are never printed.
func (e *maskedError) Unwrap() error { return e.err }

// maskSecrets removes users and passwords of the URL from the text of an error.
func (c Config) maskSecrets(err error) error {
	text := err.Error()
	for _, one := range strings.Split(c.URL, ",") {
		u, parseErr := url.Parse(strings.TrimSpace(one))
		if parseErr != nil || u.User == nil {
			continue
		}
		secret := u.User.String()
		text = strings.ReplaceAll(text, secret+"@", "")
		if password, ok := u.User.Password(); ok && password != "" {
			text = strings.ReplaceAll(text, password, "…")
		}
	}
	if text == err.Error() {
		return err
	}
	return &maskedError{text: text, err: err}
}

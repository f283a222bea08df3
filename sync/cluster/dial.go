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
	// Between two tries the client waits so long, and up to as long again.
	pause = 500 * time.Millisecond
	// A server that does not answer pings for so long is given up for another one.
	pingEvery  = 2 * time.Second
	pingsLost  = 2
	dialWithin = 2 * time.Second
)

// Config says where the NATS servers are, and who asks.
type Config struct {
	// URL is that of one or more of the servers, separated by commas, as in
	// nats://user:password@host:4222; tls:// asks for TLS.
	URL string
	// Creds is a file with credentials (a JWT and a seed); empty: none.
	Creds string
	// CA is a file with certificates, in PEM, of those whose servers are trusted;
	// empty: whom the system trusts.
	CA string
	// Name is what the NATS servers call this connection.
	Name string
}

// ErrConfig is in the chain of an error that no waiting mends: the URL, or a file.
var ErrConfig = errors.New("invalid settings")

// WithPassword gives the user of each URL a password. It fails, with ErrConfig in the
// chain of the error, if a URL has none, or there is a password already.
func (c Config) WithPassword(password string) (Config, error) {
	urls := strings.Split(c.URL, ",")
	for i, one := range urls {
		u, err := url.Parse(strings.TrimSpace(one))
		if err != nil { // Check says so better
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

// Servers returns where the URL leads to, without users and passwords.
func (c Config) Servers() string {
	var hosts []string
	for _, one := range strings.Split(c.URL, ",") {
		if u, err := url.Parse(strings.TrimSpace(one)); err == nil && u.Host != "" {
			hosts = append(hosts, u.Scheme+"://"+u.Host)
		}
	}
	return strings.Join(hosts, ",")
}

// Check returns an error, with ErrConfig in its chain, if the URL or a file is none.
func (c Config) Check() error {
	for _, one := range strings.Split(c.URL, ",") {
		u, err := url.Parse(strings.TrimSpace(one))
		switch {
		case err != nil: // which has the URL in it
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

// Dial connects to one of the servers, trying until ctx ends or it is clear that trying
// again would not help. The connection is made again, to any of the servers, whenever it
// is lost, until it is closed, and what is published meanwhile fails. log learns of lost
// and regained connections; at the start that there is none, once.
func Dial(ctx context.Context, c Config, log *slog.Logger) (*nats.Conn, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	where := c.Servers()
	for told := false; ; told = true {
		nc, err := nats.Connect(c.URL, c.options(log)...)
		if err == nil {
			log.Info("connected to NATS", "server", nc.ConnectedAddr())
			return nc, nil
		}
		err = c.masked(err)
		if refuses(err) {
			return nil, fmt.Errorf("connect to NATS at %s: %w", where, err)
		}
		if !told {
			log.Warn("can't reach any NATS server; retrying", "servers", where, "err", err)
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("connect to NATS at %s: %w: %w", where, context.Cause(ctx), err)
		case <-time.After(pause):
		}
	}
}

func (c Config) options(log *slog.Logger) []nats.Option {
	options := []nats.Option{
		nats.Name(c.Name),
		nats.Timeout(dialWithin),
		nats.MaxReconnects(-1),
		nats.ReconnectWait(pause),
		nats.ReconnectJitter(pause, pause),
		nats.ReconnectBufSize(-1),
		nats.PingInterval(pingEvery),
		nats.MaxPingsOutstanding(pingsLost),
		nats.FlusherTimeout(dialWithin),
		// A password that was just changed must not end the connection for good.
		nats.IgnoreAuthErrorAbort(),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil {
				log.Warn("lost the connection to NATS; reconnecting", "err", c.masked(err))
			}
		}),
		nats.ReconnectHandler(func(nc *nats.Conn) { log.Info("reconnected to NATS", "server", nc.ConnectedAddr()) }),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			log.Debug("NATS reported an error", "err", c.masked(err))
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

// refuses tells that trying again will not help until somebody has changed something.
func refuses(err error) bool {
	return errors.Is(err, nats.ErrAuthorization) || errors.Is(err, nats.ErrAuthExpired) || errors.Is(err, nats.ErrAuthRevoked)
}

// maskedError is an error without what must not be told.
type maskedError struct {
	text string
	err  error
}

// Error implements error.
func (e *maskedError) Error() string { return e.text }

// Unwrap lets errors.Is find what it is; nobody prints it.
func (e *maskedError) Unwrap() error { return e.err }

// masked takes users and passwords of the URL out of the text of an error.
func (c Config) masked(err error) error {
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

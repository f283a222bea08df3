package main

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"slices"

	"clickky/server"
	"clickky/server/admission"
)

// networkFlags are the server's host keys and the proxies in front of it.
type networkFlags struct {
	HostKey       []string `sep:";" env:"CLICKKY_HOST_KEY" placeholder:"FILE" help:"A private host key file: Ed25519, RSA or ECDSA. Repeatable, one of each kind; in the environment, separated by semicolons. If the first one doesn't exist, the server creates it (one of each kind, created in the data directory)."`
	ProxyProtocol []string `env:"CLICKKY_PROXY_PROTOCOL" placeholder:"FROM" help:"Address or prefix of load balancers. Their connections must begin with a PROXY header that names the client. Repeatable, or separated by commas."`
}

// trustedProxies returns the proxies whose PROXY headers are trusted.
func (f *networkFlags) trustedProxies() (*admission.Proxies, error) {
	proxies, err := admission.ParseProxies(f.ProxyProtocol)
	if err != nil {
		return nil, fmt.Errorf("--proxy-protocol: %w", err)
	}
	return proxies, nil
}

// hostKeyFiles returns the files of the host keys. A server that shares its game creates only the
// first of them and otherwise uses those that exist: all servers of a game need the same keys.
func (c *serveCmd) hostKeyFiles() []string {
	if len(c.HostKey) > 0 {
		return c.HostKey
	}
	files := server.HostKeyFiles(c.Data)
	if c.NATS == "" {
		return files
	}
	return append(files[:1:1], slices.DeleteFunc(files[1:], func(file string) bool {
		info, err := os.Stat(file)
		return errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() == 0
	})...)
}

// warnOfNewKey warns if a host key file named by a flag doesn't exist: the path may be mistyped.
func (f *networkFlags) warnOfNewKey(log *slog.Logger) {
	if len(f.HostKey) == 0 {
		return
	}
	if _, err := os.Stat(f.HostKey[0]); errors.Is(err, fs.ErrNotExist) {
		log.Warn("creating a new host key, because the file doesn't exist: check the name if you expected an old key", "file", f.HostKey[0])
	}
}

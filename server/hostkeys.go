package server

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"charm.land/ssh"
	"charm.land/wish/v2"
	gossh "golang.org/x/crypto/ssh"
)

// withHostKeys has the server offer the keys at the paths. A client that knows
// one of them asks for that one, so an old key stays good beside a new one. The
// first is made when it is not there, for Ed25519: that is how a new server gets
// its key. None of the others is: whoever names one means a key that clients
// know, and another one in its place would only frighten them.
func withHostKeys(paths []string) ssh.Option {
	return func(srv *ssh.Server) error {
		kinds := make(map[string]string)
		for i, path := range paths {
			if _, err := os.Stat(path); i == 0 && errors.Is(err, fs.ErrNotExist) {
				if err := wish.WithHostKeyPath(path)(srv); err != nil {
					return fmt.Errorf("make the host key %s: %w", path, err)
				}
			}
			key, err := readHostKey(path)
			if err != nil {
				return err
			}
			kind := key.PublicKey().Type()
			if other, taken := kinds[kind]; taken {
				return fmt.Errorf("the host keys %s and %s are both %s: there can be one of each kind", other, path, kind)
			}
			kinds[kind] = path
			srv.AddHostKey(key)
		}
		return nil
	}
}

// readHostKey reads a key that nobody else may read.
func readHostKey(path string) (gossh.Signer, error) {
	if err := keepPrivate(path); err != nil {
		return nil, err
	}
	text, err := os.ReadFile(path) //nolint:gosec // the operator's choice
	if err != nil {
		return nil, fmt.Errorf("read the host key: %w", err)
	}
	key, err := gossh.ParsePrivateKey(text)
	var locked *gossh.PassphraseMissingError
	switch {
	case errors.As(err, &locked):
		return nil, fmt.Errorf("the host key %s has a passphrase, which nobody is there to type; ssh-keygen -p -f %s takes it off", path, path)
	case err != nil:
		return nil, fmt.Errorf("the host key %s is not a private key as ssh-keygen writes them: %w", path, err)
	}
	switch kind := key.PublicKey().Type(); kind {
	case gossh.KeyAlgoED25519, gossh.KeyAlgoRSA, gossh.KeyAlgoECDSA256, gossh.KeyAlgoECDSA384, gossh.KeyAlgoECDSA521:
		return key, nil
	default:
		return nil, fmt.Errorf("the host key %s is of the kind %s; take Ed25519, RSA or ECDSA", path, kind)
	}
}

// keepPrivate mends a key that was copied here with wider permissions. One that
// is somebody else's to mend, as mounted secrets are, may be read by a group,
// but not by everybody.
func keepPrivate(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("read the host key: %w", err)
	}
	switch {
	case !info.Mode().IsRegular():
		return fmt.Errorf("the host key %s is not a file", path)
	case info.Mode().Perm()&0o077 == 0:
		return nil
	}
	if err := os.Chmod(path, 0o600); err != nil && info.Mode().Perm()&0o007 != 0 {
		return fmt.Errorf("everybody on this machine may read the host key, and that cannot be mended from here: %w; have its owner say chmod 600 %s", err, path)
	}
	return nil
}

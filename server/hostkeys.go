package server

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"charm.land/ssh"
	gossh "golang.org/x/crypto/ssh"

	"clickky/sync/durable"
)

// rsaBits is the length of new RSA keys, the default of ssh-keygen.
const rsaBits = 3072

// hostKeyKinds create the keys of a new server in the order of its files: Ed25519, ECDSA and
// RSA. Some clients support only the last one or two.
var hostKeyKinds = [...]func() (crypto.PrivateKey, error){
	func() (crypto.PrivateKey, error) {
		_, key, err := ed25519.GenerateKey(nil)
		return key, err
	},
	func() (crypto.PrivateKey, error) { return ecdsa.GenerateKey(elliptic.P256(), rand.Reader) },
	func() (crypto.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, rsaBits) },
}

// HostKeyFiles returns the paths of the keys that a server creates in a directory, for
// Config.HostKeys.
func HostKeyFiles(dir string) []string {
	return []string{filepath.Join(dir, "host_key"), filepath.Join(dir, "host_key_ecdsa"), filepath.Join(dir, "host_key_rsa")}
}

// withHostKeys makes the server offer the keys at the paths. A client that knows one of them
// asks for it, so clients with an old key don't notice a new one. If the first doesn't exist,
// it is created as Ed25519, and with makeAll the others are created, too. Without makeAll they
// are not: the operator named keys that clients know, and they would warn about a new key.
func withHostKeys(paths []string, makeAll bool, log *slog.Logger) ssh.Option {
	return func(srv *ssh.Server) error {
		kinds := make(map[string]string)
		for i, path := range paths {
			if i == 0 || makeAll && i < len(hostKeyKinds) {
				if err := makeHostKey(path, hostKeyKinds[i], log); err != nil {
					return fmt.Errorf("create the host key %s: %w", path, err)
				}
			}
			key, err := readHostKey(path)
			if err != nil {
				return err
			}
			kind := key.PublicKey().Type()
			if other, taken := kinds[kind]; taken {
				return fmt.Errorf("the host keys %s and %s are both %s: use only one of each type", other, path, kind)
			}
			kinds[kind] = path
			if key, err = withoutSHA1(key); err != nil {
				return fmt.Errorf("use the host key %s: %w", path, err)
			}
			srv.AddHostKey(key)
		}
		return nil
	}
}

// withoutSHA1 returns a key that signs with SHA-2 only. Without it, the SSH library signs with
// SHA-1 for clients that ask for it.
func withoutSHA1(key gossh.Signer) (gossh.Signer, error) {
	signer, ok := key.(gossh.AlgorithmSigner)
	if !ok || key.PublicKey().Type() != gossh.KeyAlgoRSA {
		return key, nil
	}
	return gossh.NewSignerWithAlgorithms(signer, []string{gossh.KeyAlgoRSASHA256, gossh.KeyAlgoRSASHA512})
}

// makeHostKey creates a private key and its public key, unless the file exists. A power cut may
// have left an empty file, which it replaces.
func makeHostKey(path string, kind func() (crypto.PrivateKey, error), log *slog.Logger) error {
	info, err := os.Stat(path)
	switch {
	case err == nil && info.Mode().IsRegular() && info.Size() == 0:
		log.Warn("a host key file is empty; creating a new key, and clients that know the old one will warn about it", "file", path)
	case !errors.Is(err, fs.ErrNotExist):
		return nil // if anything is wrong with it, readHostKey says so
	}
	key, err := kind()
	if err != nil {
		return err
	}
	block, err := gossh.MarshalPrivateKey(key, "")
	if err != nil {
		return err
	}
	signer, err := gossh.NewSignerFromKey(key)
	if err != nil {
		return err
	}
	if err := durable.MkdirAll(filepath.Dir(path)); err != nil {
		return err
	}
	public := signer.PublicKey()
	if err := durable.WriteFile(path+".pub", gossh.MarshalAuthorizedKey(public)); err != nil {
		return err
	}
	if err := durable.WriteFile(path, pem.EncodeToMemory(block)); err != nil {
		return err
	}
	log.Debug("created a host key", "file", path, "kind", public.Type(), "fingerprint", gossh.FingerprintSHA256(public))
	return nil
}

// readHostKey reads a key after making it private.
func readHostKey(path string) (gossh.Signer, error) {
	if err := makePrivate(path); err != nil {
		return nil, err
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the host key: %w", err)
	}
	key, err := gossh.ParsePrivateKey(text)
	var locked *gossh.PassphraseMissingError
	switch {
	case errors.As(err, &locked):
		return nil, fmt.Errorf("the host key %s has a passphrase; remove it with ssh-keygen -p -f %s", path, path)
	case err != nil:
		return nil, fmt.Errorf("the host key %s isn't a private key that Clickky can read (%w); restore it from a backup, or move it away to get a new one, which clients will warn about", path, err)
	}
	switch kind := key.PublicKey().Type(); kind {
	case gossh.KeyAlgoED25519, gossh.KeyAlgoRSA, gossh.KeyAlgoECDSA256, gossh.KeyAlgoECDSA384, gossh.KeyAlgoECDSA521:
		return key, nil
	default:
		return nil, fmt.Errorf("the host key %s is of type %s; use Ed25519, RSA or ECDSA", path, kind)
	}
}

// makePrivate removes other users' permissions from a key file. If that fails, as with a mounted
// secret, the file may be readable by a group, but not by everybody.
func makePrivate(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("read the host key: %w", err)
	}
	switch {
	case !info.Mode().IsRegular():
		return fmt.Errorf("the host key %s isn't a file", path)
	case info.Mode().Perm()&0o077 == 0:
		return nil
	}
	if err := os.Chmod(path, 0o600); err != nil && info.Mode().Perm()&0o007 != 0 {
		return fmt.Errorf("everybody on this machine can read the host key, and Clickky can't change that: %w; have its owner run chmod 600 %s", err, path)
	}
	return nil
}

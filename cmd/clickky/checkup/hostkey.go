package checkup

import (
	"cmp"
	"crypto/rsa"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	gossh "golang.org/x/crypto/ssh"

	"clickky/sync/finding"
)

const minRSABits = 2048

// HostKey reports on a private host key. Played says that the game has been played, so that
// players' clients know the key.
func HostKey(path string, played bool) finding.Finding {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && played:
		return finding.Warnf("restore it from a backup; without one, the server creates a new key",
			"%s is missing, but the game has been played: ssh would warn your players about a new key", path)
	case errors.Is(err, fs.ErrNotExist):
		return finding.OKf("%s doesn't exist yet; the server creates it", path)
	case err != nil:
		return finding.Problemf("fix the permissions of its parent directories", "%v", err)
	case !info.Mode().IsRegular():
		return finding.Problemf("move it away: "+finding.MoveAway(path), "%s is not a file", path)
	case info.Size() == 0:
		return finding.Warnf("restore it from a backup",
			"%s is empty, perhaps after a power cut: the server would create a new key, and ssh would warn your players", path)
	case sharedMode(info)&0o077 != 0:
		return finding.Problemf("chmod 600 "+finding.Quote(path), "other users can read %s (mode %04o)", path, sharedMode(info))
	}
	key, err := publicKey(path)
	_, locked := errors.AsType[*gossh.PassphraseMissingError](err)
	switch {
	case errors.Is(err, fs.ErrPermission):
		user := cmp.Or(ownerOf(filepath.Dir(path)), "USER")
		return finding.Problemf("run this as the server's user, or: chown "+user+" "+finding.Quote(path), "this user can't read %s", path)
	case locked:
		return finding.Problemf("remove the passphrase: ssh-keygen -p -N '' -f "+finding.Quote(path), "%s has a passphrase, so the server can't read it", path)
	case err != nil:
		return finding.Problemf("restore it from a backup, or move it away so that the server creates a new one: "+finding.MoveAway(path), "%s is not a private key: %v", path, err)
	case rsaBits(key) < minRSABits:
		return finding.Warnf("create a new one (ssh will warn your players): ssh-keygen -t ed25519 -N '' -f "+finding.Quote(path),
			"%s is an RSA key with only %d bits", path, rsaBits(key))
	}
	return finding.OKf("%s, %s", key.Type(), gossh.FingerprintSHA256(key))
}

// rsaBits returns the length of an RSA key, and minRSABits for other keys.
func rsaBits(key gossh.PublicKey) int {
	if c, ok := key.(gossh.CryptoPublicKey); ok {
		if k, ok := c.CryptoPublicKey().(*rsa.PublicKey); ok {
			return k.N.BitLen()
		}
	}
	return minRSABits
}

func publicKey(path string) (gossh.PublicKey, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	key, err := gossh.ParsePrivateKey(data)
	if err != nil {
		return nil, err
	}
	return key.PublicKey(), nil
}

// Fingerprints returns the fingerprints of the private keys in the readable files, and the error
// of the first unreadable one.
func Fingerprints(paths []string) (all []string, err error) {
	for _, path := range paths {
		key, unread := publicKey(path)
		switch {
		case unread == nil:
			all = append(all, gossh.FingerprintSHA256(key))
		case err == nil:
			err = fmt.Errorf("%s: %w", path, unread)
		}
	}
	return all, err
}

package checkup

import (
	"crypto/rsa"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	gossh "golang.org/x/crypto/ssh"
)

// shortestRSA is how many bits a key needs that is not to be guessed.
const shortestRSA = 2048

// HostKey looks at a private key that players know the server by. Played tells that
// the game has been played already, so that players know a key.
func HostKey(path string, played bool) Finding {
	const name = "host-key"
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && played:
		return warning(name, fmt.Sprintf("%s is missing, but the game has been played: ssh would warn your players about a new key", path),
			"restore it from a backup; without one, the server creates a new key")
	case errors.Is(err, fs.ErrNotExist):
		return ok(name, "%s doesn't exist yet; the server creates it", path)
	case err != nil:
		return problem(name, err.Error(), "fix the permissions of its parent directories")
	case info.Mode().IsRegular() && info.Size() == 0:
		return warning(name, fmt.Sprintf("%s is empty, perhaps after a power cut: the server would create a new key, and ssh would warn your players", path),
			"restore it from a backup")
	case !info.Mode().IsRegular():
		return problem(name, fmt.Sprintf("%s is not a file", path), "move it away: mv "+quoted(path)+" "+quoted(path+".old"))
	case info.Mode().Perm()&0o077 != 0 && permissionsCount:
		return problem(name, fmt.Sprintf("other users can read %s (mode %04o)", path, info.Mode().Perm()), "chmod 600 "+quoted(path))
	}
	return judgeKey(name, path)
}

// judgeKey judges what is in the file.
func judgeKey(name, path string) Finding {
	key, err := privateKey(path)
	_, locked := errors.AsType[*gossh.PassphraseMissingError](err)
	switch {
	case errors.Is(err, fs.ErrPermission):
		return problem(name, fmt.Sprintf("this user can't read %s", path), "run this as the server's user, or: chown "+userHint(path)+" "+quoted(path))
	case locked:
		return problem(name, path+" has a passphrase, so the server can't read it", "remove the passphrase: ssh-keygen -p -N '' -f "+quoted(path))
	case err != nil:
		return problem(name, fmt.Sprintf("%s is not a private key: %v", path, err),
			"restore it from a backup, or move it away so that the server creates a new one: mv "+quoted(path)+" "+quoted(path+".old"))
	}
	public := key.PublicKey()
	if bits := rsaBits(public); bits > 0 && bits < shortestRSA {
		return warning(name, fmt.Sprintf("%s is an RSA key with only %d bits", path, bits),
			"create a new one (ssh will warn your players): ssh-keygen -t ed25519 -N '' -f "+quoted(path))
	}
	return ok(name, "%s, %s", public.Type(), gossh.FingerprintSHA256(public))
}

func rsaBits(key gossh.PublicKey) int {
	if c, ok := key.(gossh.CryptoPublicKey); ok {
		if k, ok := c.CryptoPublicKey().(*rsa.PublicKey); ok {
			return k.N.BitLen()
		}
	}
	return 0
}

func privateKey(path string) (gossh.Signer, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return gossh.ParsePrivateKey(data)
}

// Fingerprints are those of the private keys in the files, with spaces between them.
// Servers of one game tell each other of theirs.
func Fingerprints(paths []string) (string, error) {
	var all []string
	for _, path := range paths {
		key, err := privateKey(path)
		if err != nil {
			return "", fmt.Errorf("%s: %w", path, err)
		}
		all = append(all, gossh.FingerprintSHA256(key.PublicKey()))
	}
	return strings.Join(all, " "), nil
}

// publicKeys are those of the private keys in the files that can be read.
func publicKeys(paths []string) (keys []gossh.PublicKey) {
	for _, path := range paths {
		if key, err := privateKey(path); err == nil {
			keys = append(keys, key.PublicKey())
		}
	}
	return keys
}

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
func HostKey(path string, played bool) Result {
	const name = "host-key"
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && played:
		return warning(name, fmt.Sprintf("%s is not there, though the game has been played: players would be warned of a new key", path),
			"put it back from a copy; without one the server makes another")
	case errors.Is(err, fs.ErrNotExist):
		return ok(name, "there is none yet; the server makes it")
	case err != nil:
		return problem(name, err.Error(), "mend the permissions of the directories above it")
	case info.Mode().IsRegular() && info.Size() == 0:
		return warning(name, fmt.Sprintf("%s is empty, as a power cut may leave it: the server makes another key, of which players are warned", path),
			"put it back from a copy")
	case !info.Mode().IsRegular():
		return problem(name, fmt.Sprintf("%s is no file", path), "move it away: mv "+quoted(path)+" "+quoted(path+".old"))
	case info.Mode().Perm()&0o077 != 0 && permissionsCount:
		return problem(name, fmt.Sprintf("%s can be read by others (mode %04o)", path, info.Mode().Perm()), "chmod 600 "+quoted(path))
	}
	return judgeKey(name, path)
}

// judgeKey judges what is in the file.
func judgeKey(name, path string) Result {
	key, err := privateKey(path)
	_, locked := errors.AsType[*gossh.PassphraseMissingError](err)
	switch {
	case errors.Is(err, fs.ErrPermission):
		return problem(name, fmt.Sprintf("%s cannot be read by this user", path), "run this as the user of the server, or: chown "+userHint(path)+" "+quoted(path))
	case locked:
		return problem(name, path+" has a passphrase, which nobody can type", "ssh-keygen -p -N '' -f "+quoted(path))
	case err != nil:
		return problem(name, fmt.Sprintf("%s is no private key: %v", path, err),
			"put it back from a copy, or move it away so that the server makes another: mv "+quoted(path)+" "+quoted(path+".old"))
	}
	public := key.PublicKey()
	if bits := rsaBits(public); bits > 0 && bits < shortestRSA {
		return warning(name, fmt.Sprintf("%s is an RSA key of %d bits, which is too short", path, bits),
			"make another, of which players will be warned: ssh-keygen -t ed25519 -N '' -f "+quoted(path))
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
	data, err := os.ReadFile(path) //nolint:gosec // G304: the operator chooses the file
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

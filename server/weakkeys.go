package server

import (
	"crypto/rsa"
	"fmt"
	"strings"

	"charm.land/ssh"
	gossh "golang.org/x/crypto/ssh"

	"clickky/server/admission"
)

// An RSA key must have from leastRSA to mostRSA bits. With fewer it proves
// nothing, and with more it takes the server too long to check a signature:
// four times as long for twice as many.
const (
	leastRSA = 2048
	mostRSA  = 8192
)

// Sentences for those whose keys are not accepted.
const (
	sayShortKey = "Your RSA key has only %d bits, and fewer than %d aren't safe. Make a new key with ssh-keygen -t ed25519"
	sayLongKey  = "Your RSA key has %d bits, and more than %d aren't accepted. Make a new key with ssh-keygen -t ed25519"
	sayDSA      = "Your key is of type ssh-dss, which isn't safe. Make a new key with ssh-keygen -t ed25519"
	saySHA1     = "Your SSH client signs with SHA-1, which isn't safe. Update it, or make a new key with ssh-keygen -t ed25519"
)

// weaknessOf is the sentence about why a key is not accepted; empty if it is. A key that
// is too long is overwritten, since the SSH library checks signatures of rejected keys, too.
func weaknessOf(key gossh.PublicKey) (say string, tooLong bool) {
	wrapped, ok := key.(gossh.CryptoPublicKey)
	if !ok {
		return "", false
	}
	public, ok := wrapped.CryptoPublicKey().(*rsa.PublicKey)
	if !ok {
		return "", false
	}
	switch bits := public.N.BitLen(); {
	case bits < leastRSA:
		return fmt.Sprintf(sayShortKey, bits, leastRSA), false
	case bits > mostRSA:
		public.N.SetInt64(1)
		return fmt.Sprintf(sayLongKey, bits, mostRSA), true
	default:
		return "", false
	}
}

// weakAlgorithm is the sentence for an algorithm that the SSH library rejected as unsafe;
// empty for other errors.
func weakAlgorithm(err error) string {
	if err == nil {
		return ""
	}
	switch text := err.Error(); {
	case !strings.HasSuffix(text, "not accepted"):
		return ""
	case strings.Contains(text, `"ssh-dss"`):
		return sayDSA
	case strings.Contains(text, `"`+gossh.KeyAlgoRSA+`"`):
		return saySHA1
	default:
		return ""
	}
}

// explainKeys tells a client before the login why its key is not accepted, because it may
// have no other and hang up.
func explainKeys(ctx ssh.Context, config *gossh.ServerConfig) {
	config.PreAuthConnCallback = func(conn gossh.ServerPreAuthConn) { ctx.SetValue(preAuthKey{}, conn) }
	log := config.AuthLogCallback
	config.AuthLogCallback = func(conn gossh.ConnMetadata, method string, err error) {
		if log != nil {
			log(conn, method, err)
		}
		if say := weakAlgorithm(err); say != "" {
			explain(ctx, say)
		}
	}
}

// isWeak reports whether a key is not accepted from anybody, and explains it.
func isWeak(ctx ssh.Context, key gossh.PublicKey) bool {
	say, tooLong := weaknessOf(key)
	if say == "" {
		return false
	}
	explain(ctx, say)
	if tooLong {
		admission.Close(ctx) // or the next signature of this key would be checked
	}
	return true
}

type (
	preAuthKey struct{} // has the connection, for banners
	weakKey    struct{} // has the last sentence about a key
)

// explain says once why a key is not accepted, before the login.
func explain(ctx ssh.Context, say string) {
	if weakness(ctx) == say {
		return
	}
	ctx.SetValue(weakKey{}, say)
	if conn, ok := ctx.Value(preAuthKey{}).(gossh.ServerPreAuthConn); ok {
		_ = conn.SendAuthBanner(say + "\n") // the client may have gone
	}
}

// weakness is why a key of the client was not accepted; empty if none was weak.
func weakness(ctx ssh.Context) string {
	say, _ := ctx.Value(weakKey{}).(string)
	return say
}

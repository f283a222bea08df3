package server

import (
	"crypto/rsa"
	"fmt"
	"strings"

	"charm.land/ssh"
	gossh "golang.org/x/crypto/ssh"

	"clickky/server/admission"
)

// An RSA key must have from minRSABits to maxRSABits bits. Shorter keys are unsafe. For longer
// ones, checking a signature takes too long: four times as long for twice as many bits.
const (
	minRSABits = 2048
	maxRSABits = 8192
)

// Sentences for players whose keys are not accepted.
const (
	messageShortKey = "Your RSA key has only %d bits, and fewer than %d aren't safe. Make a new key with ssh-keygen -t ed25519"
	messageLongKey  = "Your RSA key has %d bits, and more than %d aren't accepted. Make a new key with ssh-keygen -t ed25519"
	messageDSA      = "Your key is of type ssh-dss, which isn't safe. Make a new key with ssh-keygen -t ed25519"
	messageSHA1     = "Your SSH client signs with SHA-1, which isn't safe. Update it, or make a new key with ssh-keygen -t ed25519"
)

// weaknessOf returns a sentence about why a key is not accepted; empty if it is. It overwrites
// a key that is too long, because the SSH library checks signatures of rejected keys, too.
func weaknessOf(key gossh.PublicKey) (message string, tooLong bool) {
	wrapped, ok := key.(gossh.CryptoPublicKey)
	if !ok {
		return "", false
	}
	public, ok := wrapped.CryptoPublicKey().(*rsa.PublicKey)
	if !ok {
		return "", false
	}
	switch bits := public.N.BitLen(); {
	case bits < minRSABits:
		return fmt.Sprintf(messageShortKey, bits, minRSABits), false
	case bits > maxRSABits:
		public.N.SetInt64(1)
		return fmt.Sprintf(messageLongKey, bits, maxRSABits), true
	default:
		return "", false
	}
}

// weakAlgorithm returns a sentence about an algorithm that the SSH library rejected as unsafe;
// empty for other errors.
func weakAlgorithm(err error) string {
	if err == nil {
		return ""
	}
	switch text := err.Error(); {
	case !strings.HasSuffix(text, "not accepted"):
		return ""
	case strings.Contains(text, `"ssh-dss"`):
		return messageDSA
	case strings.Contains(text, `"`+gossh.KeyAlgoRSA+`"`):
		return messageSHA1
	default:
		return ""
	}
}

// explainKeys sends a banner before the login that says why a key is not accepted, because a
// client without another key disconnects.
func explainKeys(ctx ssh.Context, config *gossh.ServerConfig) {
	config.PreAuthConnCallback = func(conn gossh.ServerPreAuthConn) { ctx.SetValue(preAuthKey{}, conn) }
	log := config.AuthLogCallback
	config.AuthLogCallback = func(conn gossh.ConnMetadata, method string, err error) {
		if log != nil {
			log(conn, method, err)
		}
		if message := weakAlgorithm(err); message != "" {
			explain(ctx, message)
		}
	}
}

// isWeak reports whether a key is too weak to accept, and explains that to the client.
func isWeak(ctx ssh.Context, key gossh.PublicKey) bool {
	message, tooLong := weaknessOf(key)
	if message == "" {
		return false
	}
	explain(ctx, message)
	if tooLong {
		_ = admission.ConnOf(ctx).Close() // otherwise the library would check the key's next signature
	}
	return true
}

type (
	preAuthKey struct{} // context key for the connection, for banners
	weakKey    struct{} // context key for the last sentence about a key
)

// explain sends a sentence about a key before the login, once.
func explain(ctx ssh.Context, message string) {
	if weakness(ctx) == message {
		return
	}
	ctx.SetValue(weakKey{}, message)
	if conn, ok := ctx.Value(preAuthKey{}).(gossh.ServerPreAuthConn); ok {
		_ = conn.SendAuthBanner(message + "\n") // fails if the client has disconnected
	}
}

// weakness returns the sentence about the client's weak key; empty if it has none.
func weakness(ctx ssh.Context) string {
	message, _ := ctx.Value(weakKey{}).(string)
	return message
}

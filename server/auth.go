package server

import (
	"fmt"
	"strings"

	"charm.land/ssh"
	gossh "golang.org/x/crypto/ssh"

	"clickky/server/identity"
)

// Sentences for those who have not logged in yet.
const (
	sayGame     = "Clickky is a game: log in with an SSH key, or as a guest with any password or keyboard-interactive."
	sayBatch    = "Clickky is a game: play it with ssh NAME@HOST; BatchMode needs an SSH key."
	sayKeysOnly = "Clickky is a game for players with an SSH key: make one with ssh-keygen, then play with ssh NAME@HOST."
	sayOwned    = "The name %s belongs to an SSH key. Log in with that key, or choose another name: ssh NAME@HOST"
)

// acceptKey decides whether a key that a client offers fits the name. It also
// runs for keys that are only offered, so it writes nothing that lasts. Clients
// whose key is not accepted go on to their next one, and in the end to none.
func (s *Server) acceptKey(ctx ssh.Context, key ssh.PublicKey) bool {
	if _, isCertificate := key.(*gossh.Certificate); isCertificate {
		return false // a player is the key itself, whoever vouches for it
	}
	if isWeak(ctx, key) {
		return false
	}
	name, err := identity.ParseName(ctx.User())
	if err != nil {
		return true // a code, or to be told in the session what a name is
	}
	fingerprint := identity.FingerprintOf(key)
	if _, err := s.rules.Judge(name, fingerprint); err != nil {
		remember(ctx, fingerprint)
		return false
	}
	return true
}

// acceptWithoutKey lets everybody in: whether they may play is decided in the
// session, where it can be explained.
func acceptWithoutKey(ssh.Context, gossh.KeyboardInteractiveChallenge) bool { return true }

// acceptAnyPassword is for clients that know nothing but passwords. Those who give one
// are guests, so nobody looks at it.
func acceptAnyPassword(ssh.Context, string) bool { return true }

// explainLogin returns a callback for one connection that refuses the method "none", or
// OpenSSH would never offer a key. Clients ask it first, and some have no other method
// that is accepted. They end the connection then, so a banner says beforehand, once, how
// to log in.
func (s *Server) explainLogin() func(gossh.ConnMetadata) (*gossh.Permissions, error) {
	told := false
	return func(conn gossh.ConnMetadata) (*gossh.Permissions, error) {
		say := s.banner(conn.User(), string(conn.ClientVersion()))
		if told || say == "" {
			return nil, gossh.ErrNoAuth
		}
		told = true
		return nil, &gossh.BannerError{Err: gossh.ErrNoAuth, Message: say + "\n"}
	}
}

// banner is what a client is told before it has logged in, or nothing. Libraries keep it
// for programs that ask, but some programs print it at each login: it would only be in
// the way of those who always get in, and of the owners of a name.
func (s *Server) banner(user, client string) string {
	if _, isCode := identity.ParseCode(user); isCode || strings.HasPrefix(client, "SSH-2.0-PuTTY") || strings.HasPrefix(client, "SSH-2.0-dropbear") {
		return ""
	}
	name, err := identity.ParseName(user)
	isOwned, isOpenSSH := err == nil && s.rules.IsOwned(name), strings.HasPrefix(client, "SSH-2.0-OpenSSH")
	switch {
	case isOwned && isOpenSSH:
		return ""
	case isOwned:
		return fmt.Sprintf(sayOwned, name)
	case s.NoGuests:
		return sayKeysOnly
	case isOpenSSH:
		return sayBatch
	default:
		return sayGame
	}
}

// offeredKey is the key under which a connection's context has the keys that
// were not accepted, to be told to whoever offered them.
type offeredKey struct{}

func remember(ctx ssh.Context, key identity.Fingerprint) {
	ctx.SetValue(offeredKey{}, append(offered(ctx), key))
}

func offered(ctx ssh.Context) []identity.Fingerprint {
	keys, _ := ctx.Value(offeredKey{}).([]identity.Fingerprint)
	return keys
}

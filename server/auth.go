package server

import (
	"fmt"
	"maps"
	"slices"
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
	if _, err := s.rules.Authorize(name, fingerprint); err != nil {
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

// Reload has other admins and operator's bans in the place of those until now.
// Whoever is here is judged again at once: who is no admin any more loses what only
// admins see, who has become one gets it, and who plays a name that is kept for
// another key now, or is banned, is ended with a sentence. It waits for nobody.
func (s *Server) Reload(admins *identity.Admins, bans *identity.Bans) {
	s.rules.SetAdmins(admins)
	s.bans.operator.Store(bans)
	s.mu.Lock()
	present := slices.Collect(maps.Keys(s.present)) // who comes later is identified then
	s.mu.Unlock()
	for _, session := range present {
		session.recheck()
	}
}

// identify finds out who somebody is under a login name, with a key that is proved.
func (s *Server) identify(login string, key identity.Fingerprint) (identity.Player, error) {
	name, err := identity.ParseName(login)
	if err != nil {
		return identity.Player{}, err
	}
	return s.rules.Authorize(name, key)
}

// errTaken is the sentence for somebody who has lost the name.
type errTaken string

func (e errTaken) Error() string { return string(e) }

// reidentify is identify for a player under a name that may be lost by now. The error
// is a sentence for the player then.
func (s *Server) reidentify(login string, key identity.Fingerprint) (identity.Player, error) {
	player, err := s.identify(login, key)
	if err != nil {
		return identity.Player{}, errTaken(fmt.Sprintf(sayTaken, login))
	}
	return player, nil
}

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

// acceptKey reports whether an offered key may play under the name. The client has not
// proved the key yet, so nothing lasting is written. A client whose key is rejected tries
// its next one, and in the end none.
func (s *Server) acceptKey(ctx ssh.Context, key ssh.PublicKey) bool {
	if _, isCertificate := key.(*gossh.Certificate); isCertificate {
		return false // the key itself identifies a player, not who signed it
	}
	if isWeak(ctx, key) {
		return false
	}
	name, err := identity.ParseName(ctx.User())
	if err != nil {
		return true // a code, or a bad name: the session explains it
	}
	fingerprint := identity.FingerprintOf(key)
	if _, err := s.rules.Authorize(name, fingerprint); err != nil {
		remember(ctx, fingerprint)
		return false
	}
	return true
}

// acceptWithoutKey lets everybody in: the session decides who may play, and can explain it.
func acceptWithoutKey(ssh.Context, gossh.KeyboardInteractiveChallenge) bool { return true }

// acceptAnyPassword is for clients that only know passwords. Their players are guests, so
// nobody looks at the password.
func acceptAnyPassword(ssh.Context, string) bool { return true }

// explainLogin returns a callback for one connection that rejects the method "none",
// because OpenSSH would never offer a key otherwise. Clients try it first, and those that
// have no other method hang up, so a banner explains once how to log in.
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

// banner is what a client reads before it has logged in; empty if it needs no advice.
// Some programs print it at each login, so owners and clients that always get in have none.
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

// offeredKey is the context key for the rejected keys of a connection, which the player
// is told.
type offeredKey struct{}

func remember(ctx ssh.Context, key identity.Fingerprint) {
	ctx.SetValue(offeredKey{}, append(offered(ctx), key))
}

func offered(ctx ssh.Context) []identity.Fingerprint {
	keys, _ := ctx.Value(offeredKey{}).([]identity.Fingerprint)
	return keys
}

// Reload replaces the admins and the operator's bans, and authorizes all players again:
// sessions gain or lose what only admins see, and end if their name is reserved for
// another key now, or if they are banned. It waits for nobody.
func (s *Server) Reload(admins *identity.Admins, bans *identity.Bans) {
	s.rules.SetAdmins(admins)
	s.bans.operator.Store(bans)
	s.mu.Lock()
	present := slices.Collect(maps.Keys(s.present)) // later ones are authorized when they register
	s.mu.Unlock()
	for _, session := range present {
		session.recheck()
	}
}

// identify authorizes a proved key, or none, to play under a login name.
func (s *Server) identify(login string, key identity.Fingerprint) (identity.Player, error) {
	name, err := identity.ParseName(login)
	if err != nil {
		return identity.Player{}, err
	}
	return s.rules.Authorize(name, key)
}

// errTaken is the sentence for a player who has lost the name.
type errTaken string

func (e errTaken) Error() string { return string(e) }

// reidentify is identify for somebody who plays already. The error is a sentence for a
// player who has lost the name.
func (s *Server) reidentify(login string, key identity.Fingerprint) (identity.Player, error) {
	player, err := s.identify(login, key)
	if err != nil {
		return identity.Player{}, errTaken(fmt.Sprintf(sayTaken, login))
	}
	return player, nil
}

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

// Sentences for clients that haven't logged in yet.
const (
	bannerGame     = "Clickky is a game: log in with an SSH key, or as a guest with any password or keyboard-interactive."
	bannerBatch    = "Clickky is a game: play it with ssh NAME@HOST; BatchMode needs an SSH key."
	bannerKeysOnly = "Clickky is a game for players with an SSH key: make one with ssh-keygen, then play with ssh NAME@HOST."
	bannerOwned    = "The name %s belongs to an SSH key. Log in with that key, or choose another name: ssh NAME@HOST"
)

// acceptKey reports whether an offered key may play under the name. The client has not proved
// yet that it holds the key, so acceptKey changes nothing. A client whose key is rejected
// tries its next one, and in the end no key.
func (s *Server) acceptKey(ctx ssh.Context, key ssh.PublicKey) bool {
	if _, isCertificate := key.(*gossh.Certificate); isCertificate {
		return false // a player is identified by the key itself, not by a certificate for it
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
		addRejectedKey(ctx, fingerprint)
		return false
	}
	return true
}

// acceptWithoutKey accepts everybody: the session decides who may play, and can explain why.
func acceptWithoutKey(ssh.Context, gossh.KeyboardInteractiveChallenge) bool { return true }

// acceptAnyPassword is for clients that only support passwords. Their players are guests, so
// the password doesn't matter.
func acceptAnyPassword(ssh.Context, string) bool { return true }

// explainLogin returns a callback for one connection that rejects the method "none", because
// OpenSSH would never offer a key otherwise. Clients try "none" first. Some then disconnect, so
// a banner explains once how to log in.
func (s *Server) explainLogin() func(gossh.ConnMetadata) (*gossh.Permissions, error) {
	explained := false
	return func(conn gossh.ConnMetadata) (*gossh.Permissions, error) {
		text := s.banner(conn.User(), string(conn.ClientVersion()))
		if explained || text == "" {
			return nil, gossh.ErrNoAuth
		}
		explained = true
		return nil, &gossh.BannerError{Err: gossh.ErrNoAuth, Message: text + "\n"}
	}
}

// banner returns the text for a client before the login; empty for owners and for clients that
// always get in, because some programs print it at each login.
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
		return fmt.Sprintf(bannerOwned, name)
	case s.NoGuests:
		return bannerKeysOnly
	case isOpenSSH:
		return bannerBatch
	default:
		return bannerGame
	}
}

// rejectedKeysKey is the context key for a connection's rejected keys, which the session shows.
type rejectedKeysKey struct{}

func addRejectedKey(ctx ssh.Context, key identity.Fingerprint) {
	ctx.SetValue(rejectedKeysKey{}, append(rejectedKeys(ctx), key))
}

func rejectedKeys(ctx ssh.Context) []identity.Fingerprint {
	keys, _ := ctx.Value(rejectedKeysKey{}).([]identity.Fingerprint)
	return keys
}

// Reload replaces the admins and the operator's bans, and makes all sessions authorize their
// players again. Sessions gain or lose the dashboard, or end if their player is banned or the
// name is reserved for another key. It doesn't wait for them.
func (s *Server) Reload(admins *identity.Admins, bans *identity.Bans) {
	s.rules.SetAdmins(admins)
	s.bans.operator.Store(bans)
	s.mu.Lock()
	sessions := slices.Collect(maps.Keys(s.sessions)) // later ones are authorized when they register
	s.mu.Unlock()
	for _, session := range sessions {
		session.requestAuthorization()
	}
}

// authorize returns the player for a login name and a proved key, or no key. It fails if that
// key may not play under the name.
func (s *Server) authorize(login string, key identity.Fingerprint) (identity.Player, error) {
	name, err := identity.ParseName(login)
	if err != nil {
		return identity.Player{}, err
	}
	return s.rules.Authorize(name, key)
}

// reauthorize is authorize for a player in the game. Its error is a sentence for a player who
// has lost the name.
func (s *Server) reauthorize(login string, key identity.Fingerprint) (identity.Player, error) {
	player, err := s.authorize(login, key)
	if err != nil {
		return identity.Player{}, rejection{rejectedKey, fmt.Sprintf(messageNameLost, login)}
	}
	return player, nil
}

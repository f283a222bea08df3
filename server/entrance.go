package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"charm.land/ssh"
	gossh "golang.org/x/crypto/ssh"

	"clickky/server/commands"
	"clickky/server/gate"
	"clickky/server/identity"
	"clickky/sync/game"
)

// Sentences for those who cannot come in, and for those who must go.
const (
	sayHowToName  = "Choose another name: ssh NAME@HOST"
	sayNoKey      = "You need an SSH key to play here. Make one with ssh-keygen, then reconnect."
	sayClosed     = "The game is paused: its database is unreachable, and we don't want to lose your clicks. Try again in a minute."
	sayRefused    = "The game is paused: its database reports errors, and we don't want to lose your clicks. Try again in a minute."
	sayAwaited    = "The game is paused: another server is using its database. Try again in a minute."
	sayOpening    = "The game is starting. Try again in a moment."
	sayFull       = "The game is full. Try again later."
	sayTooMany    = "There are too many players at your address. Close one of those sessions first."
	sayGame       = "Clickky is a game: log in with an SSH key, or as a guest with any password or keyboard-interactive."
	sayBatch      = "Clickky is a game: play it with ssh NAME@HOST; BatchMode needs an SSH key."
	sayKeysOnly   = "Clickky is a game for players with an SSH key: make one with ssh-keygen, then play with ssh NAME@HOST."
	sayOwned      = "The name %s belongs to an SSH key. Log in with that key, or choose another name: ssh NAME@HOST"
	sayTerminal   = "Clickky needs a terminal: ssh -t NAME@HOST. Without one, run a command; help lists them."
	sayRestarting = "The server is restarting. Your clicks are safe; reconnect in a moment with the same command."
	sayUnsure     = "The server is restarting and can't write its journal: your last clicks may be lost. Reconnect in a moment with the same command."
	sayAway       = "You were away for a while. Your clicks are safe; come back whenever you like."
	sayCrashed    = "Something went wrong on this screen. Your clicks are safe; please reconnect."
	sayTaken      = "The name %s now belongs to another SSH key. Reconnect with that key, or under another name."
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

// refuse is the middleware that turns away who cannot come in. It runs first.
func (s *Server) refuse(next ssh.Handler) ssh.Handler {
	return func(sess ssh.Session) {
		channel := gate.ChannelOf(sess.Context())
		if channel == nil {
			return
		}
		defer channel.Leave()
		if !s.begin() {
			s.refused(sess, refusedClosed)
			return
		}
		defer s.sessions.Done()
		defer channel.Finish()
		leave, err := s.takePlace(sess)
		if errors.Is(err, gate.ErrCrowd) {
			s.refused(sess, refusedCrowd)
			channel.Abort()
			return
		}
		// Who does not hang up takes a place for as long as the channel is open.
		context.AfterFunc(sess.Context(), leave)
		if err != nil {
			s.turnAway(sess, err)
			return
		}
		code, isCode := identity.ParseCode(sess.User())
		if err = s.banned(sess); err == nil && !isCode {
			_, err = s.judge(sess)
		}
		if err == nil {
			err = s.whyClosed()
		}
		switch {
		case err != nil:
			s.turnAway(sess, err)
		case isCode:
			s.tally.logins[redeemed].Add(1)
			s.redeem(sess, code)
		default:
			next(sess)
		}
	}
}

// takePlace counts a session against the caps. An admin has a place in any case, since
// nobody else could make room in a full game.
func (s *Server) takePlace(sess ssh.Session) (leave func(), err error) {
	if player, err := s.judge(sess); err == nil && player.Admin {
		return s.limits.EnterOverCaps(sess.RemoteAddr()), nil
	}
	return s.limits.Enter(sess.RemoteAddr(), gate.CameThroughProxy(sess.Context()))
}

// judge is who has come, by the key that the connection has proved.
func (s *Server) judge(sess ssh.Session) (identity.Player, error) {
	name, err := identity.ParseName(sess.User())
	if err != nil {
		return identity.Player{}, err
	}
	return s.rules.Judge(name, identity.FingerprintOf(sess.PublicKey()))
}

// errClosed is a sentence that says why nobody can play yet.
type errClosed string

func (e errClosed) Error() string { return string(e) }

// whyClosed is why nobody can play yet; nil when everybody can.
func (s *Server) whyClosed() error {
	select {
	case <-s.Ledger.Loaded():
		return nil
	default:
	}
	switch now := s.Live.Latest(); {
	case now.Ownership == game.Awaited:
		return errClosed(sayAwaited)
	case now.StoreRefuses:
		return errClosed(sayRefused)
	case now.StoreDown:
		return errClosed(sayClosed)
	default:
		return errClosed(sayOpening)
	}
}

// turnAway says why somebody cannot come in, and ends the session.
func (s *Server) turnAway(sess ssh.Session, why error) {
	s.refused(sess, outcomeOf(why))
	say := why.Error()
	switch {
	case errors.Is(why, gate.ErrFull):
		say = sayFull
	case errors.Is(why, gate.ErrTooMany):
		say = sayTooMany
	case errors.Is(why, identity.ErrBadName):
		say += " " + sayHowToName
	case errors.Is(why, identity.ErrNoKey):
		say = cmp.Or(weakness(sess.Context()), sayNoKey)
	case errors.Is(why, identity.ErrNotYours):
		say = notYours(strings.ToLower(sess.User()), offered(sess.Context()), weakness(sess.Context()))
	}
	end(sess, commands.Failed, say)
}

// notYours is the screen for somebody whose keys do not own the name.
func notYours(name string, keys []identity.Fingerprint, weak string) string {
	const most = 5
	var b strings.Builder
	fmt.Fprintf(&b, "The name %s isn't yours: it belongs to another SSH key.\n\n", name)
	switch {
	case weak != "":
		fmt.Fprintf(&b, "  %s\n", weak)
	case len(keys) == 0:
		b.WriteString("  Your client didn't offer a key.\n")
	case len(keys) == 1:
		fmt.Fprintf(&b, "  Your key is %s\n", keys[0])
	default:
		fmt.Fprintf(&b, "  Your keys are %s\n", keys[0])
		for _, key := range keys[1:min(len(keys), most)] {
			fmt.Fprintf(&b, "                %s\n", key)
		}
		if len(keys) > most {
			fmt.Fprintf(&b, "                and %d more\n", len(keys)-most)
		}
	}
	fmt.Fprintf(&b, `
To play, choose another name:   ssh NAME@HOST
If you are %[1]s, log in with the key that first scored under this name:

  ssh -i KEY %[1]s@HOST             plays
  ssh -i KEY %[1]s@HOST keys add    lets you add another key`, name)
	return b.String()
}

// end says something to a client whose session has no screen, and ends it.
func end(sess ssh.Session, status int, say string) {
	gate.ChannelOf(sess.Context()).Finish() // a client may not even take this
	if _, _, raw := sess.Pty(); raw {
		say = strings.ReplaceAll(say, "\n", "\r\n") + "\r"
	}
	_, _ = fmt.Fprintln(sess.Stderr(), say)
	_ = sess.Exit(status)
}

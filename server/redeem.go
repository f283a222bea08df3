package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"charm.land/ssh"

	"clickky/server/commands"
	"clickky/server/gate"
	"clickky/server/identity"
	"clickky/sync/game"
)

// redeemTimeout is how long a change of keys may take into the journal.
const redeemTimeout = 10 * time.Second

const (
	sayCodeNoKey   = "This code adds an SSH key, but your client didn't offer one. Make one with ssh-keygen, then use the code again."
	sayCodeBad     = "That code is unknown, used or expired. Get another one with ssh NAME@HOST keys add, using a key that owns the name."
	sayCodeAway    = "Codes can't be checked right now. Try again in a minute. If the code has expired by then, get another one."
	sayCodeLate    = "Your code is accepted, but the journal can't be written right now. Your key can play as %s as soon as it can."
	sayCodeRefused = "This key couldn't be added to %s: it already plays there, the name has too many keys, or the key that made the code no longer owns the name."
	sayCodeDone    = "Done: this key now plays as %[1]s. Connect with ssh %[1]s@HOST"
)

// redeem lets the key of the session play under the name that a code is for.
func (s *Server) redeem(sess ssh.Session, code string) {
	status, say := s.useCode(sess.Context(), code, identity.FingerprintOf(sess.PublicKey()))
	if status == commands.Done {
		gate.ChannelOf(sess.Context()).Finish() // a client may not even take this
		_, _ = fmt.Fprintln(sess, say)
		_ = sess.Exit(status)
		return
	}
	if sess.PublicKey() == nil {
		say = cmp.Or(weakness(sess.Context()), say)
	}
	end(sess, status, say)
}

func (s *Server) useCode(ctx context.Context, code string, key identity.Fingerprint) (status int, say string) {
	if key == "" {
		return commands.Failed, sayCodeNoKey
	}
	grant, err := s.codes.Redeem(ctx, code)
	switch {
	case errors.Is(err, identity.ErrBadCode):
		return commands.Failed, sayCodeBad
	case err != nil:
		s.codeTrouble.Do(func() { // anybody can ask for one that does not exist
			s.Log.Warn("can't check a one-time code", "err", err)
		})
		return commands.Failed, sayCodeAway
	}
	ctx, cancel := context.WithTimeout(ctx, redeemTimeout)
	defer cancel()
	took, err := s.Ledger.Change(ctx, game.KeyChange{
		Kind: game.KeyAdd, Name: grant.Name.String(), Key: string(key), By: string(grant.By),
	})
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return commands.Failed, fmt.Sprintf(sayCodeLate, grant.Name)
	case err != nil:
		return commands.Failed, sayRestarting
	case !took:
		return commands.Failed, fmt.Sprintf(sayCodeRefused, grant.Name)
	}
	s.Log.Info("added a key", "player", grant.Name.String(), "key", string(key), "by", string(grant.By))
	return commands.Done, fmt.Sprintf(sayCodeDone, grant.Name)
}
